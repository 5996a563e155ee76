package quire.grammar;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import quire.grammar.Regex.Kind;

/**
 * Languages that begin as another one does: counts that no token is long enough to use up are as
 * good as none, so that a string of at most 1,000 characters allows what one of 999 does.
 */
final class Near {

    /**
     * A language whose strings have, up to {@code length} bytes, the beginnings of {@code regex},
     * and up to one byte less may be complete where those may.
     */
    static Regex of(Regex regex, int length) {
        return changed(
                regex,
                repeat -> {
                    int min = Math.min(repeat.from, length);
                    int max = repeat.to >= length ? -1 : repeat.to;
                    return min == repeat.from && max == repeat.to
                            ? repeat
                            : Combine.repeat(repeat.parts[0], min, max);
                });
    }

    /** The same language without its upper counts, those of options and exact ones excepted. */
    static Regex free(Regex regex) {
        return changed(
                regex,
                repeat ->
                        isUpper(repeat)
                                ? Combine.repeat(repeat.parts[0], repeat.from, -1)
                                : repeat);
    }

    /**
     * For how many bytes {@link #free} begins as {@code regex} does; 0 if there are no upper
     * counts.
     */
    static int slack(Regex regex) {
        int least = regex.logical ? 0 : least(regex);
        return least == Integer.MAX_VALUE ? 0 : least;
    }

    private static int least(Regex regex) {
        int least = isUpper(regex) ? regex.to : Integer.MAX_VALUE;
        Regex at = regex;
        while (at.kind == Kind.SEQUENCE) {
            least = Math.min(least, least(at.parts[0]));
            at = at.parts[1];
        }
        if (at != regex) {
            return Math.min(least, least(at));
        }
        for (Regex part : at.parts) {
            least = Math.min(least, least(part));
        }
        return least;
    }

    private static boolean isUpper(Regex regex) {
        return regex.kind == Kind.REPEAT && regex.to > 1 && regex.from < regex.to;
    }

    /** With all repetitions changed, those inside first; what is in a conjunction stays. */
    private static Regex changed(Regex regex, UnaryOperator<Regex> change) {
        return switch (regex.kind) {
            case NOTHING, EMPTY, WORDS, SET, BOTH, NOT -> regex;
            case SEQUENCE -> sequence(regex, change);
            case CHOICE -> {
                List<Regex> parts = new ArrayList<>(regex.parts.length);
                boolean same = true;
                for (Regex part : regex.parts) {
                    Regex near = changed(part, change);
                    same &= near == part;
                    parts.add(near);
                }
                yield same ? regex : Combine.choice(parts);
            }
            case REPEAT -> {
                Regex part = changed(regex.parts[0], change);
                Regex same =
                        part == regex.parts[0] ? regex : Combine.repeat(part, regex.from, regex.to);
                yield same.kind == Kind.REPEAT ? change.apply(same) : same;
            }
        };
    }

    private static Regex sequence(Regex regex, UnaryOperator<Regex> change) {
        List<Regex> parts = new ArrayList<>();
        boolean same = true;
        Regex at = regex;
        while (at.kind == Kind.SEQUENCE) {
            Regex part = changed(at.parts[0], change);
            same &= part == at.parts[0];
            parts.add(part);
            at = at.parts[1];
        }
        Regex near = changed(at, change);
        if (same && near == at) {
            return regex;
        }
        for (Regex part : parts.reversed()) {
            near = Combine.sequence(part, near);
        }
        return near;
    }

    private Near() {}
}
