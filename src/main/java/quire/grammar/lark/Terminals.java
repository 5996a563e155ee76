package quire.grammar.lark;

import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.regex.CodePointSet;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;
import quire.grammar.rules.SourceText;

/** Reads the texts of terminals: strings, ranges of characters and regular expressions. */
final class Terminals {

    private final SourceText in;

    Terminals(SourceText in) {
        this.in = in;
    }

    /** A string in quotes of either kind, or a range of characters between two strings. */
    Regex string() {
        int at = in.at();
        String text = quoted();
        int behind = in.at();
        if (in.take("..")) {
            if (in.peek() != '"' && in.peek() != '\'') {
                throw in.expected(in.at(), "a string behind '..'");
            }
            String last = quoted();
            if (text.codePointCount(0, text.length()) != 1
                    || last.codePointCount(0, last.length()) != 1) {
                throw in.error(at, "a range goes from one character to one character");
            }
            if (last.codePointAt(0) < text.codePointAt(0)) {
                throw in.error(at, "a range of characters goes backwards");
            }
            return Regex.codePoints(
                    CodePointSet.of(text.codePointAt(0), last.codePointAt(0)).ranges());
        }
        in.goTo(behind);
        if (in.peek() == 'i') {
            in.next();
            return Regex.seq(
                    text.codePoints()
                            .mapToObj(c -> CodePointSet.single(c).ignoringCase())
                            .map(set -> Regex.codePoints(set.ranges()))
                            .toArray(Regex[]::new));
        }
        return Regex.literal(text);
    }

    private String quoted() {
        int at = in.at();
        String quote = Character.toString(in.next());
        StringBuilder text = new StringBuilder();
        while (!in.take(quote)) {
            if (in.atEnd() || in.peek() == '\n') {
                throw in.error(at, "a string that does not end; it wants a " + quote);
            }
            int place = in.at();
            int c = in.next();
            text.appendCodePoint(c == '\\' && !in.atEnd() ? escape(place) : c);
        }
        return text.toString();
    }

    private int escape(int at) {
        int c = in.next();
        return switch (c) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'f' -> '\f';
            case 'b' -> '\b';
            case 'v' -> 0x0B;
            case 'x' -> in.hexadecimal(2, at);
            case 'u' -> in.hexadecimal(4, at);
            case 'U' -> in.hexadecimal(8, at);
            default -> {
                if (Character.isLetterOrDigit(c)) {
                    throw in.error(at, "the escape \\" + Character.toString(c) + " is none");
                }
                yield c;
            }
        };
    }

    /** A regular expression between slashes, and the flags behind it. */
    Regex pattern() {
        int at = in.at();
        in.next();
        int start = in.at();
        while (in.peek() != '/') {
            if (in.atEnd() || in.peek() == '\n') {
                throw in.error(at, "a regular expression that does not end; it wants a '/'");
            }
            int c = in.next();
            if (c == '\\' && !in.atEnd()) {
                in.next();
            }
        }
        String pattern = in.between(start, in.at());
        in.next();
        StringBuilder flags = new StringBuilder();
        while ("imslux".indexOf(in.peek()) >= 0) {
            int flag = in.next();
            if (flag == 'l') {
                throw in.unsupported(at, "the flag 'l' of a regular expression");
            }
            flags.appendCodePoint(flag);
        }
        String whole = flags.isEmpty() ? pattern : "(?" + flags + ":" + pattern + ")";
        try {
            return PatternSyntax.parse(whole, Dialect.RUST);
        } catch (GrammarException e) {
            throw in.within(at, e);
        }
    }
}
