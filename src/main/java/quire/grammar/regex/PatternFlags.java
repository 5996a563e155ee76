package quire.grammar.regex;

/**
 * Flags that are set within a regular expression.
 *
 * @param ignoreCase {@code i}
 * @param lines {@code m}: {@code ^} and {@code $} also match at lines
 * @param dotAll {@code s}: a dot matches the ends of lines too
 * @param spaced {@code x}: white space and comments mean nothing
 * @param ascii {@code a}: classes are those of ASCII
 */
record PatternFlags(
        boolean ignoreCase, boolean lines, boolean dotAll, boolean spaced, boolean ascii) {

    static final PatternFlags NONE = new PatternFlags(false, false, false, false, false);

    /** These with changes that are read up to the {@code :} or {@code )} behind them. */
    PatternFlags read(PatternScanner in, int at) {
        PatternFlags changed = this;
        boolean on = true;
        while (in.peek() != ':' && in.peek() != ')') {
            if (in.atEnd()) {
                throw in.error(at, "a group that does not end");
            }
            int flag = in.next();
            if (flag == '-' && on) {
                on = false;
            } else {
                changed = changed.with(flag, on, in, at);
            }
        }
        return changed;
    }

    private PatternFlags with(int flag, boolean on, PatternScanner in, int at) {
        return switch (flag) {
            case 'i' -> new PatternFlags(on, lines, dotAll, spaced, ascii);
            case 'm' -> new PatternFlags(ignoreCase, on, dotAll, spaced, ascii);
            case 's' -> new PatternFlags(ignoreCase, lines, on, spaced, ascii);
            case 'x' -> new PatternFlags(ignoreCase, lines, dotAll, on, ascii);
            case 'a' -> new PatternFlags(ignoreCase, lines, dotAll, spaced, on);
            case 'u' -> new PatternFlags(ignoreCase, lines, dotAll, spaced, !on);
            default ->
                    throw in.error(
                            at,
                            "(?"
                                    + Character.toString(flag)
                                    + " is no group; flags are i, m, s, x, a and u");
        };
    }
}
