package quire.model;

/**
 * The largest call that a model makes room for.
 *
 * @param maxModelLength positions, at most {@link ModelConfig#maxModelLength}
 * @param maxBatchedTokens tokens of one step, all sequences together
 * @param maxLogitRows rows of one step whose logits are wanted
 */
public record ModelLimits(int maxModelLength, int maxBatchedTokens, int maxLogitRows) {

    public ModelLimits {
        if (maxModelLength < 1 || maxBatchedTokens < 1 || maxLogitRows < 1) {
            throw new IllegalArgumentException(
                    "limits start at 1: "
                            + maxModelLength
                            + ", "
                            + maxBatchedTokens
                            + ", "
                            + maxLogitRows);
        }
    }
}
