package quire.ops;

/**
 * The largest step that a {@link Batch} has room for.
 *
 * @param maxTokens new tokens of all sequences together, and rows whose logits are wanted
 * @param blockSize tokens of one KV block
 */
public record BatchLimits(
        int maxTokens, int maxSequences, int maxBlocksPerSequence, int blockSize) {

    public BatchLimits {
        if (maxTokens < 1 || maxSequences < 1 || maxBlocksPerSequence < 1 || blockSize < 1) {
            throw new IllegalArgumentException(
                    "a batch has room for one of each at least: "
                            + maxTokens
                            + " tokens, "
                            + maxSequences
                            + " sequences, "
                            + maxBlocksPerSequence
                            + " blocks of "
                            + blockSize);
        }
    }
}
