package quire.ops.cuda.kernel;

import quire.ops.cuda.driver.Launch;
import quire.ops.cuda.driver.Stream;
import quire.tensor.DType;

/** {@code sample.cu}: tokens from logits, in three launches. */
public final class SampleKernel {

    private static final int THREADS = 256;
    private static final int ROW_THREADS = 512;

    private final SamplingMemory memory;
    private final Launch begin;
    private final Launch maxima;
    private final Launch weights;
    private final Launch tokens;

    public SampleKernel(KernelSource source, SamplingMemory memory) {
        this.memory = memory;
        long step = memory.step().address();
        begin =
                source.launch(
                        "sample",
                        "sample_begin",
                        0,
                        step + memory.beginsAt(),
                        step + memory.idsAt(),
                        memory.arguments());
        maxima = source.launch("sample", "sample_maxima", 0, 0L, memory.arguments());
        weights = source.launch("sample", "sample_weights", 0, 0L, memory.arguments());
        tokens = source.launch("sample", "sample_tokens", 0, 0L, memory.arguments());
    }

    /** Uploads the step, and what begins in slots takes its place. */
    public void upload(SamplingStep step, Stream stream) {
        step.upload(stream);
        if (step.numBegins() > 0) {
            begin.grid(step.numBegins(), 1, 1, THREADS).run();
        }
    }

    /**
     * Chooses a token for each row of the step that was uploaded.
     *
     * @param logits F32 {@code [at least rows, vocab]}; changed where rules say so
     * @param draws whether there is a row whose token is not just the likeliest
     */
    public void run(SamplingStep step, DeviceMatrix logits, boolean draws) {
        int rows = step.numRows();
        Shapes.matrix("logits", logits, DType.F32, rows, memory.vocabSize());
        long address = logits.address();
        maxima.set(0, address).grid(memory.slices(), rows, 1, THREADS).run();
        if (draws) {
            weights.set(0, address).grid(memory.slices(), rows, 1, THREADS).run();
        }
        tokens.set(0, address).grid(rows, 1, 1, ROW_THREADS).run();
    }
}
