package quire.grammar.lark;

import quire.grammar.rules.SourceText;

/** Reads names, gaps and where definitions begin. */
final class LarkScanner {

    /** Characters of what may stand between a name and the colon of its definition. */
    private static final int MAX_PARAMETERS = 200;

    private final SourceText in;

    LarkScanner(SourceText in) {
        this.in = in;
    }

    /** Goes over white space, ends of lines and comments. */
    void skipSpace() {
        while (!in.atEnd()) {
            if (in.startsWith("//") || in.peek() == '#') {
                while (!in.atEnd() && in.peek() != '\n') {
                    in.next();
                }
            } else if (Character.isWhitespace(in.peek())) {
                in.next();
            } else {
                return;
            }
        }
    }

    /** Goes over white space of this line. */
    void skipInline() {
        while (in.peek() == ' ' || in.peek() == '\t') {
            in.next();
        }
    }

    static boolean isNamePart(int c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
    }

    /** A name, or the empty string where none stands. */
    String name() {
        int start = in.at();
        while (isNamePart(in.peek()) || in.peek() == '-' && in.at() > start && isDashInName()) {
            in.next();
        }
        return in.between(start, in.at());
    }

    /** A dash may join a name, but not begin the arrow of an alias. */
    private boolean isDashInName() {
        int at = in.at();
        in.next();
        boolean joins = isNamePart(in.peek());
        in.goTo(at);
        return joins;
    }

    /** Whether a definition or a directive follows, or the end; nothing is read. */
    boolean isDefinitionNext() {
        int start = in.at();
        boolean isDefinition = in.atEnd() || in.peek() == '%' && !in.startsWith("%json");
        if (!isDefinition) {
            in.take("?");
            in.take("!");
            String name = name();
            if (!name.isEmpty() && in.take(".")) {
                in.take("-");
                in.number();
            }
            if (!name.isEmpty() && (in.peek() == '{' || in.peek() == '[')) {
                skipParameters(in.peek() == '{' ? '}' : ']');
            }
            skipInline();
            isDefinition = !name.isEmpty() && in.peek() == ':';
        }
        in.goTo(start);
        return isDefinition;
    }

    private void skipParameters(int close) {
        int end = Math.min(in.length(), in.at() + MAX_PARAMETERS);
        int start = in.at();
        while (in.at() < end && in.peek() != close) {
            in.next();
        }
        if (in.peek() == close) {
            in.next();
        } else {
            in.goTo(start);
        }
    }

    /** A JSON object as it stands here. */
    String json() {
        int start = in.at();
        int open = 0;
        boolean inString = false;
        do {
            if (in.atEnd() || open == 0 && in.peek() != '{') {
                throw in.error(start, "expected a JSON object with its '}'");
            }
            int c = in.next();
            if (inString && c == '\\' && !in.atEnd()) {
                in.next();
            } else if (c == '"') {
                inString = !inString;
            } else if (!inString) {
                open += c == '{' ? 1 : c == '}' ? -1 : 0;
            }
        } while (open > 0);
        return in.between(start, in.at());
    }
}
