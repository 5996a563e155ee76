package quire.ops.cuda.kernel;

import quire.ops.Matrix;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.tensor.DType;

/**
 * A matrix on a card. Rows of 16-bit numbers are padded to 16 bytes, and the padding is zero: who
 * writes a row leaves it so. Others, such as logits, have no padding.
 */
public final class DeviceMatrix implements Matrix {

    private static final int CHUNK = 8;

    private final DType dtype;
    private final int rows;
    private final int columns;
    private final int stride;
    private final DeviceBuffer buffer;
    private final long address;

    /**
     * @param buffer zeroed, {@link #bytes} or more
     */
    public DeviceMatrix(DType dtype, int rows, int columns, DeviceBuffer buffer) {
        this.dtype = dtype;
        this.rows = rows;
        this.columns = columns;
        this.stride = stride(dtype, columns);
        this.buffer = buffer;
        this.address = buffer.address();
    }

    /** Bytes of such a matrix. */
    public static long bytes(DType dtype, int rows, int columns) {
        return Math.multiplyExact((long) rows, dtype.rowBytes(stride(dtype, columns)));
    }

    private static int stride(DType dtype, int columns) {
        return switch (dtype) {
            case BF16, F16 -> Math.multiplyExact(Math.ceilDiv(columns, CHUNK), CHUNK);
            case F32, I32 -> columns;
            default ->
                    throw new IllegalArgumentException(
                            "a matrix on a card holds BF16, F16, F32 or I32, not " + dtype);
        };
    }

    /**
     * What a card's backend made.
     *
     * @throws IllegalArgumentException if another made it
     */
    public static DeviceMatrix of(Matrix matrix) {
        if (matrix instanceof DeviceMatrix own) {
            return own;
        }
        throw new IllegalArgumentException("the matrix belongs to another backend");
    }

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    /** Numbers from one row to the next. */
    public int stride() {
        return stride;
    }

    /** Bytes from one row to the next. */
    public long strideBytes() {
        return dtype.rowBytes(stride);
    }

    public DeviceBuffer buffer() {
        return buffer;
    }

    long address() {
        return address;
    }
}
