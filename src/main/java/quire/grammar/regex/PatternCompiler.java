package quire.grammar.regex;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import quire.grammar.GrammarLimitException;
import quire.grammar.Regex;

/**
 * Makes a language of a regular expression. Assertions need to know what is around them, so that
 * each part is compiled together with the language of all that may follow it, and where something
 * looks behind, once for each kind of character that may stand before it.
 */
final class PatternCompiler {

    /** Parts that are compiled within one another, what follows within what it follows. */
    private static final int MAX_DEPTH = 400;

    private final PatternScanner in;
    private final Dialect dialect;
    private final Alphabet alphabet;
    private final Regex any;
    private final CodePointSet word;
    private final Map<CodePointSet, Regex> sets = new HashMap<>();
    private final Map<Before, Regex> endings = new EnumMap<>(Before.class);
    private int depth;

    PatternCompiler(Alphabet alphabet, Dialect dialect, PatternScanner in) {
        this.in = in;
        this.dialect = dialect;
        this.alphabet = alphabet;
        this.any = Regex.repeat(alphabet.oneOf(CodePointSet.ALL), 0, -1);
        this.word =
                dialect == Dialect.ECMA
                        ? CodePointSet.of('0', '9', 'A', 'Z', '_', '_', 'a', 'z')
                        : UnicodeProperties.wordCharacters();
    }

    /** The language of whole texts. */
    Regex compile(Node pattern) {
        if (dialect == Dialect.RUST) {
            return at(pattern, new Rest(Regex.empty()), Before.START);
        }
        Node.Repeat skipped = new Node.Repeat(new Node.One(CodePointSet.ALL), 0, -1, 0);
        Node search = Node.sequence(List.of(skipped, pattern));
        return at(search, new Rest(any), Before.START);
    }

    /** The texts that begin with a match of a part and go on with the rest. */
    private Regex at(Node node, Rest rest, Before before) {
        if (++depth > MAX_DEPTH) {
            throw tooDeep();
        }
        Regex whole =
                node.isPlain() ? plainAt(plain(node), rest, before) : partAt(node, rest, before);
        depth--;
        return whole;
    }

    private static GrammarLimitException tooDeep() {
        return new GrammarLimitException(
                "a regular expression with more than " + MAX_DEPTH + " assertions in a row");
    }

    private Regex partAt(Node node, Rest rest, Before before) {
        return switch (node) {
            case Node.Sequence sequence -> {
                Rest tail = rest;
                List<Node> parts = joined(sequence.parts());
                for (int i = parts.size() - 1; i > 0; i--) {
                    tail = then(parts.get(i), tail);
                }
                yield at(parts.getFirst(), tail, before);
            }
            case Node.Choice choice ->
                    Regex.anyOf(
                            choice.branches().stream()
                                    .map(branch -> at(branch, rest, before))
                                    .toArray(Regex[]::new));
            case Node.Repeat repeat -> repeatAt(repeat, rest, before);
            case Node.Start start -> {
                boolean holds =
                        before == Before.START || start.ofLine() && before == Before.LINE_END;
                yield holds ? rest.behind(before) : Regex.nothing();
            }
            case Node.End end -> endAt(end, rest.behind(before));
            case Node.WordEdge edge -> {
                boolean wantsWord = (before == Before.WORD) == edge.negated();
                Regex next = Regex.seq(oneOf(wantsWord ? word : word.not()), any);
                yield Regex.both(
                        wantsWord ? next : Regex.anyOf(Regex.empty(), next), rest.behind(before));
            }
            case Node.Ahead ahead -> {
                Regex looked = at(ahead.body(), new Rest(any), before);
                yield Regex.both(ahead.negated() ? Regex.not(looked) : looked, rest.behind(before));
            }
            case Node.One one -> throw new IllegalStateException("a character is plain");
        };
    }

    /** Neighbours without assertions as one part. */
    private static List<Node> joined(List<Node> parts) {
        List<Node> joined = new ArrayList<>();
        int from = 0;
        for (int i = 0; i <= parts.size(); i++) {
            boolean ends = i == parts.size() || !parts.get(i).isPlain();
            if (ends && i > from) {
                joined.add(Node.sequence(parts.subList(from, i)));
            }
            if (ends && i < parts.size()) {
                joined.add(parts.get(i));
            }
            from = ends ? i + 1 : from;
        }
        return joined;
    }

    private Rest then(Node part, Rest rest) {
        boolean uniform = rest.isUniform() && !part.looksBehind();
        return new Rest(uniform, before -> at(part, rest, before));
    }

    private Regex plainAt(Regex match, Rest rest, Before before) {
        if (rest.isUniform()) {
            return Regex.seq(match, rest.behind(before));
        }
        List<Regex> ways = new ArrayList<>();
        if (isEmptyMatched(match)) {
            ways.add(rest.behind(before));
        }
        for (Before last : List.of(Before.WORD, Before.LINE_END, Before.OTHER)) {
            Regex tail = rest.behind(last);
            if (tail != Regex.nothing()) {
                ways.add(Regex.seq(Regex.both(match, endingIn(last)), tail));
            }
        }
        return Regex.anyOf(ways.toArray(Regex[]::new));
    }

    private static boolean isEmptyMatched(Regex match) {
        return match.matches(new byte[0]);
    }

    private Regex endingIn(Before last) {
        return endings.computeIfAbsent(
                last,
                key -> {
                    CodePointSet newline = CodePointSet.single('\n');
                    CodePointSet set =
                            switch (key) {
                                case WORD -> word;
                                case LINE_END -> newline;
                                case OTHER -> word.or(newline).not();
                                case START -> CodePointSet.NONE;
                            };
                    return Regex.seq(any, oneOf(set));
                });
    }

    private Regex endAt(Node.End end, Regex rest) {
        if (end.ofLine()) {
            Regex newLine = Regex.seq(oneOf(CodePointSet.single('\n')), any);
            return Regex.both(Regex.anyOf(Regex.empty(), newLine), rest);
        }
        return isEmptyMatched(rest) ? Regex.empty() : Regex.nothing();
    }

    private Regex repeatAt(Node.Repeat repeat, Rest rest, Before before) {
        if (rest.isUniform() && EndSplit.isOf(repeat)) {
            EndSplit split = EndSplit.of(repeat, this::plain);
            Regex behind = rest.behind(before);
            return Regex.anyOf(
                    Regex.seq(split.anywhere(), behind),
                    isEmptyMatched(behind) ? split.atEnd() : Regex.nothing());
        }
        if (repeat.max() < 0) {
            return endlessAt(repeat, rest, before);
        }
        if (repeat.max() > MAX_DEPTH) {
            throw tooDeep();
        }
        Rest tail = rest;
        for (int i = repeat.max(); i > 0; i--) {
            Rest next = tail;
            boolean mayEnd = i > repeat.min();
            tail =
                    new Rest(
                            false,
                            last -> {
                                Regex once = at(repeat.body(), next, last);
                                return mayEnd ? Regex.anyOf(rest.behind(last), once) : once;
                            });
        }
        return tail.behind(before);
    }

    /**
     * Endlessly repeated, an assertion can be kept in the usual {@code (?:(?!X).)*} before the end
     * of the text: nowhere in it begins a match of X.
     */
    private Regex endlessAt(Node.Repeat repeat, Rest rest, Before before) {
        if (isZeroWidth(repeat.body())) {
            return repeat.min() == 0 ? rest.behind(before) : at(repeat.body(), rest, before);
        }
        Regex behind = rest.behind(before);
        if (rest.isUniform() && repeat.min() == 0 && behind == any) {
            return any;
        }
        boolean isGuarded =
                repeat.body() instanceof Node.Sequence(List<Node> parts, _, _)
                        && parts.size() == 2
                        && parts.getFirst() instanceof Node.Ahead
                        && parts.getLast() instanceof Node.One
                        && !repeat.looksBehind();
        if (isGuarded && rest.isUniform() && behind == Regex.empty()) {
            Node.Sequence body = (Node.Sequence) repeat.body();
            Node.Ahead ahead = (Node.Ahead) body.parts().getFirst();
            Regex looked = at(ahead.body(), new Rest(any), before);
            Regex bad = ahead.negated() ? looked : Regex.both(any, Regex.not(looked));
            Regex one = plain(body.parts().getLast());
            Regex somewhereBad = Regex.seq(any, Regex.both(bad, Regex.seq(alphabet(), any)));
            return Regex.both(Regex.repeat(one, repeat.min(), -1), Regex.not(somewhereBad));
        }
        throw in.unsupported(repeat.at(), "an assertion in an endless repetition");
    }

    private static boolean isZeroWidth(Node node) {
        return switch (node) {
            case Node.One one -> false;
            case Node.Sequence sequence ->
                    sequence.parts().stream().allMatch(PatternCompiler::isZeroWidth);
            case Node.Choice choice ->
                    choice.branches().stream().allMatch(PatternCompiler::isZeroWidth);
            case Node.Repeat repeat -> isZeroWidth(repeat.body());
            case Node.Start start -> true;
            case Node.End end -> true;
            case Node.WordEdge edge -> true;
            case Node.Ahead ahead -> true;
        };
    }

    private Regex alphabet() {
        return oneOf(CodePointSet.ALL);
    }

    private Regex plain(Node node) {
        return switch (node) {
            case Node.One one -> oneOf(one.set());
            case Node.Sequence sequence ->
                    Regex.seq(sequence.parts().stream().map(this::plain).toArray(Regex[]::new));
            case Node.Choice choice ->
                    Regex.anyOf(choice.branches().stream().map(this::plain).toArray(Regex[]::new));
            case Node.Repeat repeat ->
                    Regex.repeat(plain(repeat.body()), repeat.min(), repeat.max());
            case Node.Start start -> throw new IllegalStateException("an assertion is not plain");
            case Node.End end -> throw new IllegalStateException("an assertion is not plain");
            case Node.WordEdge edge -> throw new IllegalStateException("an assertion is not plain");
            case Node.Ahead ahead -> throw new IllegalStateException("an assertion is not plain");
        };
    }

    private Regex oneOf(CodePointSet set) {
        return sets.computeIfAbsent(set, alphabet::oneOf);
    }
}
