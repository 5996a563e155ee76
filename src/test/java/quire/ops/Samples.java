package quire.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** Seeded random tensors in host memory, as a mapped checkpoint would hold them. */
final class Samples {

    private final Arena arena;
    private final Random random;

    Samples(Arena arena, long seed) {
        this.arena = arena;
        this.random = new Random(seed);
    }

    float[] gaussians(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    int[] shuffled(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /**
     * A matrix of any type with values of order one. Its address is 2 past a multiple of 64, since
     * a checkpoint aligns nothing.
     */
    Tensor stored(DType dtype, int rows, int columns) {
        long bytes = rows * dtype.rowBytes(columns);
        Tensor tensor =
                new Tensor(dtype, rows, columns, arena.allocate(bytes + 2, 64).asSlice(2, bytes));
        if (dtype.quantised()) {
            randomBlocks(tensor);
        } else {
            write(tensor, gaussians(rows * columns));
        }
        return tensor;
    }

    Tensor stored(float[] vector) {
        Tensor tensor = stored(DType.F32, 1, vector.length);
        write(tensor, vector);
        return tensor;
    }

    /** Random quants under scales that keep values of order one. */
    private void randomBlocks(Tensor tensor) {
        byte[] quants = new byte[(int) tensor.data().byteSize()];
        random.nextBytes(quants);
        MemorySegment.copy(quants, 0, tensor.data(), ValueLayout.JAVA_BYTE, 0, quants.length);
        DType dtype = tensor.dtype();
        for (long block = 0; block < quants.length; block += dtype.blockBytes()) {
            float scale = 1 + random.nextFloat();
            switch (dtype) {
                case Q8_0 -> setHalf(tensor, block, scale / 128);
                case Q4_0 -> setHalf(tensor, block, -scale / 8);
                case Q5_0 -> setHalf(tensor, block, scale / 16);
                case Q4_1 -> {
                    setHalf(tensor, block, scale / 8);
                    setHalf(tensor, block + 2, -scale);
                }
                case Q4_K -> {
                    setHalf(tensor, block, scale / 512);
                    setHalf(tensor, block + 2, scale / 64);
                }
                case Q6_K -> setHalf(tensor, block + 208, scale / 4096);
                default -> throw new IllegalArgumentException("no sample blocks of " + dtype);
            }
        }
    }

    private static void setHalf(Tensor tensor, long offset, float value) {
        tensor.data().set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, Float.floatToFloat16(value));
    }

    /** Writes row-major values into an F32, F16 or BF16 tensor in host memory. */
    static void write(Tensor tensor, float[] values) {
        for (int i = 0; i < values.length; i++) {
            switch (tensor.dtype()) {
                case F32 -> tensor.data().set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, values[i]);
                case F16 ->
                        tensor.data()
                                .set(
                                        ValueLayout.JAVA_SHORT_UNALIGNED,
                                        2L * i,
                                        Float.floatToFloat16(values[i]));
                case BF16 ->
                        tensor.data()
                                .set(
                                        ValueLayout.JAVA_SHORT_UNALIGNED,
                                        2L * i,
                                        (short)
                                                (Float.floatToRawIntBits(
                                                                rounded(values[i], DType.BF16))
                                                        >> 16));
                default -> throw new IllegalArgumentException("cannot write " + tensor.dtype());
            }
        }
    }

    /** Reads an F32, F16 or BF16 tensor in host memory. */
    static float[] read(Tensor tensor) {
        float[] values = new float[tensor.rows() * tensor.columns()];
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    switch (tensor.dtype()) {
                        case F32 -> tensor.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
                        case F16 ->
                                Float.float16ToFloat(
                                        tensor.data()
                                                .get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i));
                        case BF16 ->
                                Float.intBitsToFloat(
                                        tensor.data().get(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i)
                                                << 16);
                        default ->
                                throw new IllegalArgumentException("cannot read " + tensor.dtype());
                    };
        }
        return values;
    }

    /** The value of a plain type next to {@code value}, ties to even. */
    static float rounded(float value, DType dtype) {
        return switch (dtype) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BF16 -> {
                int bits = Float.floatToRawIntBits(value);
                yield Float.isNaN(value)
                        ? value
                        : Float.intBitsToFloat(bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000);
            }
            default -> value;
        };
    }

    /** Error of rounding once to a plain type where the value is too small for a relative one. */
    static double smallestError(DType dtype) {
        return dtype == DType.F16 ? 0x1p-25 : 0;
    }

    /** Relative error of rounding once to a plain type. */
    static double unit(DType dtype) {
        return switch (dtype) {
            case BF16 -> 0x1p-8;
            case F16 -> 0x1p-11;
            default -> 0x1p-24;
        };
    }
}
