package quire.model;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import quire.error.CheckpointException;
import quire.ops.AttentionHeads;
import quire.ops.Footprint;
import quire.ops.Linear;
import quire.ops.LinearPart;
import quire.ops.LinearShape;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.Table;
import quire.tensor.DType;
import quire.tensor.Tensor;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/** Places the weights of a model. */
final class WeightLoader {

    /** llama.cpp's names for factors that divide the frequencies of rotary embedding. */
    private static final String GGUF_ROPE_FACTORS = "rope_freqs.weight";

    private final Checkpoint checkpoint;
    private final ModelConfig config;
    private final ModelWeights weights;
    private final Ops ops;
    private final LoadProgress progress;
    private final long totalBytes;
    private long placedBytes;

    /**
     * @throws CheckpointException if configuration and weights do not belong together
     */
    WeightLoader(Checkpoint checkpoint, ModelConfig config, Ops ops, LoadProgress progress) {
        this.checkpoint = checkpoint;
        this.config = config;
        this.weights = ModelWeights.in(checkpoint, config);
        this.ops = ops;
        this.progress = progress;
        this.totalBytes =
                weights.tensors().stream()
                        .mapToLong(tensor -> tensor.in(checkpoint).data().byteSize())
                        .sum();
    }

    /**
     * Memory that the weights take once they are placed, mapped or copied.
     *
     * @throws CheckpointException if configuration and weights do not belong together
     */
    static long bytes(Checkpoint checkpoint, ModelConfig config, Footprint footprint) {
        long bytes = 0;
        for (StoredWeight weight : ModelWeights.in(checkpoint, config).all()) {
            bytes +=
                    switch (weight) {
                        case StoredWeight.Vector vector ->
                                DType.F32.rowBytes(vector.tensor().numElements());
                        case StoredWeight.Table table -> {
                            Tensor stored = table.tensor().in(checkpoint).asMatrix();
                            yield footprint.tableBytes(
                                    stored.dtype(), stored.rows(), stored.columns());
                        }
                        case StoredWeight.Linear linear ->
                                footprint.linearBytes(
                                        parts(linear, checkpoint).stream()
                                                .map(LinearShape::of)
                                                .toList());
                    };
        }
        return bytes;
    }

    Table embedding() {
        return counted(weights.embedding(), ops.placeTable(embeddingTensor().asMatrix()));
    }

    private CheckpointTensor embeddingTensor() {
        return weights.embedding().tensor().in(checkpoint);
    }

    Matrix finalNorm() {
        return place(weights.finalNorm());
    }

    /** The output projection, which in tied models is the table that they embed with. */
    Linear lmHead(Table embedding) {
        return weights.head()
                .map(this::place)
                .orElseGet(() -> ops.placeTiedHead(embedding, embeddingTensor().asMatrix()));
    }

    List<DecoderLayer> layers() {
        return IntStream.range(0, config.numLayers())
                .mapToObj(layer -> layer(weights.layers().get(layer), layer))
                .toList();
    }

    private DecoderLayer layer(LayerWeights layer, int index) {
        return new DecoderLayer(
                place(layer.inputNorm()),
                place(layer.qkv()),
                heads(layer, index),
                place(layer.attentionOutput()),
                place(layer.mlpNorm()),
                place(layer.gateUp()),
                place(layer.down()));
    }

    private AttentionHeads heads(LayerWeights layer, int index) {
        Attention.GroupedQuery attention =
                switch (config.attention()) {
                    case Attention.GroupedQuery grouped -> grouped;
                };
        return new AttentionHeads(
                attention.numHeads(),
                attention.numKvHeads(),
                attention.headDim(),
                attention.scale(),
                config.slidingWindows().get(index),
                layer.headNorms()
                        .map(
                                norms ->
                                        new AttentionHeads.QkNorm(
                                                place(norms.query()),
                                                place(norms.key()),
                                                config.rmsNormEps())));
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

    private Matrix place(StoredWeight.Vector vector) {
        return counted(vector, ops.placeVector(vector.tensor().in(checkpoint).asVector()));
    }

    private Linear place(StoredWeight.Linear linear) {
        return counted(linear, ops.placeLinear(parts(linear, checkpoint)));
    }

    private static List<LinearPart> parts(StoredWeight.Linear linear, Checkpoint checkpoint) {
        return linear.parts().stream()
                .map(
                        part ->
                                new LinearPart(
                                        part.weight().in(checkpoint).asMatrix(),
                                        part.bias().map(bias -> bias.in(checkpoint).asVector())))
                .toList();
    }

    private <T> T counted(StoredWeight weight, T placed) {
        for (ExpectedTensor tensor : weight.tensors()) {
            placedBytes += tensor.in(checkpoint).data().byteSize();
            progress.advanced("placing weights", placedBytes, totalBytes);
        }
        return placed;
    }
}
