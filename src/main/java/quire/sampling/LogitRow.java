package quire.sampling;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One row of logits to work on, with the maximum of each chunk of tokens: most questions about a
 * vocabulary concern the few chunks that hold likely tokens.
 *
 * <p>After {@link #findMaxima} the values have no NaN (minus infinity instead) and no plus infinity
 * (the greatest float instead).
 */
final class LogitRow {

    private static final int LANES = 128;

    /** Tokens of a chunk. */
    static final int CHUNK = 4 * LANES;

    private final float[] lanes = new float[LANES];
    private final float[] values;
    private final float[] maxima;
    private float max;

    LogitRow(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a vocabulary of " + size + " tokens");
        }
        values = new float[size];
        maxima = new float[Math.ceilDiv(size, CHUNK)];
    }

    /** Copies a row of native-order floats. */
    void load(MemorySegment logits, long byteOffset) {
        MemorySegment.copy(logits, ValueLayout.JAVA_FLOAT_UNALIGNED, byteOffset, values, 0, values.length);
    }

    /** Makes tokens impossible; ids outside the vocabulary are passed over. */
    void forbid(int[] tokenIds) {
        for (int id : tokenIds) {
            if (id < values.length) {
                values[id] = Float.NEGATIVE_INFINITY;
            }
        }
    }

    /**
     * Repetition penalty (Keskar et al., "CTRL", 2019, section 4.1: logits above zero are divided,
     * others multiplied), then OpenAI's frequency and presence penalties.
     */
    void penalise(TokenCounts counts, SamplingParams params) {
        float repetition = (float) params.repetitionPenalty();
        float frequency = (float) params.frequencyPenalty();
        float presence = (float) params.presencePenalty();
        for (int i = 0; i < counts.size(); i++) {
            int id = counts.tokenId(i);
            int outputCount = counts.outputCount(i);
            if (id >= values.length) {
                continue;
            }
            float logit = values[id] > 0 ? values[id] / repetition : values[id] * repetition;
            values[id] = logit - frequency * outputCount - (outputCount > 0 ? presence : 0);
        }
    }

    /** Finds the maximum of each chunk and of all. */
    void findMaxima() {
        max = Float.NEGATIVE_INFINITY;
        for (int chunk = 0; chunk < maxima.length; chunk++) {
            int from = start(chunk);
            int to = end(chunk);
            float chunkMax = maximum(from, to);
            if (!(chunkMax <= Float.MAX_VALUE)) {
                clean(from, to);
                chunkMax = maximum(from, to);
            }
            maxima[chunk] = chunkMax;
            max = Math.max(max, chunkMax);
        }
    }

    /** The greatest value of a chunk, or NaN if it has one. */
    private float maximum(int from, int to) {
        if (to - from < CHUNK) {
            return maximum(values, from, to);
        }
        // The compiler makes vectors of this loop, but not of a maximum carried along.
        for (int i = 0; i < LANES; i++) {
            int id = from + i;
            lanes[i] = Math.max(
                    Math.max(values[id], values[id + LANES]),
                    Math.max(values[id + 2 * LANES], values[id + 3 * LANES]));
        }
        return maximum(lanes, 0, LANES);
    }

    private static float maximum(float[] array, int from, int to) {
        float greatest = Float.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            float value = array[i];
            if (!(value <= greatest)) {
                if (Float.isNaN(value)) {
                    return value;
                }
                greatest = value;
            }
        }
        return greatest;
    }

    private void clean(int from, int to) {
        for (int i = from; i < to; i++) {
            float value = values[i];
            values[i] = Float.isNaN(value) ? Float.NEGATIVE_INFINITY : Math.min(value, Float.MAX_VALUE);
        }
    }

    /** Whether no token is possible. */
    boolean isEmpty() {
        return max == Float.NEGATIVE_INFINITY;
    }

    /** The lowest token with the greatest logit. */
    int argmax() {
        int chunk = 0;
        while (maxima[chunk] < max) {
            chunk++;
        }
        int id = start(chunk);
        while (values[id] < max) {
            id++;
        }
        return id;
    }

    /** The greatest logit. */
    float max() {
        return max;
    }

    /** Tokens of the vocabulary. */
    int size() {
        return values.length;
    }

    /** A token's logit. */
    float value(int id) {
        return values[id];
    }

    /** Number of chunks. */
    int numChunks() {
        return maxima.length;
    }

    /** First token of a chunk. */
    int start(int chunk) {
        return chunk * CHUNK;
    }

    /** The token after a chunk. */
    int end(int chunk) {
        return Math.min(start(chunk) + CHUNK, values.length);
    }

    /** The greatest logit of a chunk. */
    float maximum(int chunk) {
        return maxima[chunk];
    }

    /** All logits; for passes over the whole vocabulary. */
    float[] values() {
        return values;
    }
}
