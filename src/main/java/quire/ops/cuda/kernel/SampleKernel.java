package quire.ops.cuda.kernel;

import quire.ops.cuda.driver.Launch;
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
        begin = source.launch("sample", "sample_begin", 0, 0L, 0L, memory.arguments());
        maxima = source.launch("sample", "sample_maxima", 0, 0L, memory.arguments());
        weights = source.launch("sample", "sample_weights", 0, 0L, memory.arguments());
        tokens = source.launch("sample", "sample_tokens", 0, 0L, memory.arguments());
    }

    /** What begins in slots, by what was uploaded last, takes its place. */
    public void begin(SamplingTold told) {
        if (told.numBegins() > 0) {
            begin.set(0, told.begins())
                    .set(1, told.ids())
                    .grid(told.numBegins(), 1, 1, THREADS)
                    .run();
        }
    }

    /**
     * Chooses a token for each of the first rows, -1 for one that is nobody's.
     *
     * @param logits F32 {@code [at least rows, vocab]}; changed where rules say so
     * @param draws whether there may be a row whose token is not just the likeliest
     */
    public void run(int rows, DeviceMatrix logits, boolean draws) {
        Shapes.matrix("logits", logits, DType.F32, rows, memory.vocabSize());
        long address = logits.address();
        maxima.set(0, address).grid(memory.slices(), rows, 1, THREADS).run();
        if (draws) {
            weights.set(0, address).grid(memory.slices(), rows, 1, THREADS).run();
        }
        tokens.set(0, address).grid(rows, 1, 1, ROW_THREADS).run();
    }
}
