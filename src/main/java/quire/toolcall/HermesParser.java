package quire.toolcall;

/**
 * Calls as Hermes, Qwen2.5 and Qwen3 write them, and quire-demo:
 *
 * <pre>{@code
 * <tool_call>
 * {"name": "get_weather", "arguments": {"city": "Bonn"}}
 * </tool_call>
 * }</pre>
 *
 * A missing end, several objects between two markers and a bracket too many or too few are taken
 * for what was meant.
 */
final class HermesParser extends ToolCallParser {

    private static final String OPEN = "<tool_call>";
    private static final String CLOSE = "</tool_call>";

    private enum State {
        TEXT,
        CALL,
        AFTER_CALL
    }

    private final Markers markers = new Markers(found, OPEN);

    /** What stands behind a call: first what may be dropped, then what may become a marker. */
    private final StringBuilder stray = new StringBuilder();

    private final StringBuilder tail = new StringBuilder();
    private State state = State.TEXT;
    private JsonCall call;

    /** Whether this is the first object behind its marker. */
    private boolean isFirst;

    HermesParser(ToolCallListener listener) {
        super(listener);
    }

    @Override
    void accept(char c) {
        switch (state) {
            case TEXT -> markers.find(c).ifPresent(marker -> open(true));
            case CALL -> callCharacter(c);
            case AFTER_CALL -> tailCharacter(c);
        }
    }

    private void open(boolean behindMarker) {
        state = State.CALL;
        isFirst = behindMarker;
        call = new JsonCall(found);
    }

    private void callCharacter(char c) {
        switch (call.accept(c)) {
            case MORE -> {}
            case DONE -> state = State.AFTER_CALL;
            case BROKEN -> {
                if (call.hasBegun()) {
                    found.end();
                    state = State.AFTER_CALL;
                } else {
                    giveBack();
                }
                accept(c);
            }
        }
    }

    /** What looked like a call is text. */
    private void giveBack() {
        if (isFirst) {
            found.content(OPEN);
        }
        found.content(call.raw());
        state = State.TEXT;
    }

    private void tailCharacter(char c) {
        if (tail.isEmpty() && (Character.isWhitespace(c) || c == '}' || c == ',')) {
            stray.append(c);
            return;
        }
        tail.append(c);
        if (CLOSE.contentEquals(tail)) {
            clear();
            state = State.TEXT;
        } else if (OPEN.contentEquals(tail)) {
            clear();
            open(true);
        } else if (c == '{' && tail.length() == 1) {
            clear();
            open(false);
            accept(c);
        } else if (!Markers.startsWith(CLOSE, tail) && !Markers.startsWith(OPEN, tail)) {
            String text = stray.append(tail).toString();
            clear();
            state = State.TEXT;
            for (int i = 0; i < text.length(); i++) {
                accept(text.charAt(i));
            }
        }
    }

    private void clear() {
        stray.setLength(0);
        tail.setLength(0);
    }

    @Override
    void end() {
        switch (state) {
            case TEXT -> markers.flush();
            case CALL -> {
                if (!call.hasBegun()) {
                    giveBack();
                }
            }
            // Half an end of a call is part of the call.
            case AFTER_CALL -> {}
        }
    }
}
