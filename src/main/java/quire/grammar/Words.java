package quire.grammar;

import java.util.Arrays;

/**
 * A sorted table of distinct byte strings, of which neighbours with a common beginning are a set of
 * words that a prefix of them leaves open. A single literal is a table of one.
 */
final class Words {

    private final byte[][] words;
    private final int hash;
    private final long bytes;

    /** Keeps the given arrays. */
    Words(byte[]... unsorted) {
        Arrays.sort(unsorted, Arrays::compareUnsigned);
        int kept = 0;
        for (byte[] word : unsorted) {
            if (kept == 0 || !Arrays.equals(unsorted[kept - 1], word)) {
                unsorted[kept++] = word;
            }
        }
        words = kept == unsorted.length ? unsorted : Arrays.copyOf(unsorted, kept);
        hash = Arrays.deepHashCode(words);
        bytes = Arrays.stream(words).mapToLong(word -> 24L + word.length).sum();
    }

    /** About how much memory the table takes. */
    long bytes() {
        return bytes;
    }

    int size() {
        return words.length;
    }

    byte[] word(int index) {
        return words[index];
    }

    /** Whether the first of the words from {@code from} on ends at {@code offset}. */
    boolean endsAt(int from, int offset) {
        return words[from].length == offset;
    }

    /** The byte at {@code offset} of a word that is longer. */
    int byteAt(int index, int offset) {
        return words[index][offset] & 0xff;
    }

    /**
     * The first of the words {@code [from, to)} whose byte at {@code offset} is {@code value} or
     * more; all of them are longer than {@code offset} and equal up to it.
     */
    int firstNotBelow(int value, int from, int to, int offset) {
        int low = from;
        int high = to;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (byteAt(middle, offset) < value) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The bytes that words {@code [from, to)} have at {@code offset}; all of them are longer. */
    ByteSet bytesAt(int from, int to, int offset) {
        ByteSet set = ByteSet.NONE;
        int at = from;
        while (at < to) {
            int value = byteAt(at, offset);
            set = set.or(ByteSet.of(value));
            at = firstNotBelow(value + 1, at, to, offset);
        }
        return set;
    }

    /** About how many bytes the shortest of the words {@code [from, to)} has. */
    int shortest(int from, int to) {
        int least = Integer.MAX_VALUE;
        // Not all of many are measured: near enough to search by.
        for (int i = from; i < Math.min(to, from + 8); i++) {
            least = Math.min(least, words[i].length);
        }
        return least;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Words o && hash == o.hash && Arrays.deepEquals(words, o.words);
    }
}
