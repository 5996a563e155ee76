package quire.cli.talk;

import java.util.List;
import org.jline.reader.EOFError;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;

/**
 * Texts as they are typed: no quoting, no escapes, and several lines between {@code """}. For
 * completion a text is one word.
 */
final class TypedText implements Parser {

    private static final String QUOTES = "\"\"\"";

    private record Line(String line, int cursor) implements ParsedLine {

        @Override
        public String word() {
            return line;
        }

        @Override
        public int wordCursor() {
            return cursor;
        }

        @Override
        public int wordIndex() {
            return 0;
        }

        @Override
        public List<String> words() {
            return List.of(line);
        }
    }

    @Override
    public ParsedLine parse(String line, int cursor, ParseContext context) {
        boolean ends = context == ParseContext.ACCEPT_LINE || context == ParseContext.UNSPECIFIED;
        if (ends && isOpen(line.strip())) {
            throw new EOFError(-1, -1, "the text goes on", QUOTES);
        }
        return new Line(line, cursor);
    }

    /** Whether a text has begun that goes on behind its line. */
    static boolean isOpen(String text) {
        int start = text.startsWith("/system") ? text.indexOf(QUOTES) : 0;
        return start >= 0
                && text.startsWith(QUOTES, start)
                && text.indexOf(QUOTES, start + QUOTES.length()) < 0;
    }

    /** No key begins an escape. */
    @Override
    public boolean isEscapeChar(char c) {
        return false;
    }
}
