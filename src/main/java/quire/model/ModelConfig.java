package quire.model;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import quire.error.CheckpointException;
import quire.error.Setting;
import quire.ops.KvCacheLayout;
import quire.ops.RopeTable.Pairing;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/**
 * A decoder model as data: sizes, and the choices of its {@link Architecture}.
 *
 * @param slidingWindows one a layer: how many tokens a token sees, itself included; 0 = all
 * @param tiedEmbeddings the output projection is the embedding table
 * @param maxPositionEmbeddings as configured; see {@link #maxModelLength}
 * @param dtype the type that the authors computed in, where the configuration says
 */
public record ModelConfig(
        Architecture architecture,
        int vocabSize,
        int hiddenSize,
        int numLayers,
        Attention attention,
        Mlp mlp,
        float rmsNormEps,
        boolean tiedEmbeddings,
        List<Integer> slidingWindows,
        RopeConfig rope,
        int maxPositionEmbeddings,
        Optional<DType> dtype) {

    public ModelConfig {
        slidingWindows = List.copyOf(slidingWindows);
    }

    /**
     * Reads the configuration of an opened checkpoint: {@code config.json} beside safetensors, the
     * metadata of a GGUF file.
     *
     * @param hfOverrides value of {@code --hf-overrides}, a JSON object whose keys replace those of
     *     {@code config.json}; blank for none
     * @throws quire.error.CheckpointException if the model is malformed or not supported
     * @throws quire.error.ConfigurationException if the overrides are no JSON object
     */
    public static ModelConfig of(Checkpoint checkpoint, String hfOverrides) {
        ModelConfig config =
                switch (checkpoint.format()) {
                    case SAFETENSORS -> read(checkpoint.path().resolve("config.json"), hfOverrides);
                    case GGUF ->
                            new ConfigParser(
                                            GgufConfig.asJson(checkpoint),
                                            hfOverrides,
                                            checkpoint.path().toString())
                                    .parse(GgufConfig.pairing(checkpoint));
                };
        config.requireHead(checkpoint);
        return config;
    }

    private void requireHead(Checkpoint checkpoint) {
        String head = Weight.LM_HEAD.weight(checkpoint.format(), 0);
        String embedding = Weight.EMBEDDING.weight(checkpoint.format(), 0);
        if (!tiedEmbeddings
                && checkpoint.find(head).isEmpty()
                && checkpoint.find(embedding).isPresent()) {
            throw new CheckpointException(
                    checkpoint.path()
                            + " has no tensor '"
                            + head
                            + "', and its configuration does not tie the output to the embedding;"
                            + " download the weights again, or, if the model was made to share them,"
                            + " give "
                            + Setting.HF_OVERRIDES
                            + " '{\"tie_word_embeddings\": true}'.");
        }
    }

    /** As {@link #of}, for a {@code config.json} in either spelling by itself. */
    public static ModelConfig read(Path configJson, String hfOverrides) {
        return new ConfigParser(Fields.readFile(configJson), hfOverrides, configJson.toString())
                .parse(Pairing.HALVES);
    }

    /**
     * The longest sequence that the model is good for, prompt and answer together: the configured
     * positions, stretched by linear scaling; with YaRN the original ones times its factor. Those
     * of Llama 3 and LongRoPE have counted the stretching in.
     */
    public int maxModelLength() {
        double length =
                switch (rope.scaling()) {
                    case RopeScaling.None none -> maxPositionEmbeddings;
                    case RopeScaling.Llama3 llama3 -> maxPositionEmbeddings;
                    case RopeScaling.LongRope longRope -> maxPositionEmbeddings;
                    case RopeScaling.Linear linear -> maxPositionEmbeddings * linear.factor();
                    case RopeScaling.Yarn yarn -> yarn.originalMaxPositions() * yarn.factor();
                };
        return (int) Math.min(length, Integer.MAX_VALUE);
    }

    /** Shape of this model's KV cache. */
    public KvCacheLayout kvCacheLayout(int numBlocks, int blockSize, DType dtype) {
        KvCacheLayout.Layer layer =
                switch (attention) {
                    case Attention.GroupedQuery grouped ->
                            new KvCacheLayout.Layer(grouped.numKvHeads(), grouped.headDim());
                };
        return KvCacheLayout.uniform(numLayers, numBlocks, blockSize, layer, dtype);
    }
}
