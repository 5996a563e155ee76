package quire.ops.cuda.kernel;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import quire.ops.cuda.driver.DeviceBuffer;

/** Matrices of numbers that a seed alone decides, for trials of kernels. */
final class SeededMatrix {

    /**
     * Of so many numbers the first come again, which is faster; a prime, so that no two rows are
     * alike.
     */
    private static final int PERIOD = 1_000_003;

    private SeededMatrix() {}

    /**
     * One of a source's format, whose buffer is the caller's to close.
     *
     * @param most the greatest number, and below zero the least
     */
    static DeviceMatrix of(KernelSource source, int rows, int columns, float most, long seed) {
        NumberFormat format = source.format();
        DeviceBuffer buffer =
                new DeviceBuffer(
                        source.context(), DeviceMatrix.bytes(format.dtype(), rows, columns));
        DeviceMatrix matrix = new DeviceMatrix(format.dtype(), rows, columns, buffer);
        short[] bits = new short[Math.multiplyExact(rows, matrix.stride())];
        SplittableRandom random = new SplittableRandom(seed);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int at = row * matrix.stride() + column;
                bits[at] =
                        at < PERIOD
                                ? format.round(random.nextFloat(-most, most))
                                : bits[at - PERIOD];
            }
        }
        source.stream().write(MemorySegment.ofArray(bits), buffer);
        return matrix;
    }
}
