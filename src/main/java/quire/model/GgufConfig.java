package quire.model;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.error.CheckpointException;
import quire.ops.RopeTable.Pairing;
import quire.weights.Checkpoint;
import quire.weights.CheckpointTensor;

/**
 * Translates the metadata of a GGUF file into the keys of {@code config.json}, so that one parser
 * reads both and overrides work on both. Keys after ggml's {@code docs/gguf.md}.
 */
final class GgufConfig {

    private static final String SHORT_FACTORS = "rope_factors_short.weight";
    private static final String LONG_FACTORS = "rope_factors_long.weight";

    private final Checkpoint checkpoint;
    private final Map<String, Object> metadata;
    private final String architecture;
    private final ObjectNode json = Fields.emptyObject();

    private GgufConfig(Checkpoint checkpoint) {
        this.checkpoint = checkpoint;
        this.metadata = checkpoint.metadata();
        this.architecture = architecture(checkpoint);
    }

    private static String architecture(Checkpoint checkpoint) {
        refuseWhatIsNoModel(checkpoint);
        if (checkpoint.metadata().get("general.architecture") instanceof String name) {
            return name;
        }
        throw new CheckpointException(
                checkpoint.path()
                        + " has no metadata 'general.architecture'; it describes no model.");
    }

    private static void refuseWhatIsNoModel(Checkpoint checkpoint) {
        Object type = checkpoint.metadata().getOrDefault("general.type", "model");
        String what =
                switch (type.toString()) {
                    case "adapter" ->
                            " is an adapter (LoRA), which changes a model and is none; give the model"
                                    + " itself, with the adapter merged into it";
                    case "mmproj" ->
                            " is a projector of images or sound (mmproj), which belongs to a model and"
                                    + " is none; give the model's own file";
                    case "imatrix" ->
                            " is an importance matrix, which helps to quantise a model and is none;"
                                    + " give the model's own file";
                    default ->
                            checkpoint.names().isEmpty()
                                    ? " holds a vocabulary and no weights; give a file with the model's weights"
                                    : "";
                };
        if (!what.isEmpty()) {
            throw new CheckpointException(checkpoint.path() + what + ".");
        }
    }

    /** The conversion of Llama reorders q and k so that neighbours form a pair. */
    static Pairing pairing(Checkpoint checkpoint) {
        return architecture(checkpoint).equals("llama") ? Pairing.NEIGHBOURS : Pairing.HALVES;
    }

    static ObjectNode asJson(Checkpoint checkpoint) {
        return new GgufConfig(checkpoint).translate();
    }

    private ObjectNode translate() {
        json.putArray("architectures").add(className());
        copy("context_length", "max_position_embeddings");
        copy("embedding_length", "hidden_size");
        copy("block_count", "num_hidden_layers");
        copy("feed_forward_length", "intermediate_size");
        copy("attention.head_count", "num_attention_heads");
        copy("attention.head_count_kv", "num_key_value_heads");
        copy("attention.layer_norm_rms_epsilon", "rms_norm_eps");
        copy("attention.key_length", "head_dim");
        copy("attention.sliding_window", "sliding_window");
        copy("attn_logit_softcapping", "attn_logit_softcapping");
        copy("final_logit_softcapping", "final_logit_softcapping");
        copy("embedding_scale", "embedding_multiplier");
        copy("residual_scale", "residual_multiplier");
        copy("logit_scale", "logits_scaling");
        vocabSize();
        // The format has no flag for this: the tensor is there or not.
        json.put("tie_word_embeddings", checkpoint.find("output.weight").isEmpty());
        if (!json.has("head_dim")
                && number("attention.head_count").isPresent()
                && number("embedding_length").isPresent()) {
            // Said outright, since defaults of transformers are none of GGUF.
            json.put(
                    "head_dim",
                    number("embedding_length").get().intValue()
                            / Math.max(1, number("attention.head_count").get().intValue()));
        }
        rope();
        return json;
    }

    private String className() {
        if (metadata.get(architecture + ".expert_count") instanceof Long count && count > 0) {
            return architecture + " with experts";
        }
        // Mistral is converted to "llama"; what tells it apart is the window.
        boolean mistral =
                architecture.equals("llama") && number("attention.sliding_window").isPresent();
        return mistral
                ? Architecture.MISTRAL.className()
                : Architecture.ofGguf(architecture)
                        .map(Architecture::className)
                        .orElse(architecture);
    }

    private void vocabSize() {
        Optional<CheckpointTensor> embedding = checkpoint.find("token_embd.weight");
        if (embedding.isPresent() && embedding.get().shape().size() == 2) {
            json.put("vocab_size", embedding.get().shape().getFirst());
        } else if (metadata.get("tokenizer.ggml.tokens") instanceof List<?> tokens) {
            json.put("vocab_size", tokens.size());
        }
    }

    private void rope() {
        ObjectNode rope = json.putObject("rope_parameters");
        rope.put("rope_theta", number("rope.freq_base").orElse(10000.0).doubleValue());
        number("rope.dimension_count")
                .ifPresent(
                        dimensions -> {
                            int headDim = json.path("head_dim").asInt();
                            if (headDim > 0) {
                                // Half a dimension more, so that cutting the product off lands on
                                // the count.
                                rope.put(
                                        "partial_rotary_factor",
                                        Math.min(1, (dimensions.intValue() + 0.5) / headDim));
                            }
                        });
        Optional<CheckpointTensor> shortFactors = checkpoint.find(SHORT_FACTORS);
        Optional<CheckpointTensor> longFactors = checkpoint.find(LONG_FACTORS);
        if (shortFactors.isPresent() || longFactors.isPresent()) {
            longRope(rope, shortFactors, longFactors);
        } else {
            scaling(rope);
        }
    }

    static boolean reads(String tensor) {
        return tensor.equals(SHORT_FACTORS) || tensor.equals(LONG_FACTORS);
    }

    /** Converters name no type for this one, its two tensors tell. */
    private void longRope(
            ObjectNode rope,
            Optional<CheckpointTensor> shortFactors,
            Optional<CheckpointTensor> longFactors) {
        rope.put("rope_type", "longrope");
        shortFactors.ifPresent(tensor -> array(rope, "short_factor", tensor.toFloats()));
        longFactors.ifPresent(tensor -> array(rope, "long_factor", tensor.toFloats()));
        rope.put(
                "attention_factor",
                number("rope.scaling.attn_factor").map(Number::doubleValue).orElse(1.0));
        originalLength(rope);
    }

    private static void array(ObjectNode rope, String key, float[] values) {
        ArrayNode array = rope.putArray(key);
        for (float value : values) {
            array.add((double) value);
        }
    }

    private void originalLength(ObjectNode rope) {
        number("rope.scaling.original_context_length")
                .or(() -> number("context_length"))
                .ifPresent(n -> rope.put("original_max_position_embeddings", n.intValue()));
    }

    /**
     * As llama.cpp has it ({@code src/llama-model.cpp}): a factor without a type scales linearly,
     * {@code rope.scale_linear} is its older name, and zero means none.
     */
    private void scaling(ObjectNode rope) {
        Object type = metadata.getOrDefault(architecture + ".rope.scaling.type", "linear");
        double given =
                number("rope.scaling.factor")
                        .or(() -> number("rope.scale_linear"))
                        .map(Number::doubleValue)
                        .orElse(0.0);
        double factor = given == 0 ? 1 : given;
        if (type.equals("none") || type.equals("linear") && factor == 1) {
            return;
        }
        rope.put("rope_type", type.toString());
        rope.put("factor", factor);
        originalLength(rope);
        number("rope.scaling.yarn_beta_fast")
                .ifPresent(n -> rope.put("beta_fast", n.doubleValue()));
        number("rope.scaling.yarn_beta_slow")
                .ifPresent(n -> rope.put("beta_slow", n.doubleValue()));
        Optional<Number> attention = number("rope.scaling.attn_factor");
        if (type.equals("yarn") && attention.isPresent()) {
            // Here it comes on top of the one derived from the factor, not in its place.
            rope.put(
                    "attention_factor",
                    attention.get().doubleValue() * RopeParser.mscale(factor, 1));
        }
    }

    private void copy(String key, String as) {
        number(key)
                .ifPresent(
                        number -> {
                            switch (number) {
                                case Long integer -> json.put(as, integer);
                                default -> json.put(as, number.doubleValue());
                            }
                        });
    }

    private Optional<Number> number(String key) {
        return switch (metadata.get(architecture + "." + key)) {
            case null -> Optional.empty();
            case Number number -> Optional.of(number);
            case long[] perLayer -> {
                if (perLayer.length == 0
                        || Arrays.stream(perLayer).anyMatch(value -> value != perLayer[0])) {
                    throw new CheckpointException(
                            checkpoint.path()
                                    + ": '"
                                    + architecture
                                    + "."
                                    + key
                                    + "' has "
                                    + perLayer.length
                                    + " values; sizes that differ by layer are not supported yet.");
                }
                yield Optional.of(perLayer[0]);
            }
            default ->
                    throw new CheckpointException(
                            checkpoint.path()
                                    + ": '"
                                    + architecture
                                    + "."
                                    + key
                                    + "' is no number.");
        };
    }
}
