package quire.ops;

import quire.tensor.DType;

/**
 * A part of a linear layer, by its shape alone.
 *
 * @param dtype as it is stored
 * @param bias whether the part has one
 */
public record LinearShape(DType dtype, int outputs, int inputs, boolean bias) {

    /** Of what a checkpoint holds. */
    public static LinearShape of(LinearPart part) {
        return new LinearShape(
                part.weight().dtype(),
                part.weight().rows(),
                part.weight().columns(),
                part.bias().isPresent());
    }
}
