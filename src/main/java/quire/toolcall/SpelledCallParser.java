package quire.toolcall;

/**
 * A parser of calls whose arguments are spelled one by one. What may be a call is held back until
 * it has begun; where it turns out to be none it is text, and the character that told is read anew.
 */
abstract class SpelledCallParser extends ToolCallParser {

    static final int MAX_NAME_CHARS = 256;

    final ToolSchemas tools;
    final ArgumentWriter arguments;

    /** What was read of calls of which none has begun. */
    final StringBuilder before = new StringBuilder();

    /** What is being read: a marker, a name, a value. */
    final StringBuilder said = new StringBuilder();

    SpelledCallParser(ToolSchemas tools, ToolCallListener listener) {
        super(listener);
        this.tools = tools;
        this.arguments = new ArgumentWriter(found, tools);
    }

    /** What follows is text until something looks like a call. */
    abstract void expectText();

    /**
     * What looked like a call, or like more of it, is text; what stands behind its last mark is
     * read anew, for it may begin a call.
     */
    final void giveBack() {
        found.end();
        String known = before.toString();
        String rest = said.toString();
        text();
        found.content(known);
        for (int i = 0; i < rest.length(); i++) {
            accept(rest.charAt(i));
        }
    }

    /** Forgets what was held back. */
    final void text() {
        arguments.forget();
        before.setLength(0);
        said.setLength(0);
        expectText();
    }
}
