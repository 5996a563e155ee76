package quire.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import quire.weights.Checkpoint;

/**
 * The weights that a model consists of: the one list from which names and shapes are checked,
 * memory is counted and weights are placed.
 */
public final class ModelWeights {

    private final StoredWeight.Table embedding;
    private final List<LayerWeights> layers;
    private final StoredWeight.Vector finalNorm;
    private final Optional<StoredWeight.Linear> head;

    private ModelWeights(Builder builder) {
        embedding = builder.embedding();
        layers = builder.layers();
        finalNorm = builder.vector(Weight.FINAL_NORM, 0, builder.config.hiddenSize());
        head = builder.head();
    }

    /** What {@code config} asks of a checkpoint of that format. */
    public static ModelWeights of(ModelConfig config, Checkpoint.Format format) {
        return new ModelWeights(
                new Builder(config, format, name -> false, config.tiedEmbeddings()));
    }

    /**
     * What {@code config} asks of this checkpoint, and what the checkpoint holds besides of parts
     * that the architecture has: biases that no flag announces, an output projection of its own
     * beside a flag that ties it to the embedding.
     */
    public static ModelWeights of(ModelConfig config, Checkpoint checkpoint) {
        return new ModelWeights(
                new Builder(
                        config,
                        checkpoint.format(),
                        name -> checkpoint.find(name).isPresent(),
                        config.tiedEmbeddings() && !TiedHead.hasItsOwn(checkpoint)));
    }

    /**
     * As {@link #of(ModelConfig, Checkpoint)}, and makes sure that the checkpoint holds these and
     * no others.
     *
     * @throws quire.error.CheckpointException if a tensor is missing or has another shape, or there
     *     is one that the model has no place for
     */
    static ModelWeights in(Checkpoint checkpoint, ModelConfig config) {
        ModelWeights weights = of(config, checkpoint);
        weights.tensors().forEach(tensor -> tensor.in(checkpoint));
        UnplacedTensors.refuse(checkpoint, config, weights.tensors());
        return weights;
    }

    StoredWeight.Table embedding() {
        return embedding;
    }

    List<LayerWeights> layers() {
        return layers;
    }

    StoredWeight.Vector finalNorm() {
        return finalNorm;
    }

    /** The output projection; empty where the embedding serves as one. */
    Optional<StoredWeight.Linear> head() {
        return head;
    }

    /** All of them, in the order in which they are placed. */
    List<StoredWeight> all() {
        List<StoredWeight> all = new ArrayList<>(List.of(embedding));
        layers.forEach(layer -> all.addAll(layer.all()));
        all.add(finalNorm);
        head.ifPresent(all::add);
        return all;
    }

    /** What they are made of, in the same order. */
    public List<ExpectedTensor> tensors() {
        return all().stream().flatMap(weight -> weight.tensors().stream()).toList();
    }

    /** Number of parameters: elements of all tensors, tied ones counted once. */
    public long numParameters() {
        return tensors().stream().mapToLong(ExpectedTensor::numElements).reduce(0, Math::addExact);
    }

    /**
     * Makes the list of one model.
     *
     * @param present whether a checkpoint holds a tensor of that name
     */
    private record Builder(
            ModelConfig config, Checkpoint.Format format, Predicate<String> present, boolean tied) {

        StoredWeight.Table embedding() {
            return new StoredWeight.Table(
                    ExpectedTensor.matrix(
                            Weight.EMBEDDING.weight(format, 0),
                            config.vocabSize(),
                            config.hiddenSize()));
        }

        Optional<StoredWeight.Linear> head() {
            return tied
                    ? Optional.empty()
                    : Optional.of(
                            new StoredWeight.Linear(
                                    List.of(
                                            new StoredWeight.Linear.Part(
                                                    ExpectedTensor.matrix(
                                                            Weight.LM_HEAD.weight(format, 0),
                                                            config.vocabSize(),
                                                            config.hiddenSize()),
                                                    Optional.empty()))));
        }

        List<LayerWeights> layers() {
            List<LayerWeights> layers = new ArrayList<>();
            for (int layer = 0; layer < config.numLayers(); layer++) {
                layers.add(layer(layer));
            }
            return List.copyOf(layers);
        }

        private LayerWeights layer(int layer) {
            int hidden = config.hiddenSize();
            boolean fused = config.architecture().fusedProjections;
            Attention.GroupedQuery attention =
                    switch (config.attention()) {
                        case Attention.GroupedQuery grouped -> grouped;
                    };
            int mlp =
                    switch (config.mlp()) {
                        case Mlp.Gated gated -> gated.intermediateSize();
                    };
            return new LayerWeights(
                    vector(Weight.INPUT_NORM, layer, hidden),
                    fused
                            ? linear(part(Weight.QKV, layer, attention.qkvWidth(), hidden))
                            : linear(
                                    part(Weight.QUERY, layer, attention.width(), hidden),
                                    part(Weight.KEY, layer, attention.kvWidth(), hidden),
                                    part(Weight.VALUE, layer, attention.kvWidth(), hidden)),
                    attention.headNorms()
                            ? Optional.of(
                                    new LayerWeights.HeadNorms(
                                            vector(Weight.QUERY_NORM, layer, attention.headDim()),
                                            vector(Weight.KEY_NORM, layer, attention.headDim())))
                            : Optional.empty(),
                    linear(part(Weight.ATTENTION_OUTPUT, layer, hidden, attention.width())),
                    vector(Weight.MLP_NORM, layer, hidden),
                    fused
                            ? linear(part(Weight.GATE_UP, layer, 2 * mlp, hidden))
                            : linear(
                                    part(Weight.GATE, layer, mlp, hidden),
                                    part(Weight.UP, layer, mlp, hidden)),
                    linear(part(Weight.DOWN, layer, hidden, mlp)));
        }

        StoredWeight.Vector vector(Weight weight, int layer, int length) {
            return new StoredWeight.Vector(
                    ExpectedTensor.vector(weight.weight(format, layer), length));
        }

        private static StoredWeight.Linear linear(StoredWeight.Linear.Part... parts) {
            return new StoredWeight.Linear(List.of(parts));
        }

        private StoredWeight.Linear.Part part(Weight weight, int layer, int outputs, int inputs) {
            String bias = weight.bias(format, layer);
            boolean biased =
                    asksForBias(weight, layer)
                            || config.architecture().mayHaveBias(weight) && present.test(bias);
            return new StoredWeight.Linear.Part(
                    ExpectedTensor.matrix(weight.weight(format, layer), outputs, inputs),
                    biased ? Optional.of(ExpectedTensor.vector(bias, outputs)) : Optional.empty());
        }

        /**
         * One flag of {@code config.json} speaks of all projections of attention, where files have
         * biases of q, k and v, of the output, or of both.
         */
        private boolean asksForBias(Weight weight, int layer) {
            Attention.GroupedQuery attention =
                    switch (config.attention()) {
                        case Attention.GroupedQuery grouped -> grouped;
                    };
            return switch (weight) {
                case QUERY, KEY, VALUE, QKV ->
                        attention.qkvBias()
                                && !(attention.outputBias()
                                        && present.test(
                                                Weight.ATTENTION_OUTPUT.bias(format, layer)));
                case ATTENTION_OUTPUT ->
                        attention.outputBias()
                                && !present.test(Weight.QUERY.bias(format, layer))
                                && !present.test(Weight.QKV.bias(format, layer));
                case GATE, UP, GATE_UP, DOWN ->
                        switch (config.mlp()) {
                            case Mlp.Gated gated -> gated.bias();
                        };
                case EMBEDDING, FINAL_NORM, LM_HEAD, INPUT_NORM, QUERY_NORM, KEY_NORM, MLP_NORM ->
                        false;
            };
        }
    }
}
