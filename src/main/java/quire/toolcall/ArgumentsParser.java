package quire.toolcall;

/** An answer that is the arguments of one call, whose tool the request has named. */
final class ArgumentsParser extends ToolCallParser {

    private final String tool;
    private final JsonSpan span = new JsonSpan();
    private boolean begun;

    ArgumentsParser(String tool, ToolCallListener listener) {
        super(listener);
        this.tool = tool;
    }

    @Override
    void accept(char c) {
        if (!begun) {
            if (Character.isWhitespace(c)) {
                return;
            }
            begun = true;
            found.begin(tool);
        }
        if (!span.isComplete() && span.accept(c)) {
            found.arguments(c);
            return;
        }
        found.end();
        found.content(c);
    }

    @Override
    void end() {}
}
