package quire.toolcall;

/**
 * Finds the calls in what one choice says, and the text around them. It goes from character to
 * character, so that it finds the same however the text is cut into pieces. Text that turns out to
 * be no call goes to the user as it was said.
 */
public abstract class ToolCallParser {

    final Findings found;

    ToolCallParser(ToolCallListener listener) {
        this.found = new Findings(listener);
    }

    /**
     * Reads an answer that is a JSON list of calls, {@code [{"name": "f", "parameters": {…}}]}, as
     * it is asked for where a call is required.
     */
    public static ToolCallParser ofList(ToolCallListener listener) {
        return new CallListParser(listener);
    }

    /** Reads an answer that is the arguments of a call of one tool, and nothing else. */
    public static ToolCallParser ofArguments(String tool, ToolCallListener listener) {
        return new ArgumentsParser(tool, listener);
    }

    /** Reads more of the text. */
    public final void feed(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            accept(text.charAt(i));
        }
        found.flush();
    }

    /** Ends the text: what was held back is told, a call that is not complete stays as it is. */
    public final void finish() {
        end();
        found.finish();
    }

    /** Reads the next character. */
    abstract void accept(char c);

    /** No character follows: what is held back is told. */
    abstract void end();
}
