package quire.grammar.lark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import quire.grammar.GrammarException;
import quire.grammar.rules.SourceText;
import quire.grammar.schema.JsonSchema;
import quire.grammar.schema.SchemaOptions;

/** Reads right sides. One ends where a line begins with the next definition or directive. */
final class LarkExpressions {

    private static final int MAX_DEPTH = 200;
    private static final int MAX_COUNT = 100_000;
    private static final int MAX_TOKENS = 1000;

    private final SourceText in;
    private final LarkScanner scanner;
    private final Terminals terminals;
    private final Map<String, Integer> specialTokens;
    private int depth;

    LarkExpressions(SourceText in, LarkScanner scanner, Map<String, Integer> specialTokens) {
        this.in = in;
        this.scanner = scanner;
        this.terminals = new Terminals(in);
        this.specialTokens = specialTokens;
    }

    LarkTree alternatives() {
        if (++depth > MAX_DEPTH) {
            throw in.limit(in.at(), "groups in more than " + MAX_DEPTH + " groups");
        }
        List<LarkTree> branches = new ArrayList<>();
        do {
            branches.add(conjunction());
            scanner.skipSpace();
        } while (in.take("|"));
        depth--;
        return branches.size() == 1 ? branches.getFirst() : new LarkTree.Choice(branches);
    }

    private LarkTree conjunction() {
        scanner.skipSpace();
        int at = in.at();
        List<LarkTree> parts = new ArrayList<>();
        do {
            parts.add(sequence());
        } while (in.take("&"));
        return parts.size() == 1 ? parts.getFirst() : new LarkTree.All(parts, at);
    }

    private LarkTree sequence() {
        List<LarkTree> parts = new ArrayList<>();
        scanner.skipSpace();
        while (!isSequenceEnd()) {
            parts.add(item());
            scanner.skipSpace();
        }
        if (in.take("->")) {
            scanner.skipSpace();
            if (scanner.name().isEmpty()) {
                throw in.expected(in.at(), "the name of an alias behind '->'");
            }
            scanner.skipSpace();
        }
        return parts.size() == 1 ? parts.getFirst() : new LarkTree.Sequence(parts);
    }

    private boolean isSequenceEnd() {
        return in.atEnd()
                || "|)]&".indexOf(in.peek()) >= 0
                || in.startsWith("->")
                || scanner.isDefinitionNext();
    }

    private LarkTree item() {
        int at = in.at();
        if (in.take("~")) {
            scanner.skipSpace();
            return repeated(new LarkTree.Not(atom(), at));
        }
        return repeated(atom());
    }

    private LarkTree atom() {
        int at = in.at();
        int c = in.peek();
        if (LarkScanner.isNamePart(c)) {
            String name = scanner.name();
            if (in.peek() == '{' && !isCount()) {
                throw in.unsupported(at, "a template (" + name + "{…})");
            }
            return new LarkTree.Named(name, at);
        }
        return switch (c) {
            case '"', '\'' -> new LarkTree.Text(terminals.string());
            case '/' -> new LarkTree.Text(terminals.pattern());
            case '(' -> group(")");
            case '[' -> new LarkTree.Repeat(group("]"), 0, 1);
            case '<' -> tokens(at);
            case '%' -> embedded(at);
            case '*', '+', '?' ->
                    throw in.error(at, "'" + (char) c + "' has nothing before it to repeat");
            default ->
                    throw in.expected(
                            at, "a name, a string in \"…\", a pattern in /…/, '(', '[' or <…>");
        };
    }

    private LarkTree group(String end) {
        in.next();
        LarkTree body = alternatives();
        if (!in.take(end)) {
            throw in.expected(in.at(), "'" + end + "'");
        }
        return body;
    }

    private LarkTree embedded(int at) {
        in.take("%json");
        scanner.skipSpace();
        int start = in.at();
        try {
            return new LarkTree.Embedded(
                    JsonSchema.grammar(scanner.json(), SchemaOptions.SERVED), at);
        } catch (GrammarException e) {
            throw in.within(start, e);
        }
    }

    private LarkTree tokens(int at) {
        int end = in.indexOf(">");
        if (end < 0) {
            throw in.error(at, "a token that does not end; it wants a '>'");
        }
        String name = in.between(at, end + 1);
        in.goTo(end + 1);
        if (name.matches("<\\[\\d{1,9}(-\\d{1,9})?(,\\d{1,9}(-\\d{1,9})?)*]>")) {
            List<Integer> ids = new ArrayList<>();
            for (String range : name.substring(2, name.length() - 2).split(",")) {
                String[] ends = range.split("-");
                int first = Integer.parseInt(ends[0]);
                int last = Integer.parseInt(ends[ends.length - 1]);
                if (last - first + ids.size() >= MAX_TOKENS) {
                    throw in.limit(at, "more than " + MAX_TOKENS + " tokens in <[…]>");
                }
                IntStream.rangeClosed(first, last).forEach(ids::add);
            }
            return new LarkTree.Tokens(ids, at);
        }
        if (name.startsWith("<[")) {
            throw in.unsupported(at, "the set of tokens " + name);
        }
        Integer id = specialTokens.get(name);
        if (id == null) {
            throw in.error(at, "this model has no special token '" + name + "'");
        }
        return new LarkTree.Tokens(List.of(id), at);
    }

    private boolean isCount() {
        return in.startsWith("{")
                && in.between(in.at(), Math.min(in.at() + 40, in.length()))
                        .matches("(?s)\\{\\s*(\\d+\\s*(,\\s*\\d*)?|,\\s*\\d+)\\s*}.*");
    }

    private LarkTree repeated(LarkTree item) {
        LarkTree whole = item;
        int quantifiers = 0;
        while (true) {
            int at = in.at();
            scanner.skipInline();
            if (scanner.isDefinitionNext()) {
                return whole;
            }
            if (in.take("*")) {
                whole = new LarkTree.Repeat(whole, 0, -1);
            } else if (in.take("+")) {
                whole = new LarkTree.Repeat(whole, 1, -1);
            } else if (in.take("?")) {
                whole = new LarkTree.Repeat(whole, 0, 1);
            } else if (isCount()) {
                whole = counted(whole, at);
            } else if (isTimes()) {
                whole = times(whole, at);
            } else {
                return whole;
            }
            if (++quantifiers > MAX_DEPTH) {
                throw in.limit(at, "more than " + MAX_DEPTH + " quantifiers in a row");
            }
        }
    }

    private boolean isTimes() {
        int at = in.at();
        boolean isTimes = in.take("~");
        scanner.skipInline();
        isTimes &= in.number() >= 0;
        in.goTo(at);
        return isTimes;
    }

    /** {@code ~ n} or {@code ~ n..m}. */
    private LarkTree times(LarkTree item, int at) {
        in.take("~");
        scanner.skipInline();
        int min = in.number();
        int behind = in.at();
        scanner.skipInline();
        int max = min;
        if (in.take("..")) {
            scanner.skipInline();
            max = in.number();
            if (max < 0) {
                throw in.expected(in.at(), "a count behind '..'");
            }
        } else {
            in.goTo(behind);
        }
        return repeat(item, min, max, at);
    }

    /** {@code {n}}, {@code {n,}}, {@code {n,m}} or {@code {,m}}. */
    private LarkTree counted(LarkTree item, int at) {
        in.take("{");
        scanner.skipSpace();
        int min = in.number();
        int max = min;
        scanner.skipSpace();
        if (in.take(",")) {
            scanner.skipSpace();
            max = in.number();
            scanner.skipSpace();
        }
        in.take("}");
        return repeat(item, Math.max(min, 0), max, at);
    }

    private LarkTree repeat(LarkTree item, int min, int max, int at) {
        if (max >= 0 && max < min) {
            throw in.error(at, "the least count " + min + " is above the most, " + max);
        }
        if (Math.max(min, max) > MAX_COUNT) {
            throw in.limit(at, "a count above " + MAX_COUNT);
        }
        return new LarkTree.Repeat(item, min, max);
    }
}
