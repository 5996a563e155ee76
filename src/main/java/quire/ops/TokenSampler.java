package quire.ops;

/**
 * Turns rows of logits into tokens, and remembers by slot what the next ones depend on. The tokens
 * of a step are taken later than they are asked for, so that an accelerator can choose them while
 * the host prepares the next step. Owned by the {@code quire-engine} thread.
 */
public interface TokenSampler extends AutoCloseable {

    /**
     * Chooses a token for each row, or queues that; what is remembered of its slot then includes
     * the token. Called once in each step, also in one without rows, and followed by one {@link
     * #await} in the order of the steps, of which {@link Ops#stepsInFlight} may be open.
     *
     * @param rows read before this returns
     * @param logits F32 {@code [at least rows.size(), vocab]}, the rows in order; may be changed
     */
    void sample(SampleRows rows, Matrix logits);

    /**
     * Whether the oldest step whose tokens were not taken is computed, or failed, which {@link
     * #await} then tells.
     */
    boolean isDone();

    /**
     * Waits until the oldest step whose tokens were not taken is computed, and takes them.
     *
     * @return the i-th element is the i-th row's token, -1 where all its logits are NaN or minus
     *     infinity; overwritten by a later step
     * @throws StoppedException if {@link Ops#stop} ended the step early
     */
    int[] await();

    /** Ends what helps it to sample; its memory is the backend's. */
    @Override
    void close();
}
