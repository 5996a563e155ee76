package quire.ops.cuda;

import java.util.List;
import quire.error.Setting;
import quire.ops.BatchLimits;
import quire.ops.Footprint;
import quire.ops.LinearShape;
import quire.ops.MemoryBudget;
import quire.ops.MemoryUse;
import quire.ops.cuda.kernel.AttentionKernel;
import quire.ops.cuda.kernel.DeviceMatrix;
import quire.ops.cuda.kernel.SamplingMemory;
import quire.ops.cuda.kernel.StepMemory;
import quire.ops.cuda.kernel.TiledLinear;
import quire.tensor.DType;

/**
 * What the kernels take of a card's memory, whether the card is here or not. Weights are kept in
 * the type of activations, whatever they are stored in.
 *
 * @param activationType BF16 or F16
 * @param cardBytes what the card has
 */
public record CudaFootprint(DType activationType, CudaOptions options, long cardBytes)
        implements Footprint {

    /** What a server leaves of the card's memory to others. */
    private static final double SHARE = 0.9;

    /**
     * What the driver takes by the way: an H200's took 2 MiB for four modules, and hands out pages
     * of 2 MiB, of which each buffer wastes a half. Weights pass through a part of it. Cards that
     * are smaller than any keep less.
     */
    private static final long RESERVE_BYTES = 256L << 20;

    private static final int RESERVE_PART = 32;

    /**
     * The card's memory as the engine divides it.
     *
     * @param mostCacheBytes where more is left, the cache takes it only if a sequence needs it
     */
    public MemoryBudget budget(long freeBytes, long mostCacheBytes) {
        return new MemoryBudget(
                MemoryBudget.Place.CARD, cardBytes, freeBytes, SHARE, 1, mostCacheBytes);
    }

    @Override
    public int stepsInFlight() {
        return options.stepsInFlight();
    }

    /** What is taken besides weights, activations, logits and cache; each row is of one owner. */
    @Override
    public List<MemoryUse> overheads(BatchLimits steps, int vocabSize, int numLayers) {
        long batches = StepMemory.bytes(steps);
        long sampling = SamplingMemory.bytes(vocabSize, steps.maxSequences());
        long reserve = Math.clamp(cardBytes / RESERVE_PART, Staging.PIECE_BYTES, RESERVE_BYTES);
        return List.of(
                MemoryUse.by(Setting.MAX_NUM_BATCHED_TOKENS, "batches", batches),
                MemoryUse.by(Setting.MAX_NUM_SEQUENCES, "sampling", sampling),
                MemoryUse.by(
                        Setting.MAX_MODEL_LENGTH,
                        "attention of long contexts",
                        AttentionKernel.scratchBytes(steps)),
                MemoryUse.fixed(
                        "graphs", DecodeGraphs.bytes(options, steps.maxSequences(), numLayers)),
                MemoryUse.fixed("reserve", reserve));
    }

    @Override
    public long matrixBytes(DType dtype, int rows, int columns) {
        return DeviceMatrix.bytes(dtype, rows, columns);
    }

    @Override
    public long linearBytes(List<LinearShape> parts) {
        int outputs = parts.stream().mapToInt(LinearShape::outputs).reduce(0, Math::addExact);
        long bytes = TiledLinear.bytes(outputs, parts.getFirst().inputs());
        boolean biased = parts.stream().anyMatch(LinearShape::bias);
        return biased ? bytes + DeviceMatrix.bytes(DType.F32, 1, outputs) : bytes;
    }

    @Override
    public long tableBytes(DType dtype, int rows, int columns) {
        return TiledLinear.bytes(rows, columns);
    }
}
