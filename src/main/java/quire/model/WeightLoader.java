package quire.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import quire.error.CheckpointException;
import quire.ops.AttentionHeads;
import quire.ops.Linear;
import quire.ops.Ops;
import quire.tensor.Tensor;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/** Places a checkpoint's tensors, after their shapes were checked. */
final class WeightLoader {

    /** llama.cpp's names for factors that divide the frequencies of rotary embedding. */
    private static final String GGUF_ROPE_FACTORS = "rope_freqs.weight";

    private static final String GGUF_LONG_ROPE = "rope_factors_long.weight";

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

    Tensor embedding() {
        return placeMatrix(Weight.EMBEDDING.weight(checkpoint.format(), 0));
    }

    Tensor finalNorm() {
        return norm(Weight.FINAL_NORM, 0);
    }

    /** The output projection; tied models give the table that they embed with. */
    Linear lmHead(Tensor embedding) {
        return config.tiedEmbeddings()
                ? Linear.of(List.of(new Linear.Part(embedding, Optional.empty())))
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
    RopeFrequencies ropeFrequencies() {
        RopeFrequencies frequencies = RopeFrequencies.of(config.rope());
        if (checkpoint.format() != Checkpoint.Format.GGUF) {
            return frequencies;
        }
        if (checkpoint.find(GGUF_LONG_ROPE).isPresent()) {
            throw new CheckpointException(
                    checkpoint.path()
                            + ": the RoPE scaling 'longrope' is not"
                            + " supported yet; supported: default, linear, llama3, yarn.");
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
        List<Linear.Part> parts = new ArrayList<>();
        for (Weight weight : weights) {
            Tensor matrix = placeMatrix(weight.weight(checkpoint.format(), layer));
            parts.add(
                    new Linear.Part(
                            matrix,
                            bias
                                    ? Optional.of(
                                            placeVector(weight.bias(checkpoint.format(), layer)))
                                    : Optional.empty()));
        }
        return Linear.of(parts);
    }

    private Tensor norm(Weight weight, int layer) {
        return placeVector(weight.weight(checkpoint.format(), layer));
    }

    private Tensor placeMatrix(String name) {
        CheckpointTensor tensor = checkpoint.tensor(name);
        return counted(tensor, ops.placeMatrix(tensor.asMatrix()));
    }

    private Tensor placeVector(String name) {
        CheckpointTensor tensor = checkpoint.tensor(name);
        return counted(tensor, ops.placeVector(tensor.asVector()));
    }

    private Tensor counted(CheckpointTensor tensor, Tensor placed) {
        placedBytes += tensor.data().byteSize();
        progress.placed(placedBytes, totalBytes);
        return placed;
    }
}
