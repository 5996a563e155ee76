package quire.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import quire.error.CheckpointException;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/**
 * The tensors that a model of some configuration consists of, as a checkpoint of some format must
 * hold them.
 */
public record ModelShapes(List<Expected> tensors) {

    /**
     * A tensor that must be there.
     *
     * @param shape one dimension for a vector, {@code [outputs, inputs]} for a matrix
     */
    public record Expected(String name, List<Long> shape) {

        private long numElements() {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }
    }

    public ModelShapes {
        tensors = List.copyOf(tensors);
    }

    /** Everything that {@code config} needs, layer by layer. */
    public static ModelShapes of(ModelConfig config, Checkpoint.Format format) {
        Builder builder = new Builder(config, format);
        builder.matrix(Weight.EMBEDDING, config.vocabSize(), config.hiddenSize(), false);
        for (int layer = 0; layer < config.numLayers(); layer++) {
            builder.layer = layer;
            builder.layer();
        }
        builder.vector(Weight.FINAL_NORM, config.hiddenSize());
        if (!config.tiedEmbeddings()) {
            builder.matrix(Weight.LM_HEAD, config.vocabSize(), config.hiddenSize(), false);
        }
        return new ModelShapes(builder.tensors);
    }

    /** Number of parameters: elements of all tensors, tied ones counted once. */
    public long numParameters() {
        return tensors.stream().mapToLong(Expected::numElements).reduce(0, Math::addExact);
    }

    /**
     * Makes sure that a checkpoint holds all of these in these shapes; it may hold others.
     *
     * @throws CheckpointException naming the tensor that is missing or has another shape
     */
    public void check(Checkpoint checkpoint) {
        for (Expected expected : tensors) {
            CheckpointTensor found = checkpoint.tensor(expected.name());
            if (!found.shape().equals(expected.shape())) {
                throw new CheckpointException(
                        found.file()
                                + ": the tensor '"
                                + expected.name()
                                + "' is "
                                + spelled(found.shape())
                                + ", the configuration makes it "
                                + spelled(expected.shape())
                                + "; configuration and weights belong to"
                                + " different models.");
            }
        }
    }

    private static String spelled(List<Long> shape) {
        return shape.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
    }

    /** Collects the tensors of one format. */
    private static final class Builder {

        private final ModelConfig config;
        private final Checkpoint.Format format;
        private final List<Expected> tensors = new ArrayList<>();
        private int layer;

        Builder(ModelConfig config, Checkpoint.Format format) {
            this.config = config;
            this.format = format;
        }

        void layer() {
            int hidden = config.hiddenSize();
            int mlp = config.intermediateSize();
            vector(Weight.INPUT_NORM, hidden);
            if (config.architecture().fusedProjections) {
                int width = config.attentionWidth() + 2 * config.kvWidth();
                matrix(Weight.QKV, width, hidden, config.qkvBias());
            } else {
                matrix(Weight.QUERY, config.attentionWidth(), hidden, config.qkvBias());
                matrix(Weight.KEY, config.kvWidth(), hidden, config.qkvBias());
                matrix(Weight.VALUE, config.kvWidth(), hidden, config.qkvBias());
            }
            if (config.architecture().qkNorm) {
                vector(Weight.QUERY_NORM, config.headDim());
                vector(Weight.KEY_NORM, config.headDim());
            }
            matrix(Weight.ATTENTION_OUTPUT, hidden, config.attentionWidth(), config.outputBias());
            vector(Weight.MLP_NORM, hidden);
            if (config.architecture().fusedProjections) {
                matrix(Weight.GATE_UP, 2 * mlp, hidden, config.mlpBias());
            } else {
                matrix(Weight.GATE, mlp, hidden, config.mlpBias());
                matrix(Weight.UP, mlp, hidden, config.mlpBias());
            }
            matrix(Weight.DOWN, hidden, mlp, config.mlpBias());
        }

        void vector(Weight weight, int length) {
            tensors.add(new Expected(weight.weight(format, layer), List.of((long) length)));
        }

        void matrix(Weight weight, int outputs, int inputs, boolean bias) {
            tensors.add(
                    new Expected(
                            weight.weight(format, layer), List.of((long) outputs, (long) inputs)));
            if (bias) {
                tensors.add(new Expected(weight.bias(format, layer), List.of((long) outputs)));
            }
        }
    }
}
