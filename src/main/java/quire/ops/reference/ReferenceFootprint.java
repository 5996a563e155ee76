package quire.ops.reference;

import java.util.List;
import quire.ops.Footprint;
import quire.ops.LinearShape;
import quire.tensor.DType;

/** Matrices as they are stored, biases in F32. */
record ReferenceFootprint(DType activationType) implements Footprint {

    @Override
    public long linearBytes(List<LinearShape> parts) {
        long bytes = 0;
        for (LinearShape part : parts) {
            bytes += tableBytes(part.dtype(), part.outputs(), part.inputs());
            bytes += part.bias() ? DType.F32.rowBytes(part.outputs()) : 0;
        }
        return bytes;
    }

    @Override
    public long tableBytes(DType dtype, int rows, int columns) {
        return Math.multiplyExact((long) rows, dtype.rowBytes(columns));
    }
}
