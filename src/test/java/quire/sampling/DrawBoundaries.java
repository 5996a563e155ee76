package quire.sampling;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Comparator;

/**
 * Judges a token that is not the one that {@link Sampler} chose: whether another order of the same
 * sums may choose it. Computes in double, with sums up to a relative error of one in a million.
 */
public final class DrawBoundaries {

    private static final double ERROR = 1e-6;

    private DrawBoundaries() {}

    /**
     * Whether the token's share of [0, 1) holds the number that was drawn, or nearly so.
     *
     * @param logits as they came from the model
     * @param state as it was before the draw
     */
    public static boolean mayDraw(float[] logits, SamplingState state, int token) {
        LogitRow row = new LogitRow(logits.length);
        row.load(MemorySegment.ofArray(logits), 0);
        state.change(row);
        row.findMaxima();
        SamplingParams params = state.params();
        if (row.isEmpty() || params.isGreedy() || token < 0 || token >= row.size()) {
            return false;
        }
        Integer[] order = likeliestFirst(row, params);
        double total = 0;
        for (int id : order) {
            total += weight(row, params, id);
        }
        int most = keptUpTo(row, params, order, params.topP() * total * (1 + ERROR));
        int least = keptUpTo(row, params, order, params.topP() * total * (1 - ERROR));
        for (int kept = least; kept <= most; kept++) {
            if (holds(row, params, Arrays.copyOf(order, kept), state.uniform(), token)) {
                return true;
            }
        }
        return false;
    }

    /** What {@code min_p} and {@code top_k} keep, which compare and count: nothing is rounded. */
    private static Integer[] likeliestFirst(LogitRow row, SamplingParams params) {
        double bound = row.max() + Candidates.minPDistance(params);
        Integer[] ids = new Integer[row.size()];
        int size = 0;
        for (int id = 0; id < row.size(); id++) {
            if (row.value(id) >= bound && row.value(id) > Float.NEGATIVE_INFINITY) {
                ids[size++] = id;
            }
        }
        // Zeros of both signs are equal; the sort is stable.
        Arrays.sort(ids, 0, size, Comparator.comparing(id -> -(row.value(id) + 0f)));
        return Arrays.copyOf(ids, params.topK() > 0 ? Math.min(size, params.topK()) : size);
    }

    private static double weight(LogitRow row, SamplingParams params, int id) {
        return Candidates.weight((row.value(id) - row.max()) * Candidates.logitScale(params));
    }

    private static int keptUpTo(
            LogitRow row, SamplingParams params, Integer[] order, double target) {
        if (params.topP() == 1) {
            return order.length;
        }
        double sum = 0;
        for (int kept = 0; kept < order.length; kept++) {
            sum += weight(row, params, order[kept]);
            if (sum >= target) {
                return kept + 1;
            }
        }
        return order.length;
    }

    private static boolean holds(
            LogitRow row, SamplingParams params, Integer[] kept, double uniform, int token) {
        Arrays.sort(kept);
        double total = 0;
        double start = -1;
        for (int id : kept) {
            start = id == token ? total : start;
            total += weight(row, params, id);
        }
        double share = weight(row, params, token);
        return start >= 0
                && share > 0
                && uniform >= start / total - ERROR
                && uniform <= (start + share) / total + ERROR;
    }
}
