package quire.ops.reference;

import quire.ops.Footprint;
import quire.tensor.DType;

/** Matrices as they are stored, biases in F32. */
record ReferenceFootprint(DType activationType) implements Footprint {

    @Override
    public long tableBytes(DType dtype, int rows, int columns) {
        return Math.multiplyExact((long) rows, dtype.rowBytes(columns));
    }
}
