package quire.ops.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import quire.ops.LinearPart;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.kernel.DeviceMatrix;
import quire.ops.cuda.kernel.KernelSource;
import quire.ops.cuda.kernel.NumberFormat;
import quire.ops.cuda.kernel.TileWeightsKernel;
import quire.ops.cuda.kernel.TiledLinear;
import quire.tensor.BlockDecoder;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * Places weights: through pinned memory to the card, which brings them into tiles. Other types than
 * the format that kernels multiply are converted to it on the way.
 */
final class CudaWeights {

    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    /** Bytes that one task fills in. */
    private static final long TASK_BYTES = 1 << 20;

    private static final Thread ANOTHER_THREAD = new Thread();

    private final CudaMemory memory;
    private final NumberFormat format;
    private final TileWeightsKernel kernel;

    CudaWeights(CudaMemory memory, NumberFormat format, KernelSource source) {
        this.memory = memory;
        this.format = format;
        this.kernel = new TileWeightsKernel(source);
    }

    TiledLinear placeLinear(List<LinearPart> parts) {
        int inputs = LinearPart.inputs(parts);
        int outputs = LinearPart.outputs(parts);
        TiledLinear placed = allocate(outputs, inputs);
        int first = 0;
        for (LinearPart part : parts) {
            tile(part.weight(), placed, first);
            first += part.weight().rows();
        }
        return parts.stream().anyMatch(part -> part.bias().isPresent())
                ? placed.withBias(bias(parts, outputs))
                : placed;
    }

    /** The biases of all parts, zeros where a part has none. */
    private DeviceMatrix bias(List<LinearPart> parts, int outputs) {
        float[] all = new float[outputs];
        int at = 0;
        for (LinearPart part : parts) {
            if (part.bias().isPresent()) {
                Tensor bias = part.bias().get();
                BlockDecoder.decode(bias.dtype(), bias.data(), 0, all, at, bias.columns());
            }
            at += part.weight().rows();
        }
        return vector(all);
    }

    TiledLinear placeTable(Tensor stored) {
        TiledLinear placed = allocate(stored.rows(), stored.columns());
        tile(stored, placed, 0);
        return placed;
    }

    DeviceMatrix placeVector(Tensor stored) {
        float[] values = new float[stored.columns()];
        BlockDecoder.decodeRow(stored, 0, values);
        return vector(values);
    }

    private DeviceMatrix vector(float[] values) {
        DeviceMatrix vector = memory.matrix(DType.F32, 1, values.length);
        MemorySegment bytes = MemorySegment.ofArray(values);
        memory.upload(vector, 0, new Tensor(DType.F32, 1, values.length, bytes));
        return vector;
    }

    private TiledLinear allocate(int outputs, int inputs) {
        DeviceBuffer tiles = memory.allocate(TiledLinear.bytes(outputs, inputs));
        return TiledLinear.plain(outputs, inputs, tiles);
    }

    /** Copies a matrix to the card in pieces, each of which becomes outputs from {@code first}. */
    private void tile(Tensor stored, TiledLinear to, int first) {
        Staging staging = memory.staging();
        long rowBytes = format.dtype().rowBytes(stored.columns());
        int most = staging.rows(rowBytes);
        for (int row = 0; row < stored.rows(); row += most) {
            int count = Math.min(most, stored.rows() - row);
            fill(staging.next(), stored.slice(row, row + count), rowBytes);
            staging.send(staging.arrived(), count * rowBytes);
            kernel.run(to, staging.arrived(), first + row, count);
        }
    }

    /** Several threads do it, for one alone is slower than the card's bus. */
    private void fill(MemorySegment piece, Tensor rows, long rowBytes) {
        int rowsOfTask = Math.toIntExact(Math.max(1, TASK_BYTES / rowBytes));
        IntStream tasks = IntStream.range(0, Math.ceilDiv(rows.rows(), rowsOfTask));
        // A mapping may be confined to the thread that made it; then that thread fills alone.
        boolean shared = rows.data().isAccessibleBy(ANOTHER_THREAD);
        (shared ? tasks.parallel() : tasks)
                .forEach(
                        task -> {
                            int first = task * rowsOfTask;
                            int end = Math.min(first + rowsOfTask, rows.rows());
                            write(rows.slice(first, end), piece.asSlice(first * rowBytes));
                        });
    }

    private void write(Tensor rows, MemorySegment to) {
        if (rows.dtype() == format.dtype()) {
            MemorySegment.copy(rows.data(), 0, to, 0, rows.data().byteSize());
            return;
        }
        int columns = rows.columns();
        float[] decoded = new float[columns];
        short[] rounded = new short[columns];
        for (int r = 0; r < rows.rows(); r++) {
            BlockDecoder.decodeRow(rows, r, decoded);
            for (int c = 0; c < columns; c++) {
                rounded[c] = format.round(decoded[c]);
            }
            long at = (long) r * columns * Short.BYTES;
            MemorySegment.copy(rounded, 0, to, SHORT, at, columns);
        }
    }
}
