package quire.template.operations;

import quire.template.values.Run;

/**
 * Looks for one text in others in linear time: a hostile pair of long texts would keep a naive
 * search busy for hours. Short texts go to Java's own search, long ones to Knuth, Morris and Pratt.
 */
final class Search {

    private static final int SHORT = 16;

    private final Run run;
    private final String wanted;
    private int[] forward;
    private int[] backward;

    Search(Run run, String wanted) {
        this.run = run;
        this.wanted = wanted;
    }

    /** The first place at or after an index, or -1. */
    int next(String text, int from) {
        if (wanted.length() <= SHORT || from + wanted.length() > text.length()) {
            int at = text.indexOf(wanted, from);
            run.charge(1 + (Math.max(0, (at < 0 ? text.length() : at) - from) >> 3));
            return at;
        }
        if (forward == null) {
            forward = borders(false);
        }
        int matched = 0;
        for (int at = from; at < text.length(); at++) {
            matched = advance(forward, matched, text.charAt(at), false);
            if (matched == wanted.length()) {
                run.charge(at - from >> 2);
                return at - matched + 1;
            }
        }
        run.charge(text.length() - from >> 2);
        return -1;
    }

    /** The last place that ends at or before an index, or -1. */
    int previous(String text, int end) {
        if (end < wanted.length()) {
            return -1;
        }
        if (wanted.length() <= SHORT) {
            int at = text.lastIndexOf(wanted, end - wanted.length());
            run.charge(1 + (end - Math.max(0, at) >> 3));
            return at;
        }
        if (backward == null) {
            backward = borders(true);
        }
        int matched = 0;
        for (int at = end - 1; at >= 0; at--) {
            matched = advance(backward, matched, text.charAt(at), true);
            if (matched == wanted.length()) {
                run.charge(end - at >> 2);
                return at;
            }
        }
        run.charge(end >> 2);
        return -1;
    }

    private char wantedAt(int index, boolean reversed) {
        return wanted.charAt(reversed ? wanted.length() - 1 - index : index);
    }

    private int advance(int[] borders, int matched, char c, boolean reversed) {
        int length = matched;
        while (length > 0 && wantedAt(length, reversed) != c) {
            length = borders[length - 1];
        }
        return wantedAt(length, reversed) == c ? length + 1 : 0;
    }

    /** For each prefix of the wanted text the length of its longest proper border. */
    private int[] borders(boolean reversed) {
        run.charge(wanted.length() >> 2);
        int[] borders = new int[wanted.length()];
        for (int i = 1; i < borders.length; i++) {
            borders[i] = advance(borders, borders[i - 1], wantedAt(i, reversed), reversed);
        }
        return borders;
    }
}
