package quire.ops.reference;

import java.util.List;
import quire.ops.Linear;
import quire.ops.LinearPart;

/** A placed linear layer: matrices as they are stored, biases in F32. */
record ReferenceLinear(List<LinearPart> parts, int inputs, int outputs) implements Linear {

    static ReferenceLinear of(Linear linear) {
        if (linear instanceof ReferenceLinear placed) {
            return placed;
        }
        throw new IllegalArgumentException("the layer was placed by another backend");
    }
}
