package quire.grammar.regex;

import java.util.Arrays;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A set of Unicode's scalar values: code points but for the surrogates. Immutable. */
public final class CodePointSet {

    /** Every one. */
    public static final CodePointSet ALL =
            new CodePointSet(0, 0xD7FF, 0xE000, Character.MAX_CODE_POINT);

    /** None. */
    public static final CodePointSet NONE = new CodePointSet();

    /** Sorted and disjoint: first and last of each range, both within. */
    private final int[] ranges;

    private CodePointSet(int... ranges) {
        this.ranges = ranges;
    }

    /**
     * The values of some ranges.
     *
     * @param fromTo first and last of each, in any order
     */
    public static CodePointSet of(int... fromTo) {
        long[] pairs = new long[fromTo.length / 2];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = (long) fromTo[2 * i] << 32 | fromTo[2 * i + 1];
        }
        Arrays.sort(pairs);
        int[] merged = new int[fromTo.length];
        int size = 0;
        for (long pair : pairs) {
            int from = (int) (pair >>> 32);
            int to = (int) pair;
            if (size > 0 && from <= merged[size - 1] + 1) {
                merged[size - 1] = Math.max(merged[size - 1], to);
            } else if (from <= to) {
                merged[size++] = from;
                merged[size++] = to;
            }
        }
        return new CodePointSet(Arrays.copyOf(merged, size)).withoutSurrogates();
    }

    /** The set of one value. */
    public static CodePointSet single(int codePoint) {
        return of(codePoint, codePoint);
    }

    /** The values that a test holds for. */
    static CodePointSet where(IntPredicate test) {
        IntStream.Builder found = IntStream.builder();
        int from = -1;
        for (int c = 0; c <= Character.MAX_CODE_POINT + 1; c++) {
            boolean within =
                    c <= Character.MAX_CODE_POINT && (c < 0xD800 || c > 0xDFFF) && test.test(c);
            if (within && from < 0) {
                from = c;
            } else if (!within && from >= 0) {
                found.add(from).add(c - 1);
                from = -1;
            }
        }
        return new CodePointSet(found.build().toArray());
    }

    /** First and last of each range, ascending. */
    public int[] ranges() {
        return ranges.clone();
    }

    /** How many ranges it has. */
    int numRanges() {
        return ranges.length / 2;
    }

    /** Whether a value is in it. */
    boolean contains(int codePoint) {
        int low = 0;
        int high = ranges.length / 2 - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            if (codePoint < ranges[2 * middle]) {
                high = middle - 1;
            } else if (codePoint > ranges[2 * middle + 1]) {
                low = middle + 1;
            } else {
                return true;
            }
        }
        return false;
    }

    /** What is in this or in the other. */
    public CodePointSet or(CodePointSet other) {
        int[] both = Arrays.copyOf(ranges, ranges.length + other.ranges.length);
        System.arraycopy(other.ranges, 0, both, ranges.length, other.ranges.length);
        return of(both);
    }

    /** What is not in this. */
    public CodePointSet not() {
        int[] gaps = new int[ranges.length + 4];
        int size = 0;
        int next = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            if (ranges[i] > next) {
                gaps[size++] = next;
                gaps[size++] = ranges[i] - 1;
            }
            next = ranges[i + 1] + 1;
        }
        if (next <= Character.MAX_CODE_POINT) {
            gaps[size++] = next;
            gaps[size++] = Character.MAX_CODE_POINT;
        }
        return new CodePointSet(Arrays.copyOf(gaps, size)).withoutSurrogates();
    }

    private CodePointSet withoutSurrogates() {
        int[] kept = new int[ranges.length + 2];
        int size = 0;
        for (int i = 0; i < ranges.length; i += 2) {
            int from = ranges[i];
            int to = ranges[i + 1];
            if (from < 0xD800 && to >= 0xD800) {
                kept[size++] = from;
                kept[size++] = 0xD7FF;
            }
            if (from <= 0xDFFF && to > 0xDFFF) {
                kept[size++] = 0xE000;
                kept[size++] = to;
            } else if (to < 0xD800 || from > 0xDFFF) {
                kept[size++] = from;
                kept[size++] = to;
            }
        }
        return new CodePointSet(Arrays.copyOf(kept, size));
    }

    /** With every value's other cases, by Unicode's simple case folding. */
    public CodePointSet ignoringCase() {
        int[] others =
                Arrays.stream(Cases.VALUES)
                        .filter(this::contains)
                        .flatMap(c -> Arrays.stream(Cases.of(c)))
                        .flatMap(c -> IntStream.of(c, c))
                        .toArray();
        return or(of(others));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CodePointSet set && Arrays.equals(ranges, set.ranges);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ranges);
    }

    /** Values that have other cases. */
    private static final class Cases {
        private static final int[] VALUES =
                IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
                        .filter(c -> Character.toLowerCase(c) != c || Character.toUpperCase(c) != c)
                        .toArray();

        private static final Map<Integer, int[]> BY_FOLDED =
                Arrays.stream(VALUES)
                        .boxed()
                        .collect(
                                Collectors.groupingBy(
                                        Cases::folded,
                                        Collectors.collectingAndThen(
                                                Collectors.toList(),
                                                group ->
                                                        group.stream()
                                                                .mapToInt(Integer::intValue)
                                                                .toArray())));

        private static int folded(int c) {
            return Character.toLowerCase(Character.toUpperCase(c));
        }

        private static int[] of(int c) {
            return BY_FOLDED.get(folded(c));
        }

        private Cases() {}
    }
}
