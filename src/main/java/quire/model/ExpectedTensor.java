package quire.model;

import java.util.List;
import java.util.stream.Collectors;
import quire.error.CheckpointException;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/**
 * A tensor that a checkpoint must hold.
 *
 * @param shape one dimension for a vector, {@code [outputs, inputs]} for a matrix
 */
public record ExpectedTensor(String name, List<Long> shape) {

    public ExpectedTensor {
        shape = List.copyOf(shape);
    }

    static ExpectedTensor vector(String name, long length) {
        return new ExpectedTensor(name, List.of(length));
    }

    static ExpectedTensor matrix(String name, long outputs, long inputs) {
        return new ExpectedTensor(name, List.of(outputs, inputs));
    }

    long numElements() {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /**
     * The tensor, where it is there and has the shape.
     *
     * @throws CheckpointException naming the tensor that is missing or has another shape
     */
    CheckpointTensor in(Checkpoint checkpoint) {
        CheckpointTensor found = checkpoint.tensor(name);
        if (!found.shape().equals(shape)) {
            throw new CheckpointException(
                    found.file()
                            + ": the tensor '"
                            + name
                            + "' is "
                            + spelled(found.shape())
                            + ", the configuration makes it "
                            + spelled(shape)
                            + "; configuration and weights belong to"
                            + " different models.");
        }
        return found;
    }

    private static String spelled(List<Long> shape) {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }
}
