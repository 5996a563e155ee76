package quire.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import quire.error.CheckpointException;
import quire.error.ConfigurationException;
import quire.error.Setting;
import quire.ops.RopeTable.Pairing;
import quire.tensor.DType;

/** Makes a {@link ModelConfig} of a {@code config.json}, with overrides laid over it. */
final class ConfigParser {

    /** Soft caps and multipliers of other architectures, and the values that change nothing. */
    private static final Map<String, Double> NEUTRAL =
            Map.of(
                    "attn_logit_softcapping", 0.0,
                    "final_logit_softcapping", 0.0,
                    "embedding_multiplier", 1.0,
                    "residual_multiplier", 1.0,
                    "logits_scaling", 1.0);

    private final Fields config;

    ConfigParser(ObjectNode json, String hfOverrides, String source) {
        RopeSpelling.modernise(json);
        if (!hfOverrides.isBlank()) {
            ObjectNode overrides = overrides(hfOverrides);
            RopeSpelling.modernise(overrides);
            RopeSpelling.override(json, overrides);
        }
        config = new Fields(json, source);
    }

    private static ObjectNode overrides(String hfOverrides) {
        try {
            return Fields.object(hfOverrides);
        } catch (JsonProcessingException e) {
            throw new ConfigurationException(
                    Setting.HF_OVERRIDES
                            + " is '"
                            + hfOverrides
                            + "'; it must be a JSON object such as {\"max_position_embeddings\": 32768}.",
                    e);
        }
    }

    /**
     * @throws CheckpointException if the configuration is malformed or not supported
     */
    ModelConfig parse(Pairing pairing) {
        Architecture architecture = architecture();
        refuseWhatChangesTheArithmetic();
        Architecture.Defaults defaults = architecture.defaults;
        int hiddenSize = size("hidden_size", defaults.hiddenSize());
        int numHeads = size("num_attention_heads", defaults.numHeads());
        int numKvHeads = kvHeads(numHeads, defaults.numKvHeads());
        int headDim = headDim(hiddenSize, numHeads, defaults.headDim());
        int numLayers = size("num_hidden_layers", defaults.numLayers());
        int maxPositions = size("max_position_embeddings", defaults.maxPositions());
        boolean attentionBias = config.flag("attention_bias", false);
        return new ModelConfig(
                architecture,
                size("vocab_size", defaults.vocabSize()),
                hiddenSize,
                numLayers,
                new Attention.GroupedQuery(
                        numHeads,
                        numKvHeads,
                        headDim,
                        (float) (1 / Math.sqrt(headDim)),
                        architecture.qkNorm,
                        switch (architecture.biases) {
                            case NONE -> false;
                            case QKV -> true;
                            case AS_CONFIGURED -> attentionBias;
                        },
                        architecture.biases == Architecture.Biases.AS_CONFIGURED && attentionBias),
                new Mlp.Gated(
                        size("intermediate_size", defaults.intermediateSize()),
                        architecture == Architecture.LLAMA && config.flag("mlp_bias", false)),
                (float) config.positive("rms_norm_eps").orElse(defaults.rmsNormEps()),
                config.flag("tie_word_embeddings", false),
                slidingWindows(architecture, numLayers),
                new RopeParser(config, architecture, headDim, maxPositions).parse(pairing),
                maxPositions,
                dtype());
    }

    /** The class that {@code architectures} names first, or the one of the {@code model_type}. */
    private Architecture architecture() {
        JsonNode classes = config.json().path("architectures");
        if (classes.isArray() && !classes.isEmpty()) {
            String name = classes.get(0).asText();
            return Architecture.ofClass(name).orElseThrow(() -> unsupported(name));
        }
        String modelType = config.text("model_type", "");
        if (modelType.isEmpty()) {
            throw new CheckpointException(
                    config.source()
                            + " names neither 'architectures' nor 'model_type'; it describes no model.");
        }
        return Architecture.ofModelType(modelType).orElseThrow(() -> unsupported(modelType));
    }

    private CheckpointException unsupported(String name) {
        String supported =
                Arrays.stream(Architecture.values())
                        .map(Architecture::className)
                        .collect(Collectors.joining(", "));
        return new CheckpointException(
                config.source()
                        + ": the architecture '"
                        + name
                        + "' is not supported yet; supported: "
                        + supported
                        + ".");
    }

    private void refuseWhatChangesTheArithmetic() {
        NEUTRAL.forEach(
                (key, neutral) -> {
                    double value = config.number(key).orElse(neutral);
                    if (value != neutral) {
                        throw new CheckpointException(
                                config.source()
                                        + ": '"
                                        + key
                                        + "' is "
                                        + value
                                        + ", which is not supported yet; without it the answers"
                                        + " would be others.");
                    }
                });
        String activation = config.text("hidden_act", "silu");
        if (!activation.equals("silu") && !activation.equals("swish")) {
            throw new CheckpointException(
                    config.source()
                            + ": 'hidden_act' is '"
                            + activation
                            + "', which is not supported yet; supported: silu.");
        }
        if (config.has("quantization_config")) {
            String method = config.child("quantization_config").text("quant_method", "unknown");
            throw new CheckpointException(
                    config.source()
                            + ": the weights are quantised by '"
                            + method
                            + "', which is not supported yet; use the original weights in BF16,"
                            + " F16 or F32, or a GGUF file.");
        }
    }

    private int size(String key, int otherwise) {
        return config.positiveInt(key).orElse(otherwise);
    }

    private int kvHeads(int numHeads, int otherwise) {
        // An explicit null means as many as heads, even where the default is another number.
        boolean asHeads = config.json().has("num_key_value_heads") || otherwise == 0;
        int numKvHeads = size("num_key_value_heads", asHeads ? numHeads : otherwise);
        if (numHeads % numKvHeads != 0) {
            throw new CheckpointException(
                    config.source()
                            + ": 'num_attention_heads' is "
                            + numHeads
                            + ", which is not a multiple of 'num_key_value_heads', "
                            + numKvHeads
                            + ".");
        }
        return numKvHeads;
    }

    private int headDim(int hiddenSize, int numHeads, int otherwise) {
        OptionalInt given = config.positiveInt("head_dim");
        if (given.isEmpty() && otherwise == 0 && hiddenSize % numHeads != 0) {
            throw new CheckpointException(
                    config.source()
                            + ": 'hidden_size' is "
                            + hiddenSize
                            + ", which is not a multiple of 'num_attention_heads', "
                            + numHeads
                            + ", and there is no 'head_dim'.");
        }
        int headDim = given.orElse(otherwise == 0 ? hiddenSize / numHeads : otherwise);
        if (headDim % 2 != 0) {
            throw new CheckpointException(
                    config.source()
                            + ": a head is "
                            + headDim
                            + " wide; rotary embedding turns pairs, an even width is needed.");
        }
        return headDim;
    }

    private List<Integer> slidingWindows(Architecture architecture, int numLayers) {
        int window =
                config.json().has("sliding_window")
                        ? config.positiveInt("sliding_window").orElse(0)
                        : architecture.defaults.slidingWindow();
        return switch (architecture.windows) {
            case NONE -> Collections.nCopies(numLayers, 0);
            case ALL_LAYERS -> Collections.nCopies(numLayers, window);
            case BY_LAYER ->
                    config.flag("use_sliding_window", false)
                            ? byLayer(window, numLayers)
                            : Collections.nCopies(numLayers, 0);
        };
    }

    /** Layers from {@code max_window_layers} on slide, unless each layer says for itself. */
    private List<Integer> byLayer(int window, int numLayers) {
        List<Integer> windows = new ArrayList<>();
        JsonNode types = config.json().path("layer_types");
        boolean each = types.isArray();
        if (each && types.size() != numLayers) {
            throw config.wrong("layer_types", "a type for each of " + numLayers + " layers");
        }
        // 28 is the default of Qwen's configuration classes, and it may exceed the layers.
        int firstSliding =
                config.has("max_window_layers")
                        ? config.json().get("max_window_layers").asInt()
                        : 28;
        for (int layer = 0; layer < numLayers; layer++) {
            boolean slides = each ? slides(types.get(layer).asText()) : layer >= firstSliding;
            windows.add(slides ? window : 0);
        }
        return windows;
    }

    private boolean slides(String layerType) {
        return switch (layerType) {
            case "sliding_attention" -> true;
            case "full_attention" -> false;
            default ->
                    throw new CheckpointException(
                            config.source()
                                    + ": the layer type '"
                                    + layerType
                                    + "' is not supported yet; supported: full_attention,"
                                    + " sliding_attention.");
        };
    }

    private Optional<DType> dtype() {
        return switch (config.text("dtype", "")) {
            case "bfloat16" -> Optional.of(DType.BF16);
            case "float16" -> Optional.of(DType.F16);
            case "float32" -> Optional.of(DType.F32);
            default -> Optional.empty();
        };
    }
}
