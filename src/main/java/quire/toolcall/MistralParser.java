package quire.toolcall;

/**
 * Calls as Mistral's models write them: in a list, {@code [TOOL_CALLS][{"name": "get_weather",
 * "arguments": {"city": "Bonn"}}]}, or, the newer ones, each behind a marker, {@code
 * [TOOL_CALLS]get_weather[ARGS]{"city": "Bonn"}}, with or without {@code [ARGS]} and {@code
 * [CALL_ID]}.
 */
final class MistralParser extends ToolCallParser {

    private static final String MARKER = "[TOOL_CALLS]";
    private static final String ARGS = "[ARGS]";
    private static final String CALL_ID = "[CALL_ID]";
    private static final int MAX_HEAD_CHARS = 512;

    private enum State {
        TEXT,
        BEHIND_MARKER,
        OBJECT,
        BETWEEN_OBJECTS,
        HEAD,
        ARGUMENTS,
        AFTER_CALLS
    }

    private final Markers markers = new Markers(found, MARKER);

    /** What was read of calls of which none has begun. */
    private final StringBuilder before = new StringBuilder();

    private final StringBuilder head = new StringBuilder();
    private State state = State.TEXT;
    private JsonCall call;
    private JsonSpan arguments;
    private boolean inList;

    MistralParser(ToolCallListener listener) {
        super(listener);
    }

    @Override
    void accept(char c) {
        switch (state) {
            case TEXT -> {
                if (markers.find(c).isPresent()) {
                    before.append(MARKER);
                    state = State.BEHIND_MARKER;
                }
            }
            case BEHIND_MARKER -> behindMarker(c);
            case OBJECT -> objectCharacter(c);
            case BETWEEN_OBJECTS -> {
                if (c == ']') {
                    state = State.AFTER_CALLS;
                } else if (c == '{') {
                    open();
                    objectCharacter(c);
                } else if (c != ',' && !Character.isWhitespace(c)) {
                    text(c);
                }
            }
            case HEAD -> headCharacter(c);
            case ARGUMENTS -> {
                if (arguments.accept(c)) {
                    found.arguments(c);
                }
                if (arguments.isComplete()) {
                    found.end();
                    state = State.AFTER_CALLS;
                }
            }
            case AFTER_CALLS -> text(c);
        }
    }

    private void behindMarker(char c) {
        if (Character.isWhitespace(c)) {
            before.append(c);
        } else if (c == '[' && before.indexOf("[", MARKER.length()) < 0) {
            inList = true;
            before.append(c);
        } else if (c == '{') {
            open();
            objectCharacter(c);
        } else if (!inList && isNameCharacter(c)) {
            state = State.HEAD;
            headCharacter(c);
        } else {
            before.append(c);
            giveBack();
        }
    }

    private void open() {
        state = State.OBJECT;
        call = new JsonCall(found);
    }

    private void objectCharacter(char c) {
        switch (call.accept(c)) {
            case MORE -> {}
            case DONE -> {
                before.setLength(0);
                state = inList ? State.BETWEEN_OBJECTS : State.AFTER_CALLS;
            }
            case BROKEN -> {
                giveBackObject();
                accept(c);
            }
        }
    }

    private void giveBackObject() {
        call.breakOff(before);
        text();
    }

    /** A name, then markers, then the arguments. */
    private void headCharacter(char c) {
        head.append(c);
        int name = 0;
        while (name < head.length() && isNameCharacter(head.charAt(name))) {
            name++;
        }
        String rest = head.substring(name).strip();
        if (rest.startsWith(CALL_ID)) {
            int id = CALL_ID.length();
            while (id < rest.length() && isNameCharacter(rest.charAt(id))) {
                id++;
            }
            rest = rest.substring(id).strip();
        }
        if (rest.startsWith(ARGS)) {
            rest = rest.substring(ARGS.length()).strip();
        }
        if (rest.equals("{")) {
            found.begin(head.substring(0, name));
            before.setLength(0);
            head.setLength(0);
            arguments = new JsonSpan();
            state = State.ARGUMENTS;
            accept(c);
        } else if (head.length() > MAX_HEAD_CHARS
                || !ARGS.startsWith(rest) && !CALL_ID.startsWith(rest)) {
            giveBack();
        }
    }

    private static boolean isNameCharacter(char c) {
        return Character.isLetterOrDigit(c) || "_-.:/".indexOf(c) >= 0;
    }

    /** The marker is text; what stands behind it is read anew, for it may begin another one. */
    private void giveBack() {
        found.content(MARKER);
        String rest = before.append(head).substring(MARKER.length());
        text();
        for (int i = 0; i < rest.length(); i++) {
            accept(rest.charAt(i));
        }
    }

    private void text(char c) {
        text();
        accept(c);
    }

    private void text() {
        before.setLength(0);
        head.setLength(0);
        inList = false;
        state = State.TEXT;
    }

    @Override
    void end() {
        switch (state) {
            case BEHIND_MARKER, HEAD -> giveBack();
            case OBJECT -> giveBackObject();
            case TEXT, BETWEEN_OBJECTS, ARGUMENTS, AFTER_CALLS -> {}
        }
        markers.flush();
    }
}
