package quire.ops.cuda;

import quire.ops.Batch;
import quire.ops.StepWork;
import quire.ops.cuda.kernel.AttentionKernel;
import quire.ops.cuda.kernel.KernelSource;
import quire.ops.cuda.kernel.LinearKernel;
import quire.ops.cuda.kernel.SelfCheck;
import quire.ops.cuda.kernel.VariantStore;

/**
 * Chooses kernels behind the first step, which shows what is asked for, and so before any step is
 * recorded.
 */
final class KernelChoice {

    private final KernelSource source;
    private final LinearKernel linear;
    private final AttentionKernel attention;
    private VariantStore store = VariantStore.none();
    private boolean plainBitsOnly = true;
    private boolean isMade;

    KernelChoice(KernelSource source, LinearKernel linear, AttentionKernel attention) {
        this.source = source;
        this.linear = linear;
        this.attention = attention;
    }

    /** See {@link CudaOps#chooseBy}. */
    void by(VariantStore known, boolean deterministic) {
        store = known;
        plainBitsOnly = deterministic;
    }

    /** The same work, with the choice behind its first run. */
    StepWork behind(StepWork work) {
        return batch -> run(work, batch);
    }

    private void run(StepWork work, Batch batch) {
        work.run(batch);
        if (!isMade) {
            isMade = true;
            new SelfCheck(source, store, SelfCheck.Limits.USUAL, plainBitsOnly)
                    .run(linear, attention);
        }
    }
}
