package quire.sampling;

import java.lang.foreign.MemorySegment;

/**
 * Takes log-probabilities from rows of logits as the model made them, within what a mask allows.
 * What a row gives depends on the row alone. One serves one thread; nothing but the results is
 * allocated.
 */
public final class Logprobs {

    /** Terms that are computed, then added, at a time: the one the compiler makes vectors of. */
    private static final int TERMS = 512;

    private final LogitRow row;
    private final double[] terms = new double[TERMS];
    private int[] topIds = new int[32];
    private int numTop;

    /**
     * @param vocabularySize logits of a row
     */
    public Logprobs(int vocabularySize) {
        row = new LogitRow(vocabularySize);
    }

    /**
     * The log-probability of a token and those of the likeliest ones.
     *
     * @param logits native-order float32; NaN counts as minus infinity; not changed
     * @param byteOffset where the row {@code [vocabularySize]} begins
     * @param wanted how many of the likeliest, from 0; no more than there are
     * @param allowed words of a {@link TokenMask}; other tokens have no probability
     */
    public TokenLogprobs of(
            MemorySegment logits, long byteOffset, int tokenId, int wanted, long[] allowed) {
        row.load(logits, byteOffset);
        row.allow(allowed);
        row.findMaxima();
        findTop(Math.min(wanted, row.size()));
        int[] ids = new int[numTop];
        float[] logprobs = new float[numTop];
        double logSum = row.isEmpty() ? 0 : row.max() + Math.log(sum());
        for (int i = 0; i < numTop; i++) {
            ids[i] = topIds[i];
            logprobs[i] = logprob(topIds[i], logSum);
        }
        return new TokenLogprobs(tokenId, logprob(tokenId, logSum), rank(tokenId), ids, logprobs);
    }

    private float logprob(int id, double logSum) {
        // A rounded sum may be a hair below the greatest of its terms.
        return (float) Math.min(0, row.value(id) - logSum);
    }

    /** Sum of e to the power of each logit's distance from the greatest, from 1. */
    private double sum() {
        float[] values = row.values();
        float max = row.max();
        double sum = 0;
        for (int from = 0; from < row.size(); from += TERMS) {
            int count = Math.min(TERMS, row.size() - from);
            for (int i = 0; i < count; i++) {
                terms[i] = power(Math.max(values[from + i] - max, LEAST));
            }
            sum += added(count);
        }
        return sum;
    }

    /** Four sums side by side, which the processor adds at once. */
    private double added(int count) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            a += terms[i];
            b += terms[i + 1];
            c += terms[i + 2];
            d += terms[i + 3];
        }
        for (; i < count; i++) {
            a += terms[i];
        }
        return a + b + (c + d);
    }

    /** Tokens of a million that are so far from the greatest weigh less than a float shows. */
    private static final float LEAST = -80;

    /**
     * e to the power of a number in [-80, 0]: Taylor's polynomial at a 64th of it, squared six
     * times; relative error below 1e-8 above e^-20, below 1e-5 above e^-40.
     */
    private static double power(double x) {
        double r = x * (1.0 / 64);
        double p = 1.0 / 5040 + r * (1.0 / 40320);
        p = 1.0 / 720 + r * p;
        p = 1.0 / 120 + r * p;
        p = 1.0 / 24 + r * p;
        p = 1.0 / 6 + r * p;
        p = 1.0 / 2 + r * p;
        p = 1 + r * p;
        p = 1 + r * p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        return p * p;
    }

    /** Keeps the likeliest in their order, and looks into those chunks alone that may have more. */
    private void findTop(int wanted) {
        if (topIds.length < wanted) {
            topIds = new int[wanted];
        }
        numTop = 0;
        if (wanted == 0) {
            return;
        }
        for (int range = 0; range < LogitRow.QUARTERS; range++) {
            for (int chunk = 0; chunk < row.numChunks(); chunk++) {
                // Ids ascend, so that one that is no more than equal to the last comes after it.
                if (numTop < wanted || row.maximum(chunk) > row.value(topIds[wanted - 1])) {
                    for (int id = row.start(chunk, range); id < row.end(chunk, range); id++) {
                        offer(id, wanted);
                    }
                }
            }
        }
    }

    private void offer(int id, int wanted) {
        float value = row.value(id);
        if (numTop == wanted) {
            if (value <= row.value(topIds[wanted - 1])) {
                return;
            }
            numTop--;
        }
        int place = numTop;
        while (place > 0 && row.value(topIds[place - 1]) < value) {
            topIds[place] = topIds[place - 1];
            place--;
        }
        topIds[place] = id;
        numTop++;
    }

    private int rank(int tokenId) {
        float[] values = row.values();
        float value = values[tokenId];
        int before = 0;
        for (int id = 0; id < row.size(); id++) {
            before += values[id] > value || (values[id] == value && id < tokenId) ? 1 : 0;
        }
        return before + 1;
    }
}
