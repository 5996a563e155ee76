package quire.model;

import java.util.List;

/**
 * How rotary embedding is stretched beyond the context that a model was trained on, after {@code
 * modeling_rope_utils.py} of Hugging Face transformers.
 */
public sealed interface RopeScaling {

    /** The frequencies as trained. */
    record None() implements RopeScaling {}

    /** All frequencies divided by one factor. */
    record Linear(double factor) implements RopeScaling {}

    /** Llama 3.1: low frequencies divided, high ones kept, those between mixed smoothly. */
    record Llama3(
            double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
            implements RopeScaling {}

    /**
     * YaRN (Peng et al., 2023): interpolation by parts of the spectrum, and a factor on attention.
     *
     * @param attentionFactor multiplies cosines and sines
     * @param betaFast rotations over the original context above which a frequency is kept
     * @param betaSlow rotations below which it is divided by the factor
     * @param truncate whether the bounds are rounded outwards to whole dimensions
     */
    record Yarn(
            double factor,
            int originalMaxPositions,
            double attentionFactor,
            double betaFast,
            double betaSlow,
            boolean truncate)
            implements RopeScaling {}

    /**
     * LongRoPE (Ding et al., 2024): a factor for each frequency, and a factor on attention.
     *
     * <p>Two sets of factors were searched, for sequences within the original context and for
     * longer ones. Keys are cached as they were turned, so one set serves all sequences of an
     * engine: the long one where it takes sequences beyond the original context.
     *
     * @param shortFactors divide the frequencies within the original context, one a pair
     * @param longFactors divide them beyond it, one a pair
     * @param attentionFactor multiplies cosines and sines
     */
    record LongRope(
            List<Double> shortFactors,
            List<Double> longFactors,
            int originalMaxPositions,
            double attentionFactor)
            implements RopeScaling {

        public LongRope {
            shortFactors = List.copyOf(shortFactors);
            longFactors = List.copyOf(longFactors);
        }

        /** The factors of an engine whose sequences may have so many tokens. */
        List<Double> factors(int maxModelLength) {
            return isLong(maxModelLength) ? longFactors : shortFactors;
        }

        /** Whether an engine of such sequences turns by the long set. */
        public boolean isLong(int maxModelLength) {
            return maxModelLength > originalMaxPositions;
        }
    }
}
