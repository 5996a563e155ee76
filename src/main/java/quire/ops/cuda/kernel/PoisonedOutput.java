package quire.ops.cuda.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Optional;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Event;
import quire.tensor.DType;

/**
 * A matrix for what a kernel under trial writes: poisoned before each run, with fences on both
 * sides and rows behind the last that are nobody's. What stands there afterwards is an image of all
 * of it, in the memory of the host.
 */
final class PoisonedOutput implements AutoCloseable {

    private static final int FENCE_BYTES = 4096;
    private static final int ROWS_BEHIND = 2;

    private final KernelSource source;
    private final int rows;
    private final Event done;
    private final DeviceBuffer whole;
    private final DeviceMatrix matrix;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment before;

    PoisonedOutput(KernelSource source, DType type, int rows, int columns) {
        this.source = source;
        this.rows = rows;
        int all = rows + ROWS_BEHIND;
        long bytes = DeviceMatrix.bytes(type, all, columns);
        whole = new DeviceBuffer(source.context(), bytes + 2 * FENCE_BYTES);
        matrix = new DeviceMatrix(type, all, columns, whole.slice(FENCE_BYTES, bytes));
        done = new Event(source.context());
        before = image();
    }

    DeviceMatrix matrix() {
        return matrix;
    }

    /** Memory for an image, which ends with this. */
    MemorySegment image() {
        return arena.allocate(whole.bytes(), 8);
    }

    /**
     * Poisons all but the padding of rows, which is zero, and takes an image once the kernel ran.
     *
     * @return where it wrote what it should not have, if it did
     * @throws quire.ops.cuda.driver.DeviceLost if it fails, or takes longer than the limit
     */
    Optional<String> run(byte poison, Runnable kernel, Duration limit, MemorySegment to) {
        before.fill(poison);
        long used = usedBytes();
        for (int row = 0; row < matrix.rows() && used < matrix.strideBytes(); row++) {
            before.asSlice(at(row) + used, matrix.strideBytes() - used).fill((byte) 0);
        }
        source.stream().write(before, whole);
        kernel.run();
        done.record(source.stream());
        done.await(limit);
        source.stream().read(whole, to);
        return trespass(to);
    }

    private Optional<String> trespass(MemorySegment after) {
        if (differ(before, after, 0, at(0))) {
            return Optional.of("writes before its result");
        }
        if (differ(before, after, at(rows), before.byteSize())) {
            return Optional.of("writes behind its result");
        }
        for (int row = 0; row < rows; row++) {
            if (differ(before, after, at(row) + usedBytes(), at(row + 1))) {
                return Optional.of("writes between the rows of its result");
            }
        }
        return Optional.empty();
    }

    /** Whether the elements of two images are the same bits. */
    boolean isSame(MemorySegment one, MemorySegment other) {
        for (int row = 0; row < rows; row++) {
            if (differ(one, other, at(row), at(row) + usedBytes())) {
                return false;
            }
        }
        return true;
    }

    /**
     * The first element by which two images differ by more than that.
     *
     * @param units of the type, relative to the element
     * @param tolerance beside those
     */
    Optional<String> apart(
            MemorySegment plain, MemorySegment other, double units, double tolerance) {
        double relative =
                units
                        * switch (matrix.dtype()) {
                            case BF16 -> 0x1p-7;
                            case F16 -> 0x1p-10;
                            default -> 0x1p-23;
                        };
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < matrix.columns(); column++) {
                float expected = element(plain, row, column);
                float actual = element(other, row, column);
                double error = Math.abs((double) expected - actual);
                boolean isClose =
                        error <= relative * Math.abs(expected) + tolerance
                                || Float.isNaN(expected) && Float.isNaN(actual);
                if (!isClose) {
                    return Optional.of(
                            "has %s in row %d, column %d, where the plain one has %s"
                                    .formatted(actual, row, column, expected));
                }
            }
        }
        return Optional.empty();
    }

    private float element(MemorySegment image, int row, int column) {
        long at = at(row) + matrix.dtype().rowBytes(column);
        return switch (matrix.dtype()) {
            case BF16 -> Float.intBitsToFloat(image.get(ValueLayout.JAVA_SHORT, at) << 16);
            case F16 -> Float.float16ToFloat(image.get(ValueLayout.JAVA_SHORT, at));
            default -> image.get(ValueLayout.JAVA_FLOAT, at);
        };
    }

    private long at(int row) {
        return FENCE_BYTES + row * matrix.strideBytes();
    }

    private long usedBytes() {
        return matrix.dtype().rowBytes(matrix.columns());
    }

    private static boolean differ(MemorySegment one, MemorySegment other, long from, long to) {
        return MemorySegment.mismatch(one, from, to, other, from, to) >= 0;
    }

    @Override
    public void close() {
        arena.close();
        whole.close();
        done.close();
    }
}
