package quire.ops;

/**
 * Turns rows of logits into tokens, and remembers by slot what the next ones depend on. Owned by
 * the {@code quire-engine} thread.
 */
public interface TokenSampler extends AutoCloseable {

    /**
     * Chooses a token for each row; what is remembered of its slot then includes the token.
     *
     * @param logits F32 {@code [at least rows.size(), vocab]}, the rows in order; may be changed
     * @return the i-th element is the i-th row's token, -1 where all its logits are NaN or minus
     *     infinity; overwritten by the next call
     */
    int[] sample(SampleRows rows, Matrix logits);

    /** Ends what helps it to sample; its memory is the backend's. */
    @Override
    void close();
}
