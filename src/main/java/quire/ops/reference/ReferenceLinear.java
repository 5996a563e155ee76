package quire.ops.reference;

import java.util.List;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.tensor.DType;

/** A placed linear layer: matrices as they are stored, biases in F32. */
record ReferenceLinear(List<LinearPart> parts, int inputs, int outputs) implements Linear {

    static ReferenceLinear of(Linear linear) {
        if (linear instanceof ReferenceLinear placed) {
            return placed;
        }
        throw new IllegalArgumentException("the layer was placed by another backend");
    }

    /** Bytes that a layer of these parts is kept in. */
    static long bytes(List<LinearPart> parts) {
        long bytes = 0;
        for (LinearPart part : parts) {
            bytes += part.weight().data().byteSize();
            bytes += part.bias().map(bias -> DType.F32.rowBytes(bias.columns())).orElse(0L);
        }
        return bytes;
    }
}
