package quire.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A row-major matrix {@code [rows, columns]} in memory that somebody else owns; a vector has one
 * row.
 *
 * <p>{@code data} lies in the address space of whoever made the tensor: host memory for checkpoints
 * and CPU backends, device memory for accelerators. Only the {@code Ops} that allocated or placed a
 * tensor may read it, unless its documentation says otherwise.
 *
 * @param data exactly {@code rows * dtype.rowBytes(columns)} bytes
 */
public record Tensor(DType dtype, int rows, int columns, MemorySegment data) {

    public Tensor {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException("negative shape [" + rows + ", " + columns + "]");
        }
        long needed = Math.multiplyExact((long) rows, dtype.rowBytes(columns));
        if (data.byteSize() != needed) {
            throw new IllegalArgumentException(
                    "["
                            + rows
                            + ", "
                            + columns
                            + "] of "
                            + dtype
                            + " takes "
                            + needed
                            + " bytes, the segment has "
                            + data.byteSize());
        }
    }

    /** Bytes from one row to the next. */
    public long rowBytes() {
        return dtype.rowBytes(columns);
    }

    /** A view of rows {@code from} (inclusive) to {@code to} (exclusive); shares memory. */
    public Tensor slice(int from, int to) {
        long stride = rowBytes();
        return new Tensor(
                dtype, to - from, columns, data.asSlice(from * stride, (to - from) * stride));
    }
}
