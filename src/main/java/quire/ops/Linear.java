package quire.ops;

import java.util.List;
import java.util.Optional;
import quire.tensor.Tensor;

/**
 * A linear layer whose output columns are those of its parts, one after the other: q, k and v, or
 * gate and up, of a checkpoint that stores them apart run as one operation without a copy.
 *
 * @param parts placed matrices {@code [outputs of the part, inputs]}
 * @param inputs columns of every part
 * @param outputs rows of all parts together
 */
public record Linear(List<Part> parts, int inputs, int outputs) {

    /** One stored matrix and its bias, a placed vector as long as the matrix has rows. */
    public record Part(Tensor weight, Optional<Tensor> bias) {}

    public Linear {
        parts = List.copyOf(parts);
    }

    /** Stacks parts that share their input. */
    public static Linear of(List<Part> parts) {
        int inputs = parts.getFirst().weight().columns();
        int outputs = 0;
        for (Part part : parts) {
            if (part.weight().columns() != inputs) {
                throw new IllegalArgumentException("parts of a linear layer differ in their input");
            }
            outputs += part.weight().rows();
        }
        return new Linear(parts, inputs, outputs);
    }
}
