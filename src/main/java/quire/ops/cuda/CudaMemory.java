package quire.ops.cuda;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Map;
import quire.ops.MemoryBudget;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.driver.Stream;
import quire.ops.cuda.kernel.DeviceMatrix;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Memory of a card, and what goes between it and the host. */
final class CudaMemory {

    /** How long the card may take over what is on its stream before it counts as lost. */
    static final Duration LIMIT = Duration.ofMinutes(10);

    /** A matrix as the host last saw it. */
    private record HostCopy(PinnedBuffer pinned, Tensor tensor) {}

    /** An emulated card is this machine's memory, and computes too slowly to fill much of it. */
    private static final long EMULATED_CACHE_BYTES = 64L << 20;

    private final Context context;
    private final Stream stream;
    private final Event done;
    private final Map<DeviceMatrix, HostCopy> copies = new IdentityHashMap<>();
    private final Staging staging;

    CudaMemory(Context context, Stream stream) {
        this(context, stream, Staging.PIECE_BYTES);
    }

    /**
     * @param pieceBytes what is copied to the card at a time
     */
    CudaMemory(Context context, Stream stream, int pieceBytes) {
        this.context = context;
        this.stream = stream;
        done = new Event(context);
        staging = new Staging(context, stream, pieceBytes);
    }

    /** Zeroed. */
    DeviceBuffer allocate(long bytes) {
        DeviceBuffer buffer = new DeviceBuffer(context, Math.max(bytes, 1));
        stream.fill(buffer, (byte) 0);
        return buffer;
    }

    DeviceMatrix matrix(DType dtype, int rows, int columns) {
        DeviceBuffer buffer = allocate(DeviceMatrix.bytes(dtype, rows, columns));
        return new DeviceMatrix(dtype, rows, columns, buffer);
    }

    /** What the card has now. */
    MemoryBudget budget(CudaFootprint footprint) {
        return footprint.budget(
                context.memory().freeBytes(),
                context.device().isEmulated() ? EMULATED_CACHE_BYTES : Long.MAX_VALUE);
    }

    /** What the card has, whoever holds it. */
    long totalBytes() {
        return context.memory().totalBytes();
    }

    /** Waits for all that is on the stream. */
    void await() {
        done.record(stream);
        done.await(LIMIT);
    }

    /** Through which the host's bytes go to the card. */
    Staging staging() {
        return staging;
    }

    /** Waits for the card and gives back what only helped to place weights. */
    void finishPlacing() {
        await();
        staging.release();
    }

    /** Writes whole rows; {@code from} may be changed as soon as this returns. */
    void upload(DeviceMatrix to, int firstRow, Tensor from) {
        long stride = to.strideBytes();
        long rowBytes = from.rowBytes();
        int most = staging.rows(stride);
        for (int row = 0; row < from.rows(); row += most) {
            int count = Math.min(most, from.rows() - row);
            MemorySegment piece = staging.next();
            if (stride == rowBytes) {
                MemorySegment.copy(from.data(), row * rowBytes, piece, 0, count * rowBytes);
            } else {
                piece.asSlice(0, count * stride).fill((byte) 0);
                for (int r = 0; r < count; r++) {
                    long at = (row + r) * rowBytes;
                    MemorySegment.copy(from.data(), at, piece, r * stride, rowBytes);
                }
            }
            long bytes = count * stride;
            staging.send(to.buffer().slice((firstRow + row) * stride, bytes), bytes);
        }
    }

    /** The matrix in the host's memory, its first rows as they are now. */
    Tensor host(DeviceMatrix matrix, int numRows) {
        HostCopy copy = copies.get(matrix);
        if (copy == null) {
            copy = allocateCopy(matrix);
            copies.put(matrix, copy);
        }
        long stride = matrix.strideBytes();
        long rowBytes = copy.tensor.rowBytes();
        if (numRows * stride > 0) {
            stream.download(matrix.buffer(), copy.pinned, numRows * stride);
        }
        await();
        MemorySegment rows = copy.pinned.segment();
        for (int row = 1; row < numRows && stride != rowBytes; row++) {
            MemorySegment.copy(rows, row * stride, rows, row * rowBytes, rowBytes);
        }
        return copy.tensor;
    }

    private HostCopy allocateCopy(DeviceMatrix matrix) {
        long bytes = DeviceMatrix.bytes(matrix.dtype(), matrix.rows(), matrix.columns());
        PinnedBuffer pinned = new PinnedBuffer(context, Math.max(bytes, 1));
        pinned.segment().fill((byte) 0);
        long used = matrix.rows() * matrix.dtype().rowBytes(matrix.columns());
        MemorySegment rows = pinned.segment().asSlice(0, used);
        return new HostCopy(
                pinned, new Tensor(matrix.dtype(), matrix.rows(), matrix.columns(), rows));
    }
}
