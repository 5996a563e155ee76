package quire.ops.reference;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import quire.ops.Matrix;
import quire.tensor.BlockDecoder;
import quire.tensor.DType;
import quire.tensor.SmallFloats;
import quire.tensor.Tensor;

/** Reading matrix rows of any type as floats, and writing those of the plain types. */
final class Rows {

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private Rows() {}

    /** Decodes one row into {@code out} from index {@code at}. */
    static void read(Tensor tensor, int row, float[] out, int at) {
        BlockDecoder.decode(
                tensor.dtype(), tensor.data(), row * tensor.rowBytes(), out, at, tensor.columns());
    }

    /** As above, of a matrix of this backend. */
    static void read(Matrix matrix, int row, float[] out, int at) {
        read(ReferenceMatrix.host(matrix), row, out, at);
    }

    /** One element of a placed vector, which is F32. */
    static float element(Tensor vector, int index) {
        Shapes.check(vector.dtype() == DType.F32, "a placed vector is F32");
        return vector.data().get(FLOAT, 4L * index);
    }

    /** Rounds {@code columns} values of {@code in} from index {@code at} into one row. */
    static void write(Tensor tensor, int row, float[] in, int at) {
        MemorySegment data = tensor.data();
        long offset = row * tensor.rowBytes();
        int n = tensor.columns();
        switch (tensor.dtype()) {
            case F32 -> MemorySegment.copy(in, at, data, FLOAT, offset, n);
            case F16 -> {
                for (int i = 0; i < n; i++) {
                    data.set(SHORT, offset + 2L * i, SmallFloats.toFloat16(in[at + i]));
                }
            }
            case BF16 -> {
                for (int i = 0; i < n; i++) {
                    data.set(SHORT, offset + 2L * i, SmallFloats.toBfloat16(in[at + i]));
                }
            }
            default -> throw new IllegalArgumentException(tensor.dtype() + " is read only");
        }
    }

    /** As above, of a matrix of this backend. */
    static void write(Matrix matrix, int row, float[] in, int at) {
        write(ReferenceMatrix.host(matrix), row, in, at);
    }

    /** One element of a matrix of this backend. */
    static float element(Matrix matrix, int row, int column) {
        Tensor tensor = ReferenceMatrix.host(matrix);
        long at = row * tensor.rowBytes() + (long) column * tensor.dtype().blockBytes();
        return switch (tensor.dtype()) {
            case F32 -> tensor.data().get(FLOAT, at);
            case F16 -> SmallFloats.fromFloat16(tensor.data().get(SHORT, at));
            case BF16 -> SmallFloats.fromBfloat16(tensor.data().get(SHORT, at));
            default -> throw new IllegalArgumentException("activations are not " + tensor.dtype());
        };
    }

    /** Rounds a value into one element of a matrix of this backend. */
    static void set(Matrix matrix, int row, int column, float value) {
        Tensor tensor = ReferenceMatrix.host(matrix);
        long at = row * tensor.rowBytes() + (long) column * tensor.dtype().blockBytes();
        switch (tensor.dtype()) {
            case F32 -> tensor.data().set(FLOAT, at, value);
            case F16 -> tensor.data().set(SHORT, at, SmallFloats.toFloat16(value));
            case BF16 -> tensor.data().set(SHORT, at, SmallFloats.toBfloat16(value));
            default -> throw new IllegalArgumentException("activations are not " + tensor.dtype());
        }
    }

    /** The value of a type next to the given one. */
    static float rounded(float value, DType type) {
        return switch (type) {
            case F32 -> value;
            case F16 -> SmallFloats.fromFloat16(SmallFloats.toFloat16(value));
            case BF16 -> SmallFloats.fromBfloat16(SmallFloats.toBfloat16(value));
            default -> throw new IllegalArgumentException("activations are not " + type);
        };
    }

    /** Rounds the first values in place. */
    static void round(float[] values, int count, DType type) {
        if (type == DType.F32) {
            return;
        }
        for (int i = 0; i < count; i++) {
            values[i] = rounded(values[i], type);
        }
    }
}
