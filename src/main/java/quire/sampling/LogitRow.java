package quire.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * One row of logits to work on, with the maximum of each chunk of tokens: most questions about a
 * vocabulary concern the few chunks that hold likely tokens.
 *
 * <p>A chunk is not one range of tokens but four, one in each quarter of the row. That way three
 * quarters of the comparisons are one long loop over the quarters side by side, which the compiler
 * makes vectors of. It does so only for whole arrays at the same index, hence copies of quarters,
 * and not for a maximum carried along.
 *
 * <p>After {@link #findMaxima} the values have no NaN (minus infinity instead) and no plus infinity
 * (the greatest float instead).
 */
final class LogitRow {

    /** Ranges of a chunk. */
    static final int QUARTERS = 4;

    /** Tokens of each range of a chunk. */
    private static final int RANGE = 128;

    private static final int NONE = -1;

    private final int size;
    private final int quarter;
    private final float[] values;
    private final float[] second;
    private final float[] third;
    private final float[] fourth;
    private final float[] folded;
    private final float[] maxima;
    private final float[] kept = new float[Long.SIZE / 2];
    private float max;

    LogitRow(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a vocabulary of " + size + " tokens");
        }
        this.size = size;
        int numChunks = Math.ceilDiv(size, QUARTERS * RANGE);
        quarter = numChunks * RANGE;
        values = new float[QUARTERS * quarter];
        Arrays.fill(values, Float.NEGATIVE_INFINITY);
        second = new float[quarter];
        third = new float[quarter];
        fourth = new float[quarter];
        folded = new float[quarter];
        maxima = new float[numChunks];
    }

    /** Copies a row of native-order floats. */
    void load(MemorySegment logits, long byteOffset) {
        MemorySegment.copy(logits, ValueLayout.JAVA_FLOAT_UNALIGNED, byteOffset, values, 0, size);
    }

    /** Makes all tokens impossible that a mask does not allow. */
    void allow(long[] words) {
        if (words == TokenMask.ANY) {
            return;
        }
        for (int from = 0; from < size; from += Long.SIZE) {
            long bits = from / Long.SIZE < words.length ? words[from / Long.SIZE] : 0;
            int end = Math.min(from + Long.SIZE, size);
            if (bits == 0) {
                Arrays.fill(values, from, end, Float.NEGATIVE_INFINITY);
            } else if (Long.bitCount(bits) >= Long.SIZE / 2) {
                forbid(~bits, from, end);
            } else {
                keep(bits, from, end);
            }
        }
    }

    /** Makes the tokens impossible whose bits are set. */
    private void forbid(long bits, int from, int end) {
        for (long rest = bits; rest != 0; rest &= rest - 1) {
            int id = from + Long.numberOfTrailingZeros(rest);
            if (id >= end) {
                return;
            }
            values[id] = Float.NEGATIVE_INFINITY;
        }
    }

    /** Makes the tokens impossible whose bits are not set. */
    private void keep(long bits, int from, int end) {
        int numKept = 0;
        for (long rest = bits; rest != 0; rest &= rest - 1) {
            int id = from + Long.numberOfTrailingZeros(rest);
            kept[numKept++] = id < end ? values[id] : Float.NEGATIVE_INFINITY;
        }
        Arrays.fill(values, from, end, Float.NEGATIVE_INFINITY);
        numKept = 0;
        for (long rest = bits; rest != 0; rest &= rest - 1) {
            int id = from + Long.numberOfTrailingZeros(rest);
            if (id < end) {
                values[id] = kept[numKept++];
            }
        }
    }

    /** Makes tokens impossible; ids outside the vocabulary are passed over. */
    void forbid(int[] tokenIds) {
        for (int id : tokenIds) {
            forbid(id);
        }
    }

    /** Makes a token impossible; an id outside the vocabulary is passed over. */
    void forbid(int tokenId) {
        if (tokenId < size) {
            values[tokenId] = Float.NEGATIVE_INFINITY;
        }
    }

    /** Adds to logits of tokens; ids outside the vocabulary are passed over. */
    void add(int[] tokenIds, float[] biases) {
        for (int i = 0; i < tokenIds.length; i++) {
            if (tokenIds[i] < size) {
                values[tokenIds[i]] += biases[i];
            }
        }
    }

    /**
     * Repetition penalty (Keskar et al., "CTRL", 2019, section 4.1: logits above zero are divided,
     * others multiplied), then OpenAI's frequency and presence penalties.
     */
    void penalise(TokenCounts counts, LogitChange.Penalties penalties) {
        float repetition = penalties.repetition();
        float frequency = penalties.frequency();
        float presence = penalties.presence();
        for (int i = 0; i < counts.size(); i++) {
            int id = counts.tokenId(i);
            int outputCount = counts.outputCount(i);
            if (id >= size) {
                continue;
            }
            float logit = values[id] > 0 ? values[id] / repetition : values[id] * repetition;
            values[id] = logit - frequency * outputCount - (outputCount > 0 ? presence : 0);
        }
    }

    /** Finds the maximum of each chunk and of all. */
    void findMaxima() {
        System.arraycopy(values, quarter, second, 0, quarter);
        System.arraycopy(values, 2 * quarter, third, 0, quarter);
        System.arraycopy(values, 3 * quarter, fourth, 0, quarter);
        fold(folded, values, second, third, fourth);
        max = Float.NEGATIVE_INFINITY;
        for (int chunk = 0; chunk < maxima.length; chunk++) {
            float greatest = foldedMaximum(chunk);
            if (!(greatest <= Float.MAX_VALUE)) {
                clean(chunk);
                foldChunk(chunk);
                greatest = foldedMaximum(chunk);
            }
            maxima[chunk] = greatest;
            max = Math.max(max, greatest);
        }
    }

    private static void fold(float[] out, float[] a, float[] b, float[] c, float[] d) {
        for (int i = 0; i < out.length; i++) {
            out[i] = Math.max(Math.max(a[i], b[i]), Math.max(c[i], d[i]));
        }
    }

    private void foldChunk(int chunk) {
        for (int i = chunk * RANGE; i < (chunk + 1) * RANGE; i++) {
            folded[i] =
                    Math.max(
                            Math.max(values[i], values[i + quarter]),
                            Math.max(values[i + 2 * quarter], values[i + 3 * quarter]));
        }
    }

    /** The greatest logit of a chunk, or NaN if it has one. */
    private float foldedMaximum(int chunk) {
        float greatest = Float.NEGATIVE_INFINITY;
        for (int i = chunk * RANGE; i < (chunk + 1) * RANGE; i++) {
            float value = folded[i];
            if (!(value <= greatest)) {
                if (Float.isNaN(value)) {
                    return value;
                }
                greatest = value;
            }
        }
        return greatest;
    }

    private void clean(int chunk) {
        for (int range = 0; range < QUARTERS; range++) {
            for (int id = start(chunk, range); id < end(chunk, range); id++) {
                float value = values[id];
                values[id] =
                        Float.isNaN(value)
                                ? Float.NEGATIVE_INFINITY
                                : Math.min(value, Float.MAX_VALUE);
            }
        }
    }

    /** Whether no token is possible. */
    boolean isEmpty() {
        return max == Float.NEGATIVE_INFINITY;
    }

    /** The lowest token with the greatest logit. */
    int argmax() {
        for (int range = 0; range < QUARTERS; range++) {
            for (int chunk = 0; chunk < maxima.length; chunk++) {
                int id = maxima[chunk] < max ? NONE : find(max, chunk, range);
                if (id != NONE) {
                    return id;
                }
            }
        }
        throw new IllegalStateException("no token has the greatest logit");
    }

    private int find(float logit, int chunk, int range) {
        for (int id = start(chunk, range); id < end(chunk, range); id++) {
            if (values[id] == logit) {
                return id;
            }
        }
        return NONE;
    }

    /** The greatest logit. */
    float max() {
        return max;
    }

    /** Tokens of the vocabulary. */
    int size() {
        return size;
    }

    /** A token's logit. */
    float value(int id) {
        return values[id];
    }

    /** Number of chunks. */
    int numChunks() {
        return maxima.length;
    }

    /** First token of a range of a chunk; ranges ascend with their quarter, then with the chunk. */
    int start(int chunk, int range) {
        return range * quarter + chunk * RANGE;
    }

    /** The token after a range of a chunk; at most its start if the vocabulary ends before. */
    int end(int chunk, int range) {
        return Math.min(start(chunk, range) + RANGE, size);
    }

    /** The greatest logit of a chunk. */
    float maximum(int chunk) {
        return maxima[chunk];
    }

    /** All logits, valid up to {@link #size}; for passes over the whole vocabulary. */
    float[] values() {
        return values;
    }
}
