package quire.ops.cuda.kernel;

import quire.ops.cuda.driver.Launch;

/** {@code begin_step.cu}: what the host told of a step becomes what the other kernels read. */
public final class BeginStepKernel {

    private static final int THREADS = 128;
    private static final long NOTHING = 0;

    private final Launch launch;

    /**
     * @param memory of the steps that it begins
     */
    public BeginStepKernel(KernelSource source, StepMemory memory) {
        launch =
                source.launch(
                        "begin_step",
                        "begin_step",
                        0,
                        memory.upload(),
                        memory.arguments(),
                        NOTHING,
                        NOTHING,
                        0);
    }

    /** Says where tokens are that are pending, and where those sample who sample. */
    public void connect(SamplingMemory sampling) {
        launch.set(2, sampling.lastTokens().address())
                .set(3, sampling.rowSlots().address())
                .set(4, sampling.maxRows());
    }

    /**
     * Begins the step that was uploaded last, after which {@link StepMemory#isTold}.
     *
     * @param numSequences those of the step, or more, which then compute rows of nobody
     */
    public void run(int numSequences) {
        launch.grid(numSequences, 1, 1, THREADS).run();
    }
}
