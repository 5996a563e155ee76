package quire.toolcall;

/**
 * Calls as they are asked for where one is required: {@code [{"name": "get_weather", "parameters":
 * {"city": "Bonn"}}]}, and nothing around them.
 */
final class CallListParser extends ToolCallParser {

    private enum State {
        START,
        BETWEEN,
        CALL,
        TEXT
    }

    /** What stands before a call, and is text where none follows. */
    private final StringBuilder before = new StringBuilder();

    private State state = State.START;
    private JsonCall call;

    CallListParser(ToolCallListener listener) {
        super(listener);
    }

    @Override
    void accept(char c) {
        switch (state) {
            case START -> {
                before.append(c);
                if (c == '[') {
                    state = State.BETWEEN;
                } else if (!Character.isWhitespace(c)) {
                    giveBack();
                }
            }
            case BETWEEN -> {
                if (c == '{') {
                    state = State.CALL;
                    call = new JsonCall(found);
                    call.accept(c);
                    return;
                }
                before.append(c);
                if (c == ']') {
                    // An empty list is no call, and one that has ended says nothing more.
                    before.setLength(call == null ? before.length() : 0);
                    giveBack();
                } else if (c != ',' && !Character.isWhitespace(c)) {
                    giveBack();
                }
            }
            case CALL -> callCharacter(c);
            case TEXT -> found.content(c);
        }
    }

    private void callCharacter(char c) {
        switch (call.accept(c)) {
            case MORE -> {}
            case DONE -> {
                before.setLength(0);
                state = State.BETWEEN;
            }
            case BROKEN -> {
                giveBack();
                accept(c);
            }
        }
    }

    /** What follows is text, and so is what was held back. */
    private void giveBack() {
        if (state == State.CALL) {
            call.breakOff(before);
        } else {
            found.content(before);
        }
        before.setLength(0);
        state = State.TEXT;
    }

    @Override
    void end() {
        // Behind a call what was held back separates it from one that does not come.
        if (state == State.CALL || call == null) {
            giveBack();
        }
    }
}
