package quire.sampling;

import java.util.Arrays;

/**
 * The tokens of a row that pass {@code min_p}, {@code top_k} and {@code top_p}, by ascending id,
 * with their weights: probabilities up to a common factor.
 *
 * <p>A vocabulary is not sorted. A bound that the kept tokens reach for certain is found first,
 * from the chunks' maxima or from the sum of all weights; only tokens above it are looked at one by
 * one, and among those bins and a partial selection find the last token to keep.
 */
final class Candidates {

    /** Room for the error of {@link #weight} where a bound on weights becomes one on logits. */
    private static final double WEIGHT_SLACK = 1e-2;

    /** Scaled logits this far below the greatest weigh nothing. */
    private static final float LEAST_LOGIT = -80;

    private static final float LEAST_WEIGHT = power(LEAST_LOGIT);

    /** Bins of one unit of scaled logit, so that all bins reach as far down as weights do. */
    private static final float BINS_PER_UNIT = 12.8f;

    /** Tokens whose weights are summed in float before the sum goes on in double. */
    private static final int SUMMED = 512;

    private final double[] bins = new double[1024];
    private final LogitRow row;
    private final int[] ids;
    private final long[] keys;
    private final float[] weights;
    private final double[] sums;
    private boolean everything;
    private int size;
    private double total;

    Candidates(LogitRow row) {
        this.row = row;
        ids = new int[row.size()];
        keys = new long[row.size()];
        weights = new float[row.size()];
        sums = new double[Math.ceilDiv(row.size(), SUMMED)];
    }

    /** Finds the candidates of the row, whose maxima are known and which is not empty. */
    void collect(SamplingParams params) {
        double temperature = params.temperature();
        float scale = logitScale(params);
        int topK = params.topK() > 0 ? Math.min(params.topK(), row.size()) : row.size();
        double bound = row.max() + minPDistance(params);
        if (topK <= row.numChunks()) {
            bound = Math.max(bound, chunkMaximum(topK));
        }
        boolean wholeVocabulary = bound == Double.NEGATIVE_INFINITY && topK == row.size();
        everything = false;
        if (wholeVocabulary) {
            weighAll(scale);
            everything = params.topP() == 1;
            if (everything) {
                return;
            }
            // Tokens below this weigh at most 1 - top_p together, so none of them is kept.
            double least = (1 - params.topP()) * total / row.size();
            bound = row.max() + temperature * (Math.log(least) - WEIGHT_SLACK);
        }
        take(bound);
        if (size > topK) {
            keepUpTo(lastByCount(topK, scale));
        }
        if (!wholeVocabulary) {
            weighTaken(scale);
        }
        if (params.topP() < 1) {
            keepUpTo(lastByMass(params.topP() * total, scale));
        }
    }

    /**
     * What distances from the greatest logit are multiplied by: above zero even for absurd
     * temperatures, or minus infinity would become NaN.
     */
    static float logitScale(SamplingParams params) {
        return Math.max((float) (1 / params.temperature()), Float.MIN_NORMAL);
    }

    /** How far from the greatest logit {@code min_p} drops tokens: minus infinity for never. */
    static double minPDistance(SamplingParams params) {
        return params.minP() > 0
                ? params.temperature() * Math.log(params.minP())
                : Double.NEGATIVE_INFINITY;
    }

    /** A number that at least {@code count} logits reach: the count-th greatest chunk maximum. */
    private float chunkMaximum(int count) {
        for (int chunk = 0; chunk < row.numChunks(); chunk++) {
            keys[chunk] = key(row.maximum(chunk), chunk);
        }
        return row.maximum((int) Selection.select(keys, row.numChunks(), count - 1));
    }

    /** Takes the tokens whose logits reach the bound. */
    private void take(double bound) {
        size = 0;
        for (int range = 0; range < LogitRow.QUARTERS; range++) {
            for (int chunk = 0; chunk < row.numChunks(); chunk++) {
                if (row.maximum(chunk) >= bound) {
                    take(bound, row.start(chunk, range), row.end(chunk, range));
                }
            }
        }
    }

    private void take(double bound, int from, int to) {
        float[] values = row.values();
        for (int id = from; id < to; id++) {
            if (values[id] >= bound && values[id] > Float.NEGATIVE_INFINITY) {
                ids[size++] = id;
            }
        }
    }

    /** Key of the last of the {@code count} likeliest candidates. */
    private long lastByCount(int count, float scale) {
        Arrays.fill(bins, 0);
        for (int i = 0; i < size; i++) {
            bins[bin(ids[i], scale)]++;
        }
        int bin = 0;
        int before = 0;
        while (before + bins[bin] < count) {
            before += (int) bins[bin++];
        }
        return Selection.select(keys, keysOfBin(bin, scale), count - before - 1);
    }

    /** Key of the last of the fewest likeliest candidates that together weigh {@code target}. */
    private long lastByMass(double target, float scale) {
        Arrays.fill(bins, 0);
        int lastBin = 0;
        for (int i = 0; i < size; i++) {
            int bin = bin(ids[i], scale);
            bins[bin] += weights[ids[i]];
            lastBin = Math.max(lastBin, bin);
        }
        int bin = 0;
        double before = 0;
        while (bin < lastBin && before + bins[bin] < target) {
            before += bins[bin++];
        }
        int numKeys = keysOfBin(bin, scale);
        return Selection.selectMass(keys, numKeys, weights, target - before);
    }

    /** Coarse place in the order of the candidates: equal or greater for a lesser logit. */
    private int bin(int id, float scale) {
        float distance = (row.max() - row.value(id)) * scale * BINS_PER_UNIT;
        return Math.min((int) distance, bins.length - 1);
    }

    private int keysOfBin(int bin, float scale) {
        int numKeys = 0;
        for (int i = 0; i < size; i++) {
            if (bin(ids[i], scale) == bin) {
                keys[numKeys++] = key(row.value(ids[i]), ids[i]);
            }
        }
        return numKeys;
    }

    /** Orders by descending logit, then by ascending id, which is in the lower half. */
    private static long key(float logit, int id) {
        // Adding zero turns a negative zero into a positive one, which is its equal.
        int bits = Float.floatToRawIntBits(logit + 0f);
        int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return (long) ~ascending << 32 | id;
    }

    private void keepUpTo(long lastKey) {
        int kept = 0;
        total = 0;
        for (int i = 0; i < size; i++) {
            int id = ids[i];
            if (key(row.value(id), id) <= lastKey) {
                ids[kept++] = id;
                total += weights[id];
            }
        }
        size = kept;
    }

    private void weighTaken(float scale) {
        float[] values = row.values();
        float max = row.max();
        total = 0;
        for (int i = 0; i < size; i++) {
            int id = ids[i];
            weights[id] = weight((values[id] - max) * scale);
            total += weights[id];
        }
    }

    private void weighAll(float scale) {
        float[] values = row.values();
        float max = row.max();
        for (int id = 0; id < weights.length; id++) {
            weights[id] = weight((values[id] - max) * scale);
        }
        total = 0;
        for (int i = 0; i < sums.length; i++) {
            sums[i] = sum(i * SUMMED, Math.min((i + 1) * SUMMED, weights.length));
            total += sums[i];
        }
    }

    /** Sums a range of weights with four sums side by side, which the processor adds at once. */
    private double sum(int from, int to) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = from;
        for (; i + 3 < to; i += 4) {
            a += weights[i];
            b += weights[i + 1];
            c += weights[i + 2];
            d += weights[i + 3];
        }
        for (; i < to; i++) {
            a += weights[i];
        }
        return (double) a + b + ((double) c + d);
    }

    /**
     * e to the power of {@code logit}, which is at most 0; exactly 0 from {@link #LEAST_LOGIT}
     * down.
     */
    static float weight(float logit) {
        return power(Math.max(logit, LEAST_LOGIT)) - LEAST_WEIGHT;
    }

    /**
     * e to the power of a number in [-80, 0]: Taylor's polynomial at a 64th of it, squared six
     * times. The compiler makes vectors of loops over this, which it does not of {@code Math.exp}.
     * Relative error below 2e-5 above e^-20, below 1% above e^-50.
     */
    private static float power(float x) {
        float r = x * (1f / 64);
        float p =
                1
                        + r
                                * (1
                                        + r
                                                * (1f / 2
                                                        + r
                                                                * (1f / 6
                                                                        + r
                                                                                * (1f / 24
                                                                                        + r
                                                                                                * (1f
                                                                                                                / 120
                                                                                                        + r
                                                                                                                * (1f
                                                                                                                        / 720))))));
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        p *= p;
        return p * p;
    }

    /** The candidate whose share of [0, 1) holds {@code uniform}. */
    int draw(double uniform) {
        return everything ? drawFromAll(uniform * total) : drawFromTaken(uniform * total);
    }

    private int drawFromTaken(double target) {
        double sum = 0;
        int last = ids[0];
        for (int i = 0; i < size; i++) {
            float weight = weights[ids[i]];
            sum += weight;
            last = weight > 0 ? ids[i] : last;
            if (sum > target) {
                return ids[i];
            }
        }
        return last;
    }

    private int drawFromAll(double target) {
        double sum = 0;
        int skipped = 0;
        while (skipped < sums.length - 1 && sum + sums[skipped] <= target) {
            sum += sums[skipped++];
        }
        int last = row.argmax();
        for (int id = skipped * SUMMED; id < weights.length; id++) {
            sum += weights[id];
            last = weights[id] > 0 ? id : last;
            if (sum > target) {
                return id;
            }
        }
        return last;
    }

    /** Number of candidates. */
    int size() {
        return everything ? row.size() : size;
    }

    /** The i-th candidate. */
    int id(int i) {
        return everything ? i : ids[i];
    }
}
