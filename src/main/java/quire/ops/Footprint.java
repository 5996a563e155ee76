package quire.ops;

import java.util.List;
import quire.error.Setting;
import quire.tensor.DType;

/**
 * What a backend takes of its memory, known from shapes before there is anything of them: what a
 * plan is made of. It needs neither the weights nor, for a card, the card.
 */
public interface Footprint {

    /** Type of activations: F32 on the CPU. */
    DType activationType();

    /** See {@link Ops#stepsInFlight}. */
    default int stepsInFlight() {
        return 1;
    }

    /**
     * What this backend takes of its memory, from now on, besides what {@link #matrixBytes}, {@link
     * #linearBytes}, {@link #tableBytes} and the cache's layout say: batches, what sampling
     * remembers, scratch of its kernels, what a driver keeps. Nothing that it allocates while it
     * loads or computes is in none of these; a test holds them against what a driver hands out.
     *
     * @param steps the largest step; its sequences are also the sampler's rows
     */
    default List<MemoryUse> overheads(BatchLimits steps, int vocabSize, int numLayers) {
        long batches = stepsInFlight() * Batch.bytes(steps);
        long sampling = matrixBytes(DType.I32, 1, steps.maxSequences());
        return List.of(
                MemoryUse.by(Setting.MAX_NUM_BATCHED_TOKENS, "batches", batches),
                MemoryUse.by(Setting.MAX_NUM_SEQUENCES, "sampling", sampling));
    }

    /** Bytes of memory that {@link Ops#allocate} takes for such a matrix. */
    default long matrixBytes(DType dtype, int rows, int columns) {
        return Math.multiplyExact((long) rows, dtype.rowBytes(columns));
    }

    /**
     * Bytes of memory that {@link Ops#placeLinear} keeps a layer of such parts in, mapped or
     * copied: each part as a table of its own with its bias in F32, unless a backend joins them.
     *
     * @param parts of one number of inputs
     */
    default long linearBytes(List<LinearShape> parts) {
        long bytes = 0;
        for (LinearShape part : parts) {
            bytes += tableBytes(part.dtype(), part.outputs(), part.inputs());
            bytes += part.bias() ? DType.F32.rowBytes(part.outputs()) : 0;
        }
        return bytes;
    }

    /**
     * Bytes of memory that {@link Ops#placeTable} keeps such a table in, mapped or copied.
     *
     * @param dtype as it is stored
     */
    long tableBytes(DType dtype, int rows, int columns);
}
