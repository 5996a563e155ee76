package quire.grammar.regex;

import quire.grammar.GrammarLimitException;

/** Reads how often something is repeated. */
final class Quantifiers {

    private static final int MAX_COUNT = 100_000;

    private final PatternScanner in;
    private final Dialect dialect;

    Quantifiers(PatternScanner in, Dialect dialect) {
        this.in = in;
        this.dialect = dialect;
    }

    /** Least and most of a quantifier; null, and nothing read, if there is none. */
    int[] next() {
        int at = in.at();
        if (in.take('*')) {
            return new int[] {0, -1};
        }
        if (in.take('+')) {
            return new int[] {1, -1};
        }
        if (in.take('?')) {
            return new int[] {0, 1};
        }
        int[] counts = in.take('{') ? counts(at) : null;
        if (counts == null) {
            in.back(at);
        }
        return counts;
    }

    /** Least and most of {@code m}, {@code m,} or {@code m,n} and a brace; null if it is none. */
    int[] counts(int at) {
        int start = in.at();
        int min = in.number();
        int max = min;
        if (in.take(',')) {
            max = in.number();
            if (min < 0 && (dialect == Dialect.ECMA || max < 0)) {
                in.back(start);
                return null;
            }
            min = Math.max(min, 0);
        } else if (min < 0) {
            in.back(start);
            return null;
        }
        if (!in.take('}')) {
            in.back(start);
            return null;
        }
        if (max >= 0 && max < min) {
            throw in.error(at, "the least count " + min + " is above the most, " + max);
        }
        if (Math.max(min, max) > MAX_COUNT) {
            throw new GrammarLimitException(
                    "a count of " + Math.max(min, max) + "; at most " + MAX_COUNT + " are allowed",
                    in.place(at));
        }
        return new int[] {min, max};
    }
}
