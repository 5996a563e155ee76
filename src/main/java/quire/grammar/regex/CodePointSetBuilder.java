package quire.grammar.regex;

import java.util.Arrays;

/** Collects ranges of code points. */
public final class CodePointSetBuilder {

    private int[] ranges = new int[16];
    private int size;

    /** Adds a range, both ends within. */
    public void add(int from, int to) {
        if (size == ranges.length) {
            ranges = Arrays.copyOf(ranges, 2 * size);
        }
        ranges[size++] = from;
        ranges[size++] = to;
    }

    /** Adds a set. */
    void add(CodePointSet set) {
        int[] added = set.ranges();
        for (int i = 0; i < added.length; i += 2) {
            add(added[i], added[i + 1]);
        }
    }

    /** What was added. */
    public CodePointSet build() {
        return CodePointSet.of(Arrays.copyOf(ranges, size));
    }
}
