package quire.toolcall;

import java.util.Set;

/**
 * Calls as Llama 3 and 4 write them in JSON: {@code {"name": "get_weather", "parameters": {"city":
 * "Bonn"}}}, at the beginning of a line or behind {@code <|python_tag|>}; several have a semicolon
 * between them, or stand in a list. Without the tag nothing tells an object from a call but the
 * name of a tool.
 */
final class LlamaParser extends ToolCallParser {

    static final String TAG = "<|python_tag|>";
    private static final Set<String> FIELDS =
            Set.of("name", "parameters", "arguments", "type", "id");

    private enum State {
        TEXT,
        LIST,
        CALL,
        AFTER_CALL
    }

    private final ToolSchemas tools;
    private final Markers markers = new Markers(found, TAG);

    /** What stands before an object that may be a call, and is text where it is none. */
    private final StringBuilder before = new StringBuilder();

    private State state = State.TEXT;
    private JsonCall call;

    /** Whether calls stand in a list, as some of these models write them. */
    private boolean inList;

    LlamaParser(ToolSchemas tools, ToolCallListener listener) {
        super(listener);
        this.tools = tools;
    }

    @Override
    void accept(char c) {
        switch (state) {
            case TEXT -> textCharacter(c);
            case LIST -> {
                if (c == '{') {
                    open();
                    callCharacter(c);
                } else if (Character.isWhitespace(c)) {
                    before.append(c);
                } else {
                    giveBack();
                    accept(c);
                }
            }
            case CALL -> callCharacter(c);
            case AFTER_CALL -> {
                if (c == ']' && inList) {
                    inList = false;
                    before.setLength(0);
                } else if (Character.isWhitespace(c) || c == ';' || c == ',') {
                    before.append(c);
                } else if (c == '{') {
                    open();
                    callCharacter(c);
                } else {
                    state = State.TEXT;
                    inList = false;
                    String text = before.toString();
                    before.setLength(0);
                    found.content(text);
                    textCharacter(c);
                }
            }
        }
    }

    private void textCharacter(char c) {
        boolean mayBegin = markers.isEmpty() && found.atLineStart() && !found.inCode();
        if (c == '{' && mayBegin) {
            open();
            callCharacter(c);
        } else if (c == '[' && mayBegin) {
            before.append(c);
            inList = true;
            state = State.LIST;
        } else if (markers.find(c).isPresent()) {
            before.append(TAG);
            state = State.CALL;
            call = new JsonCall(found);
        }
    }

    private void open() {
        state = State.CALL;
        call = new JsonCall(found, tools::has, FIELDS::contains);
    }

    private void callCharacter(char c) {
        switch (call.accept(c)) {
            case MORE -> {}
            case DONE -> {
                before.setLength(0);
                state = State.AFTER_CALL;
            }
            case BROKEN -> {
                giveBack();
                accept(c);
            }
        }
    }

    private void giveBack() {
        if (state == State.CALL) {
            call.breakOff(before);
        } else {
            found.content(before);
        }
        before.setLength(0);
        inList = false;
        state = State.TEXT;
    }

    @Override
    void end() {
        switch (state) {
            case TEXT -> markers.flush();
            case LIST, CALL -> giveBack();
            // A separator that nothing follows.
            case AFTER_CALL -> {}
        }
    }
}
