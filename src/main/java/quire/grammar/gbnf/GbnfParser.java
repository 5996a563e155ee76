package quire.grammar.gbnf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import quire.grammar.Regex;
import quire.grammar.regex.CodePointSet;
import quire.grammar.regex.CodePointSetBuilder;
import quire.grammar.rules.Expression;
import quire.grammar.rules.Rules;
import quire.grammar.rules.SourceText;

/** Reads the rules of a text. A rule ends where the next one begins, wherever lines end. */
final class GbnfParser {

    private static final int MAX_DEPTH = 200;
    private static final int MAX_COUNT = 100_000;

    private final SourceText in;
    private final Map<String, Integer> specialTokens;
    private final Rules rules;
    private int depth;

    GbnfParser(SourceText in, Map<String, Integer> specialTokens) {
        this.in = in;
        this.specialTokens = specialTokens;
        this.rules = new Rules(in);
    }

    Rules parse() {
        skipSpace();
        while (!in.atEnd()) {
            int at = in.at();
            String name = name();
            if (name.isEmpty()) {
                throw in.expected(at, "the name of a rule");
            }
            skipSpace();
            if (!in.take("::=")) {
                throw in.expected(in.at(), "'::=' behind '" + name + "'");
            }
            rules.add(name, alternatives(), at);
            if (!in.atEnd() && !isRuleNext()) {
                throw in.expected(in.at(), "an item or the next rule");
            }
        }
        return rules;
    }

    private void skipSpace() {
        while (!in.atEnd()) {
            int c = in.peek();
            if (c == '#') {
                while (!in.atEnd() && in.peek() != '\n') {
                    in.next();
                }
            } else if (Character.isWhitespace(c)) {
                in.next();
            } else {
                return;
            }
        }
    }

    private static boolean isNamePart(int c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || c == '-'
                || c == '_';
    }

    /** A name, or the empty string where none stands. */
    private String name() {
        int start = in.at();
        while (isNamePart(in.peek())) {
            in.next();
        }
        return in.between(start, in.at());
    }

    /** Whether a name and the sign of a definition follow; nothing is read. */
    private boolean isRuleNext() {
        int start = in.at();
        boolean isRule = !name().isEmpty();
        skipSpace();
        isRule &= in.startsWith("::=");
        in.goTo(start);
        return isRule;
    }

    private Expression alternatives() {
        if (++depth > MAX_DEPTH) {
            throw in.limit(in.at(), "groups in more than " + MAX_DEPTH + " groups");
        }
        List<Expression> branches = new ArrayList<>();
        do {
            branches.add(sequence());
        } while (in.take("|"));
        depth--;
        return branches.size() == 1 ? branches.getFirst() : new Expression.Choice(branches);
    }

    private Expression sequence() {
        List<Expression> parts = new ArrayList<>();
        skipSpace();
        while (!in.atEnd() && in.peek() != '|' && in.peek() != ')') {
            if (isNamePart(in.peek()) && isRuleNext()) {
                break;
            }
            parts.add(repeated(item()));
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
    }

    private Expression item() {
        int at = in.at();
        int c = in.peek();
        if (isNamePart(c)) {
            return new Expression.Reference(name(), at);
        }
        in.next();
        return switch (c) {
            case '"' -> literal(at);
            case '[' -> new Expression.Terminal(Regex.codePoints(characters(at).ranges()));
            case '.' -> new Expression.Terminal(Regex.anyCodePoint());
            case '(' -> {
                Expression body = alternatives();
                if (!in.take(")")) {
                    throw in.expected(in.at(), "')' for the '(' before it");
                }
                yield body;
            }
            case '<' -> token(at);
            case '!' -> throw in.unsupported(at, "'!', every token but one,");
            case '*', '+', '?', '{' ->
                    throw in.error(at, "'" + (char) c + "' has nothing before it to repeat");
            default ->
                    throw in.expected(
                            at, "a name, a string in \"…\", a class in […], '.', '(' or <…>");
        };
    }

    private Expression literal(int at) {
        StringBuilder text = new StringBuilder();
        while (!in.take("\"")) {
            text.appendCodePoint(character(at, "a string that does not end; it wants a '\"'"));
        }
        return new Expression.Terminal(Regex.literal(text.toString()));
    }

    private CodePointSet characters(int at) {
        String unclosed = "a class that does not end; it wants a ']'";
        boolean isComplement = in.take("^");
        CodePointSetBuilder set = new CodePointSetBuilder();
        while (!in.take("]")) {
            int place = in.at();
            int from = character(at, unclosed);
            int to = from;
            if (in.startsWith("-") && !in.startsWith("-]")) {
                in.next();
                to = character(at, unclosed);
            }
            if (to < from) {
                throw in.error(place, "a range of characters goes backwards");
            }
            set.add(from, to);
        }
        return isComplement ? set.build().not() : set.build();
    }

    /** A character as strings and classes have it. */
    private int character(int start, String unclosed) {
        if (in.atEnd()) {
            throw in.error(start, unclosed);
        }
        int at = in.at();
        int c = in.next();
        if (c != '\\') {
            return c;
        }
        if (in.atEnd()) {
            throw in.error(start, unclosed);
        }
        int escaped = in.next();
        return switch (escaped) {
            case 'x' -> in.hexadecimal(2, at);
            case 'u' -> in.hexadecimal(4, at);
            case 'U' -> in.hexadecimal(8, at);
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'n' -> '\n';
            default -> {
                if (Character.isLetterOrDigit(escaped)) {
                    throw in.error(
                            at,
                            "the escape \\"
                                    + Character.toString(escaped)
                                    + " is none; there are \\n, \\r, \\t, \\x, \\u, \\U, and \\"
                                    + " before a sign");
                }
                yield escaped;
            }
        };
    }

    private Expression token(int at) {
        if (in.take("[")) {
            int id = in.number();
            if (id < 0 || !in.take("]>")) {
                throw in.expected(in.at(), "the id of a token as <[ID]>");
            }
            return new Expression.Token(id);
        }
        int end = in.indexOf(">");
        if (end < 0) {
            throw in.error(at, "a token that does not end; it wants a '>'");
        }
        String name = in.between(at, end + 1);
        Integer id = specialTokens.get(name);
        if (id == null) {
            throw in.error(at, "this model has no special token '" + name + "'");
        }
        in.goTo(end + 1);
        return new Expression.Token(id);
    }

    private Expression repeated(Expression item) {
        Expression whole = item;
        int quantifiers = 0;
        skipSpace();
        while (true) {
            int at = in.at();
            if (in.take("*")) {
                whole = new Expression.Repeat(whole, 0, -1);
            } else if (in.take("+")) {
                whole = new Expression.Repeat(whole, 1, -1);
            } else if (in.take("?")) {
                whole = new Expression.Repeat(whole, 0, 1);
            } else if (in.take("{")) {
                whole = counted(whole, at);
            } else {
                return whole;
            }
            if (++quantifiers > MAX_DEPTH) {
                throw in.limit(at, "more than " + MAX_DEPTH + " quantifiers in a row");
            }
            skipSpace();
        }
    }

    private Expression counted(Expression item, int at) {
        skipSpace();
        int min = in.number();
        int max = min;
        skipSpace();
        if (in.take(",")) {
            skipSpace();
            max = in.number();
            skipSpace();
        } else if (min < 0) {
            throw in.expected(in.at(), "a count");
        }
        if (!in.take("}")) {
            throw in.expected(in.at(), "'}' behind a count");
        }
        int least = Math.max(min, 0);
        if (max >= 0 && max < least) {
            throw in.error(at, "the least count " + least + " is above the most, " + max);
        }
        if (Math.max(least, max) > MAX_COUNT) {
            throw in.limit(at, "a count above " + MAX_COUNT);
        }
        return new Expression.Repeat(item, least, max);
    }
}
