package quire.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import quire.grammar.Regex.Kind;

/** Joins characters and words of a grammar to larger terminals. */
final class PlainText {

    /** Choices and sequences of more parts stay rules, unless all are words. */
    private static final int MAX_PARTS = 32;

    /** Repetitions, choices and sequences are joined as long as they lie no deeper. */
    private static final int MAX_DEPTH = 8;

    /**
     * The language of a symbol, or null if it is not to be joined.
     *
     * @param inner the same for parts of it
     */
    static Regex of(Symbol symbol, Function<Symbol, Regex> inner) {
        return switch (symbol) {
            case Symbol.Terminal terminal -> isPlain(terminal.regex) ? terminal.regex : null;
            case Symbol.Token token -> null;
            case Symbol.Rule rule -> null;
            case Symbol.Series series -> null;
            case Symbol.Sequence sequence -> {
                List<Regex> parts = all(sequence.parts, inner);
                yield parts == null ? null : limited(Regex.seq(parts.toArray(Regex[]::new)));
            }
            case Symbol.Choice choice -> {
                List<Regex> parts = all(choice.parts, inner);
                yield parts == null ? null : limited(Regex.anyOf(parts.toArray(Regex[]::new)));
            }
            case Symbol.Repeat repeat -> {
                Regex part = inner.apply(repeat.part);
                yield part == null ? null : limited(Regex.repeat(part, repeat.min, repeat.max));
            }
        };
    }

    private static boolean isPlain(Regex regex) {
        return switch (regex.kind) {
            case EMPTY, WORDS, SET -> true;
            case CHOICE -> Arrays.stream(regex.parts).allMatch(PlainText::isCodePoint);
            case SEQUENCE -> isCodePoint(regex);
            case NOTHING, BOTH, NOT, REPEAT -> false;
        };
    }

    /** Whether it has the form of a range of code points in UTF-8. */
    private static boolean isCodePoint(Regex regex) {
        Regex at = regex;
        int bytes = 1;
        while (at.kind == Kind.SEQUENCE && at.parts[0].kind == Kind.SET) {
            at = at.parts[1];
            bytes++;
        }
        return at.kind == Kind.SET && bytes <= 4;
    }

    private static Regex limited(Regex regex) {
        return regex.depth <= MAX_DEPTH && regex.parts.length <= MAX_PARTS ? regex : null;
    }

    private static List<Regex> all(List<Symbol> parts, Function<Symbol, Regex> inner) {
        boolean words =
                parts.stream()
                        .allMatch(
                                part ->
                                        part instanceof Symbol.Terminal terminal
                                                && terminal.regex.isTable());
        if (parts.isEmpty() || parts.size() > MAX_PARTS && !words) {
            return null;
        }
        List<Regex> all = new ArrayList<>(parts.size());
        for (Symbol part : parts) {
            Regex regex = inner.apply(part);
            if (regex == null) {
                return null;
            }
            all.add(regex);
        }
        return all;
    }

    private PlainText() {}
}
