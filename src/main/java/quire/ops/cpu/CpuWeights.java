package quire.ops.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import quire.error.UnavailableException;
import quire.ops.LinearPart;
import quire.tensor.BlockDecoder;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * Places weights: where a kernel reads the stored type they stay in the checkpoint's mapping, which
 * is read ahead so that the time it takes is seen here and not in the first request; other types
 * become BF16 copies.
 */
final class CpuWeights {

    /** Rows that one task of a conversion handles. */
    private static final int CONVERTED_ROWS = 256;

    /** Bytes that are read ahead between two looks at whether the thread was interrupted. */
    private static final long READ_BYTES = 16L << 20;

    private final CpuMemory memory;
    private final Arena arena;

    CpuWeights(CpuMemory memory, Arena arena) {
        this.memory = memory;
        this.arena = arena;
    }

    CpuLinear placeLinear(List<LinearPart> stored) {
        List<LinearPart> placed =
                stored.stream()
                        .map(
                                part ->
                                        new LinearPart(
                                                placeMatrix(part.weight()),
                                                part.bias().map(this::f32)))
                        .toList();
        return linear(placed);
    }

    /** A layer in the table's memory. */
    CpuLinear linearOf(CpuTable table) {
        return linear(List.of(new LinearPart(table.stored(), Optional.empty())));
    }

    private CpuLinear linear(List<LinearPart> placed) {
        return new CpuLinear(
                CallArguments.parts(arena, placed),
                placed.size(),
                LinearPart.inputs(placed),
                LinearPart.outputs(placed));
    }

    CpuTable placeTable(Tensor stored) {
        return new CpuTable(placeMatrix(stored));
    }

    /** A copy as F32. */
    Tensor f32(Tensor stored) {
        return BlockDecoder.toF32(stored, (bytes, alignment) -> memory.allocate(bytes));
    }

    private Tensor placeMatrix(Tensor stored) {
        stopWhereInterrupted();
        if (!Shapes.isKernelType(stored.dtype())) {
            Tensor converted = memory.matrix(DType.BF16, stored.rows(), stored.columns());
            convert(stored, converted);
            return converted;
        }
        if (stored.data().isNative()) {
            readAhead(stored.data());
            return stored;
        }
        Tensor copy = memory.matrix(stored.dtype(), stored.rows(), stored.columns());
        copy.data().copyFrom(stored.data());
        return copy;
    }

    private static void convert(Tensor from, Tensor to) {
        // A mapping may be confined to the thread that made it; then that thread converts alone.
        if (!from.data().isAccessibleBy(new Thread())) {
            BlockDecoder.convertToBf16(from, to);
            return;
        }
        Thread loader = Thread.currentThread();
        int tasks = Math.ceilDiv(from.rows(), CONVERTED_ROWS);
        IntStream.range(0, tasks)
                .parallel()
                .forEach(
                        task -> {
                            if (loader.isInterrupted()) {
                                return;
                            }
                            int first = task * CONVERTED_ROWS;
                            int end = Math.min(first + CONVERTED_ROWS, from.rows());
                            BlockDecoder.convertToBf16(
                                    from.slice(first, end), to.slice(first, end));
                        });
        stopWhereInterrupted();
    }

    private static void readAhead(MemorySegment data) {
        for (long from = 0; data.isMapped() && from < data.byteSize(); from += READ_BYTES) {
            stopWhereInterrupted();
            data.asSlice(from, Math.min(READ_BYTES, data.byteSize() - from)).load();
        }
    }

    private static void stopWhereInterrupted() {
        if (Thread.currentThread().isInterrupted()) {
            throw new UnavailableException("loading was interrupted");
        }
    }
}
