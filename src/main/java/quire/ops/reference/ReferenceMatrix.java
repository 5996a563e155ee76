package quire.ops.reference;

import quire.ops.Matrix;
import quire.tensor.DType;
import quire.tensor.Tensor;

/** A matrix of this backend, whose memory is the host's. */
record ReferenceMatrix(Tensor host) implements Matrix {

    @Override
    public DType dtype() {
        return host.dtype();
    }

    @Override
    public int rows() {
        return host.rows();
    }

    @Override
    public int columns() {
        return host.columns();
    }

    /** The elements of a matrix that this backend allocated. */
    static Tensor host(Matrix matrix) {
        if (matrix instanceof ReferenceMatrix own) {
            return own.host;
        }
        throw new IllegalArgumentException("the matrix belongs to another backend");
    }
}
