package quire.ops;

import quire.tensor.DType;

/**
 * A row-major matrix {@code [rows, columns]} in the memory of the {@link Ops} that allocated it,
 * which may lie on another device: activations, norms, logits. Only that backend sees the elements;
 * the host writes them with {@link Ops#upload} and reads them with {@link Ops#host}. A vector has
 * one row.
 */
public interface Matrix {

    DType dtype();

    int rows();

    int columns();
}
