package quire.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Decodes every element type to float32, one value at a time: the measure that fast kernels are
 * held to, and the way in for types without a kernel.
 *
 * <p>Block layouts after ggml's {@code ggml-common.h}; each value is computed with the float32
 * operations, in the order, of gguf-py's {@code quants.py}, so that results are equal to the bit.
 */
public final class BlockDecoder {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private BlockDecoder() {}

    /**
     * Decodes {@code count} consecutive elements; allocates nothing.
     *
     * @param src little-endian blocks, at any alignment
     * @param srcOffset byte where a block starts
     * @param dst receives the values at {@code dstOffset} and after
     * @param count a multiple of the type's block
     * @throws IllegalArgumentException if count is no multiple of the block, or the type is I32
     * @throws IndexOutOfBoundsException if either range leaves its memory; dst may be half written
     */
    public static void decode(
            DType dtype, MemorySegment src, long srcOffset, float[] dst, int dstOffset, int count) {
        long bytes = dtype.rowBytes(count);
        Objects.checkFromIndexSize(srcOffset, bytes, src.byteSize());
        Objects.checkFromIndexSize(dstOffset, count, dst.length);
        int end = dstOffset + count;
        switch (dtype) {
            case F32 -> MemorySegment.copy(src, FLOAT, srcOffset, dst, dstOffset, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    dst[dstOffset + i] = float16(src, srcOffset + 2L * i);
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    dst[dstOffset + i] =
                            SmallFloats.fromBfloat16(src.get(SHORT, srcOffset + 2L * i));
                }
            }
            case I32 ->
                    throw new IllegalArgumentException("I32 holds integers, not float32 values");
            case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL, MXFP4 ->
                    SmallBlocks.decode(dtype, src, srcOffset, dst, dstOffset, end);
            case Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_XS ->
                    SuperBlocks.decode(dtype, src, srcOffset, dst, dstOffset, end);
        }
    }

    /**
     * Decodes one row.
     *
     * @param dst at least as long as the tensor has columns
     */
    public static void decodeRow(Tensor tensor, int row, float[] dst) {
        decode(tensor.dtype(), tensor.data(), row * tensor.rowBytes(), dst, 0, tensor.columns());
    }

    /** A copy as F32 of the same shape, in new memory of the allocator. */
    public static Tensor toF32(Tensor tensor, SegmentAllocator allocator) {
        long rowBytes = DType.F32.rowBytes(tensor.columns());
        MemorySegment copy = allocator.allocate(rowBytes * tensor.rows(), 64);
        float[] row = new float[tensor.columns()];
        for (int r = 0; r < tensor.rows(); r++) {
            decodeRow(tensor, r, row);
            MemorySegment.copy(row, 0, copy, FLOAT, r * rowBytes, row.length);
        }
        return new Tensor(DType.F32, tensor.rows(), tensor.columns(), copy);
    }

    /**
     * Converts into memory that is already there; slices of one tensor may be converted by several
     * threads at once.
     *
     * @param bf16 receives the values; a BF16 tensor of the same shape
     */
    public static void convertToBf16(Tensor tensor, Tensor bf16) {
        if (bf16.dtype() != DType.BF16
                || bf16.rows() != tensor.rows()
                || bf16.columns() != tensor.columns()) {
            throw new IllegalArgumentException(
                    "BF16 ["
                            + tensor.rows()
                            + ", "
                            + tensor.columns()
                            + "] is needed, not "
                            + bf16.dtype()
                            + " ["
                            + bf16.rows()
                            + ", "
                            + bf16.columns()
                            + "]");
        }
        if (tensor.dtype() == DType.BF16) {
            MemorySegment.copy(tensor.data(), 0, bf16.data(), 0, tensor.data().byteSize());
            return;
        }
        float[] row = new float[tensor.columns()];
        long rowBytes = bf16.rowBytes();
        for (int r = 0; r < tensor.rows(); r++) {
            decodeRow(tensor, r, row);
            long start = r * rowBytes;
            for (int c = 0; c < row.length; c++) {
                bf16.data().set(SHORT, start + 2L * c, SmallFloats.toBfloat16(row[c]));
            }
        }
    }

    /** The binary16 at that byte as float32. */
    static float float16(MemorySegment src, long offset) {
        return SmallFloats.fromFloat16(src.get(SHORT, offset));
    }

    /** The byte at that offset, 0 to 255. */
    static int uint8(MemorySegment src, long offset) {
        return Byte.toUnsignedInt(src.get(ValueLayout.JAVA_BYTE, offset));
    }
}
