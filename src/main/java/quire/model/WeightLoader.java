package quire.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.error.CheckpointException;
import quire.ops.AttentionHeads;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.Table;
import quire.tensor.DType;
import quire.tensor.Tensor;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/** Places a checkpoint's tensors, after their shapes were checked. */
final class WeightLoader {

    /** llama.cpp's names for factors that divide the frequencies of rotary embedding. */
    private static final String GGUF_ROPE_FACTORS = "rope_freqs.weight";

    private final Checkpoint checkpoint;
    private final ModelConfig config;
    private final Ops ops;
    private final LoadProgress progress;
    private final long totalBytes;
    private long placedBytes;

    WeightLoader(Checkpoint checkpoint, ModelConfig config, Ops ops, LoadProgress progress) {
        this.checkpoint = checkpoint;
        this.config = config;
        this.ops = ops;
        this.progress = progress;
        ModelShapes shapes = ModelShapes.of(config, checkpoint.format());
        shapes.check(checkpoint);
        totalBytes =
                shapes.tensors().stream()
                        .mapToLong(tensor -> checkpoint.tensor(tensor.name()).data().byteSize())
                        .sum();
    }

    Table embedding() {
        return counted(embeddingTensor(), ops.placeTable(embeddingTensor().asMatrix()));
    }

    private CheckpointTensor embeddingTensor() {
        return checkpoint.tensor(Weight.EMBEDDING.weight(checkpoint.format(), 0));
    }

    Matrix finalNorm() {
        return norm(Weight.FINAL_NORM, 0);
    }

    /** The output projection, which in tied models is the table that they embed with. */
    Linear lmHead(Table embedding) {
        return config.tiedEmbeddings()
                ? ops.placeTiedHead(embedding, embeddingTensor().asMatrix())
                : linear(0, false, Weight.LM_HEAD);
    }

    DecoderLayer layer(int layer) {
        boolean fused = config.architecture().fusedProjections;
        Linear qkv =
                fused
                        ? linear(layer, config.qkvBias(), Weight.QKV)
                        : linear(layer, config.qkvBias(), Weight.QUERY, Weight.KEY, Weight.VALUE);
        Linear gateUp =
                fused
                        ? linear(layer, config.mlpBias(), Weight.GATE_UP)
                        : linear(layer, config.mlpBias(), Weight.GATE, Weight.UP);
        return new DecoderLayer(
                norm(Weight.INPUT_NORM, layer),
                qkv,
                heads(layer),
                linear(layer, config.outputBias(), Weight.ATTENTION_OUTPUT),
                norm(Weight.MLP_NORM, layer),
                gateUp,
                linear(layer, config.mlpBias(), Weight.DOWN));
    }

    private AttentionHeads heads(int layer) {
        Optional<AttentionHeads.QkNorm> norms =
                config.architecture().qkNorm
                        ? Optional.of(
                                new AttentionHeads.QkNorm(
                                        norm(Weight.QUERY_NORM, layer),
                                        norm(Weight.KEY_NORM, layer),
                                        config.rmsNormEps()))
                        : Optional.empty();
        return new AttentionHeads(
                config.numHeads(),
                config.numKvHeads(),
                config.headDim(),
                (float) (1 / Math.sqrt(config.headDim())),
                config.slidingWindows().get(layer),
                norms);
    }

    /** Frequencies as configured, with what a GGUF file carries beside its metadata. */
    RopeFrequencies ropeFrequencies(int maxModelLength) {
        RopeFrequencies frequencies = RopeFrequencies.of(config.rope(), maxModelLength);
        if (checkpoint.format() != Checkpoint.Format.GGUF) {
            return frequencies;
        }
        Optional<CheckpointTensor> factors = checkpoint.find(GGUF_ROPE_FACTORS);
        if (factors.isEmpty()) {
            return frequencies;
        }
        float[] values = factors.get().toFloats();
        if (values.length != frequencies.inverse().length) {
            throw new CheckpointException(
                    factors.get().file()
                            + ": the tensor '"
                            + GGUF_ROPE_FACTORS
                            + "' has "
                            + values.length
                            + " elements, "
                            + frequencies.inverse().length
                            + " are needed.");
        }
        return frequencies.dividedBy(values);
    }

    private Linear linear(int layer, boolean bias, Weight... weights) {
        List<CheckpointTensor> tensors = new ArrayList<>();
        List<LinearPart> parts = new ArrayList<>();
        for (Weight weight : weights) {
            CheckpointTensor matrix = checkpoint.tensor(weight.weight(checkpoint.format(), layer));
            tensors.add(matrix);
            Optional<Tensor> vector = Optional.empty();
            if (bias) {
                CheckpointTensor found = checkpoint.tensor(weight.bias(checkpoint.format(), layer));
                tensors.add(found);
                vector = Optional.of(found.asVector());
            }
            parts.add(new LinearPart(matrix.asMatrix(), vector));
        }
        Linear placed = ops.placeLinear(parts);
        tensors.forEach(this::count);
        return placed;
    }

    private Matrix norm(Weight weight, int layer) {
        return placeVector(weight.weight(checkpoint.format(), layer));
    }

    private Matrix placeVector(String name) {
        CheckpointTensor tensor = checkpoint.tensor(name);
        return counted(tensor, ops.placeVector(tensor.asVector()));
    }

    private <T> T counted(CheckpointTensor tensor, T placed) {
        count(tensor);
        return placed;
    }

    private void count(CheckpointTensor tensor) {
        placedBytes += tensor.data().byteSize();
        progress.placed(placedBytes, totalBytes);
    }

    /**
     * What the weights take once they are placed, which is more than their file where types are
     * converted.
     */
    static long bytes(Checkpoint checkpoint, ModelConfig config, Ops ops) {
        ModelShapes shapes = ModelShapes.of(config, checkpoint.format());
        shapes.check(checkpoint);
        long bytes = 0;
        for (ModelShapes.Expected expected : shapes.tensors()) {
            CheckpointTensor tensor = checkpoint.tensor(expected.name());
            bytes +=
                    expected.shape().size() == 2
                            ? ops.linearBytes(
                                    List.of(new LinearPart(tensor.asMatrix(), Optional.empty())))
                            : DType.F32.rowBytes(tensor.numElements());
        }
        return bytes;
    }
}
