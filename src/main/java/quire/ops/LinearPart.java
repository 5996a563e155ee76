package quire.ops;

import java.util.List;
import java.util.Optional;
import quire.tensor.Tensor;

/**
 * What a checkpoint holds of a linear layer: a matrix, whole or one of several that share their
 * input, such as q, k and v, or gate and up.
 *
 * @param weight {@code [outputs of the part, inputs]}
 * @param bias as long as the matrix has rows
 */
public record LinearPart(Tensor weight, Optional<Tensor> bias) {

    public LinearPart {
        if (bias.isPresent() && bias.get().columns() != weight.rows()) {
            throw new IllegalArgumentException(
                    "a bias of " + bias.get().columns() + " for " + weight.rows() + " outputs");
        }
    }

    /** Columns that all parts of a layer share. */
    public static int inputs(List<LinearPart> parts) {
        int inputs = parts.getFirst().weight.columns();
        if (parts.stream().anyMatch(part -> part.weight.columns() != inputs)) {
            throw new IllegalArgumentException("parts of a linear layer differ in their input");
        }
        return inputs;
    }

    /** Rows of all parts of a layer together. */
    public static int outputs(List<LinearPart> parts) {
        return parts.stream().mapToInt(part -> part.weight.rows()).reduce(0, Math::addExact);
    }
}
