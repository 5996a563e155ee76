package quire.generation;

import quire.model.ModelConfig;
import quire.scheduler.PrefillBudget;
import quire.scheduler.Step;

/**
 * Sizes the prompts' part of a step by time, learnt from the steps before.
 *
 * <p>The time of a step is taken for a sum: reading the weights, a part for each sequence that
 * decodes, a part for each prompt token. Steps that only decode teach the first two, which are
 * moved towards what the step took, each by its own square's part of the sum of squares (Kaczmarz's
 * method on a logarithmic scale, where no unit needs to be known); steps with prompts teach the
 * third. Tokens count more the later they stand, by what attention adds to the arithmetic of the
 * linear layers.
 *
 * <p>While somebody decodes, prompts get what is left of the longest gap; while nobody does, steps
 * are only kept short enough for newcomers and cancellations. Owned by the engine's executor.
 */
public final class StepPace implements PrefillBudget {

    /**
     * Longest wait between two tokens of a sequence, where two of its tokens do not take longer.
     */
    static final double LONGEST_GAP_NANOS = 100e6;

    /** Part of that to aim at: no step takes quite what it was thought to. */
    private static final double AIM = 0.6;

    /** A step of prompts alone: no shorter in tokens, so that reading the weights is worth it. */
    static final int LEAST_ALONE_TOKENS = 128;

    /** And no longer than this, where it has more tokens. */
    static final double ALONE_NANOS = 1e9;

    private static final double RATE = 0.5;
    private static final double MOST_CHANGE = 4;

    private final double costOfPosition;

    // Nanoseconds. A small model to begin with; its first steps say what it is.
    private double weights = 10e6;
    private double decodeToken = 1e6;
    private double prefillToken = Double.POSITIVE_INFINITY;

    /**
     * @param costOfPosition what each token before it adds to the cost of a token, in parts of the
     *     cost of the first
     */
    StepPace(double costOfPosition) {
        this.costOfPosition = costOfPosition;
    }

    /** For a model; layers with a sliding window count as if they cost nothing more. */
    public static StepPace of(ModelConfig model) {
        int hidden = model.hiddenSize();
        double linear =
                2.0
                        * model.numLayers()
                        * (model.attention().numWeights(hidden) + model.mlp().numWeights(hidden));
        long fullLayers = model.slidingWindows().stream().filter(window -> window == 0).count();
        return new StepPace(2.0 * fullLayers * model.attention().costOfPosition() / linear);
    }

    @Override
    public double limit(int numDecoding, long context) {
        if (numDecoding == 0) {
            return Math.max(LEAST_ALONE_TOKENS, ALONE_NANOS / prefillToken());
        }
        double decode = weights + decodeToken * decodeCost(numDecoding, context);
        double gap = Math.max(LONGEST_GAP_NANOS, 2 * decode);
        return (AIM * gap - decode) / prefillToken();
    }

    @Override
    public double cost(int first, int count) {
        return count * (1 + costOfPosition * (first + 0.5 * (count - 1)));
    }

    @Override
    public int tokens(double cost, int first) {
        if (cost <= 0) {
            return 0;
        }
        // The root of cost(first, count) = cost, in the form that does not cancel.
        double linear = 1 + costOfPosition * (first - 0.5);
        return (int) (2 * cost / (linear + Math.sqrt(linear * linear + 2 * costOfPosition * cost)));
    }

    private double decodeCost(int numDecoding, long context) {
        return numDecoding + costOfPosition * context;
    }

    /** Takes in how long a step took. */
    void learn(Step step, long nanos) {
        learn(step.numDecoding(), step.decodingContext(), step.prefillCost(), nanos);
    }

    void learn(int numDecoding, long context, double prefillCost, long nanos) {
        double decode = decodeToken * decodeCost(numDecoding, context);
        double error = nanos - weights - decode;
        // A step with prompts says no more of decoding than that it does not take longer.
        if (prefillCost == 0 || error < 0) {
            double step = RATE * error / (weights * weights + decode * decode);
            weights *= change(step * weights);
            decodeToken *= change(step * decode);
        }
        if (prefillCost > 0) {
            double prefill = prefillToken() * prefillCost;
            prefillToken = prefillToken() * change(RATE * (error - prefill) / prefill);
        }
    }

    /** No token costs more than a step of its own, of which too little may be known yet. */
    private double prefillToken() {
        return Math.min(prefillToken, weights + decodeToken);
    }

    private static double change(double wanted) {
        return Math.clamp(1 + wanted, 1 / MOST_CHANGE, MOST_CHANGE);
    }
}
