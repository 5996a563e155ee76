package quire.ops;

import quire.sampling.TokenLogprobs;
import quire.sampling.TokenMask;

/**
 * Turns rows of logits into tokens, and remembers by slot what the next ones depend on. The tokens
 * of a step are taken later than they are asked for, so that an accelerator can choose them while
 * the host prepares the next step. Owned by the {@code quire-engine} thread.
 */
public interface TokenSampler extends AutoCloseable {

    /** Stands for "no token in this step": the row's {@linkplain TokenMask mask} was not ready. */
    int NOT_READY = -2;

    /**
     * Announces the rows of a step, before {@link Ops#begin}. Called once for each step, also for
     * one without rows. A step that is begun and not ended never was: its sequences begin anew.
     *
     * @param rows to be left as they are until {@link #end}
     */
    void begin(SampleRows rows);

    /**
     * Chooses a token for each row that was announced, or queues that: the last operation of the
     * step. What is remembered of a row's slot then includes the token.
     *
     * @param logits F32 {@code [at least rows, vocab]}, the rows in order, those of known tokens
     *     last; may be changed
     */
    void sample(Matrix logits);

    /**
     * Ends the step that was begun, whose tokens now go to the host. Followed by one {@link #await}
     * in the order of the steps, of which {@link Ops#stepsInFlight} may be open.
     */
    void end();

    /**
     * Whether the oldest step whose tokens were not taken is computed, or failed, which {@link
     * #await} then tells.
     */
    boolean isDone();

    /**
     * Waits until the oldest step whose tokens were not taken is computed, and takes them.
     *
     * @return the i-th element is the i-th row's token, -1 where all its logits are NaN or minus
     *     infinity or its mask allows none, {@link #NOT_READY} where nothing came of the row and
     *     nothing is remembered; overwritten by a later step
     * @throws StoppedException if {@link Ops#stop} ended the step early
     */
    int[] await();

    /**
     * What was wanted of a row of the step that {@link #await} was called for last, by the model's
     * logits before any rule changed them.
     *
     * @param row those that became tokens in their order, then those of known tokens
     * @return {@link TokenLogprobs#NONE} where nothing was wanted, or no token was possible
     */
    TokenLogprobs logprobs(int row);

    /** Ends what helps it to sample; its memory is the backend's. */
    @Override
    void close();
}
