package quire.ops.cuda.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.cuda.EmulatedCuda;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.KernelFiles;
import quire.ops.cuda.driver.Stream;
import quire.ops.reference.ReferenceOps;
import quire.tensor.DType;
import quire.tensor.Tensor;

/**
 * Kernels of one format on the emulated card, in memory that is poisoned before they run and fenced
 * on both sides, beside a reference that rounds where they do.
 */
final class KernelBench implements AutoCloseable {

    static final Duration LIMIT = Duration.ofMinutes(1);
    private static final int FENCE_SHORTS = 512;
    private static final short FENCE = (short) 0xa5a5;
    private static final short POISON = (short) 0xffff;

    /** A matrix of the format with a fence before and behind it. */
    record Fenced(DeviceMatrix matrix, DeviceBuffer whole) {}

    final Context context = Context.own(EmulatedCuda.device());
    final Stream stream = new Stream(context);
    final NumberFormat format;
    final KernelSource source;
    final Ops reference;
    final Random random;
    private final List<Fenced> fenced = new ArrayList<>();

    KernelBench(NumberFormat format, long seed) {
        this.format = format;
        source = new KernelSource(context, stream, KernelFiles.ofThisProgram(), format);
        reference = new ReferenceOps(format.dtype());
        random = new Random(seed);
    }

    /** Values that the format holds. */
    float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = value(format.round((float) random.nextGaussian()));
        }
        return values;
    }

    private float value(short bits) {
        return switch (format) {
            case BF16 -> Float.intBitsToFloat(bits << 16);
            case FP16 -> Float.float16ToFloat(bits);
        };
    }

    /** A matrix of these rows, or of poison, and {@code more} poisoned rows behind them. */
    Fenced matrix(float[] values, int rows, int columns, int more) {
        long bytes = DeviceMatrix.bytes(format.dtype(), rows + more, columns);
        DeviceBuffer whole = new DeviceBuffer(context, bytes + 4L * FENCE_SHORTS);
        DeviceBuffer inside = whole.slice(2L * FENCE_SHORTS, bytes);
        DeviceMatrix matrix = new DeviceMatrix(format.dtype(), rows + more, columns, inside);
        short[] shorts = new short[Math.toIntExact(whole.bytes() / 2)];
        Arrays.fill(shorts, FENCE);
        for (int r = 0; r < rows + more; r++) {
            int at = FENCE_SHORTS + r * matrix.stride();
            for (int c = 0; c < matrix.stride(); c++) {
                boolean known = values != null && r < rows;
                shorts[at + c] =
                        c >= columns ? 0 : known ? format.round(values[r * columns + c]) : POISON;
            }
        }
        stream.write(MemorySegment.ofArray(shorts), whole);
        Fenced made = new Fenced(matrix, whole);
        fenced.add(made);
        return made;
    }

    /** What a kernel will write: poison. */
    Fenced output(int rows, int columns) {
        return matrix(null, rows, columns, 2);
    }

    DeviceMatrix vector(float[] values) {
        DeviceBuffer buffer = new DeviceBuffer(context, 4L * values.length);
        stream.write(MemorySegment.ofArray(values), buffer);
        return new DeviceMatrix(DType.F32, 1, values.length, buffer);
    }

    /** The same values for the reference, in a type that holds them. */
    Matrix reference(DType type, float[] values, int rows, int columns) {
        Matrix matrix = reference.allocate(type, rows, columns);
        reference.upload(matrix, 0, tensor(type, values, rows, columns));
        return matrix;
    }

    /** A matrix in the memory of the host. */
    Tensor tensor(DType type, float[] values, int rows, int columns) {
        if (type == DType.F32) {
            return new Tensor(type, rows, columns, MemorySegment.ofArray(values));
        }
        short[] shorts = new short[values.length];
        for (int i = 0; i < values.length; i++) {
            shorts[i] = NumberFormat.of(type).round(values[i]);
        }
        return new Tensor(type, rows, columns, MemorySegment.ofArray(shorts));
    }

    /** Elements of a 16-bit matrix of the reference. */
    float[] values(Matrix matrix, int rows) {
        Tensor host = reference.host(matrix, rows).slice(0, rows);
        short[] shorts = host.data().toArray(java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED);
        float[] values = new float[shorts.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(shorts[i]);
        }
        return values;
    }

    /**
     * The written rows, once everything around them is as it was: fences, rows behind, padding.
     *
     * @param rows rows that were to be written
     */
    float[] written(Fenced output, int rows) {
        DeviceMatrix matrix = output.matrix;
        short[] shorts = new short[Math.toIntExact(output.whole.bytes() / 2)];
        stream.read(output.whole, MemorySegment.ofArray(shorts));
        float[] values = new float[rows * matrix.columns()];
        for (int i = 0; i < shorts.length; i++) {
            int inside = i - FENCE_SHORTS;
            int row = Math.floorDiv(inside, matrix.stride());
            int column = Math.floorMod(inside, matrix.stride());
            if (row < 0 || row >= matrix.rows()) {
                assertEquals(FENCE, shorts[i], "the fence, number " + inside);
            } else if (column >= matrix.columns()) {
                assertEquals(0, shorts[i], "padding of row " + row);
            } else if (row >= rows) {
                assertEquals(POISON, shorts[i], "row " + row + " behind the last");
            } else {
                values[row * matrix.columns() + column] = value(shorts[i]);
            }
        }
        return values;
    }

    /** Every fence of the bench stands. */
    void assertFencesStand() {
        for (Fenced one : fenced) {
            written(one, one.matrix.rows());
        }
    }

    /**
     * The kernel, run twice, gives the same bits, and those are within a unit of the format and so
     * much more of what is expected.
     */
    void assertWrites(
            String what, float[] expected, Fenced output, int rows, double more, Runnable kernel) {
        kernel.run();
        float[] once = written(output, rows);
        kernel.run();
        assertArrayEquals(once, written(output, rows), what + ", twice");
        assertClose(what, expected, once, more);
        assertFencesStand();
        fenced.clear();
    }

    void assertClose(String what, float[] expected, float[] actual, double more) {
        double unit = format == NumberFormat.BF16 ? 0x1p-7 : 0x1p-10;
        for (int i = 0; i < expected.length; i++) {
            double error = Math.abs((double) expected[i] - actual[i]);
            int at = i;
            assertTrue(
                    error <= unit * Math.abs(expected[i]) + more + 0x1p-24,
                    () ->
                            "%s, element %d: expected %s, was %s"
                                    .formatted(what, at, expected[at], actual[at]));
        }
    }

    @Override
    public void close() {
        reference.close();
        context.close();
    }
}
