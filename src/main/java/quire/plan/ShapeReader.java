package quire.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import quire.error.CheckpointException;
import quire.model.ActivationWidths;
import quire.model.Fields;
import quire.weights.Names;

/** Reads the sizes of a model out of its configuration; what it computes is not looked at. */
final class ShapeReader {

    private static final int MOST_LAYERS = 10_000;

    /** Sampling on a card takes no more, and the largest vocabularies have half as many. */
    private static final int MOST_TOKENS = 1 << 19;

    /** Of anything else that the configuration counts, positions apart. */
    private static final int MOST_SIZE = 1 << 24;

    /** Of what lies side by side in a row. */
    private static final int MOST_WIDTH = 1 << 28;

    /** Numbers that the cache keeps of a token. */
    private static final int MOST_CACHED = 1 << 24;

    /** Ten times what the longest context is. */
    private static final int MOST_POSITIONS = 1 << 27;

    /** A thousand times what the largest models have: beyond, a file is damaged. */
    private static final long MOST_PARAMETERS = 1_000_000_000_000_000L;

    private final Fields config;
    private final Family family;

    private ShapeReader(Fields config) {
        this.config = config;
        this.family = family();
    }

    /**
     * The shape that a configuration describes.
     *
     * @throws CheckpointException naming the key that is missing or wrong, or the architecture that
     *     is not known
     */
    static ModelShape read(Fields config) {
        try {
            ModelShape shape = new ShapeReader(config).shape();
            if (shape.numParameters() <= MOST_PARAMETERS
                    && widest(shape) <= MOST_WIDTH
                    && shape.cachedElements() <= MOST_CACHED) {
                return shape;
            }
        } catch (ArithmeticException e) {
            throw tooLarge(config, e);
        }
        throw tooLarge(config, null);
    }

    private static long widest(ModelShape shape) {
        ActivationWidths widths = shape.widths(shape.vocab());
        return LongStream.of(widths.qkv(), widths.attended(), widths.intermediate())
                .max()
                .getAsLong();
    }

    private static CheckpointException tooLarge(Fields config, Throwable cause) {
        return new CheckpointException(
                config.source()
                        + ": its sizes make a model of more than "
                        + MOST_PARAMETERS
                        + " parameters, which nobody has; the file is damaged, download it again.",
                cause);
    }

    /** The class that {@code architectures} names first, or the one of the {@code model_type}. */
    private Family family() {
        JsonNode classes = config.json().path("architectures");
        if (classes.isArray() && !classes.isEmpty()) {
            String name = classes.get(0).asText();
            return Family.ofClass(name).orElseThrow(() -> unknown(name));
        }
        String type = config.text("model_type", "");
        if (type.isEmpty()) {
            throw new CheckpointException(
                    config.source()
                            + " names neither 'architectures' nor 'model_type'; it describes no"
                            + " model.");
        }
        return Family.ofModelType(type).orElseThrow(() -> unknown(type));
    }

    private CheckpointException unknown(String name) {
        return new CheckpointException(
                config.source()
                        + ": the sizes of the architecture "
                        + Names.quote(name)
                        + " are not known; known are "
                        + Arrays.stream(Family.values())
                                .map(known -> known.className)
                                .collect(Collectors.joining(", "))
                        + ".");
    }

    private ModelShape shape() {
        int hidden = size("hidden_size");
        int numLayers = size("num_hidden_layers", MOST_LAYERS);
        return new ModelShape(
                family.className,
                size("vocab_size", MOST_TOKENS),
                hidden,
                family.isDeepSeek() ? latent() : grouped(hidden),
                layers(numLayers),
                family.isGemma() ? 4 : 2,
                config.flag("tie_word_embeddings", family.isGemma()),
                context(),
                new WindowReader(config, family, numLayers).window());
    }

    private AttentionShape grouped(int hidden) {
        int numHeads = size("num_attention_heads");
        int headDim =
                config.has("head_dim")
                        ? size("head_dim")
                        : family.headDim > 0 ? family.headDim : share(hidden);
        boolean configured = config.flag("attention_bias", false);
        boolean all = family.biases == Family.Biases.AS_CONFIGURED && configured;
        return new AttentionShape.Grouped(
                numHeads,
                kvHeads(numHeads),
                headDim,
                rotary(headDim),
                all || family.biases == Family.Biases.QKV,
                all,
                family.hasHeadNorms());
    }

    private int rotary(int headDim) {
        double share = config.child("rope_parameters").positive("partial_rotary_factor").orElse(1);
        return (int) Math.clamp(headDim * share, 1, headDim);
    }

    private int kvHeads(int numHeads) {
        // An explicit null means as many as heads, even where the default is another number.
        boolean asHeads = config.json().has("num_key_value_heads") || family.numKvHeads == 0;
        int kvHeads =
                config.positiveInt("num_key_value_heads")
                        .orElse(asHeads ? numHeads : family.numKvHeads);
        if (numHeads % kvHeads != 0) {
            throw config.wrong("num_key_value_heads", "a divisor of the " + numHeads + " heads");
        }
        return kvHeads;
    }

    /** Columns of a head where nothing says how many: all heads together are the hidden size. */
    private int share(int hidden) {
        int numHeads = size("num_attention_heads");
        if (hidden % numHeads != 0) {
            throw config.wrong("hidden_size", "a multiple of the " + numHeads + " heads");
        }
        return hidden / numHeads;
    }

    private AttentionShape latent() {
        return new AttentionShape.Latent(
                size("num_attention_heads"),
                config.has("q_lora_rank") ? size("q_lora_rank") : 0,
                size("kv_lora_rank"),
                size("qk_nope_head_dim"),
                size("qk_rope_head_dim"),
                size("v_head_dim"),
                config.flag("attention_bias", false));
    }

    private List<ModelShape.Layers> layers(int numLayers) {
        boolean bias = family == Family.LLAMA && config.flag("mlp_bias", false);
        return switch (family) {
            case LLAMA, MISTRAL, QWEN2, QWEN3, PHI3, GEMMA2, GEMMA3 ->
                    List.of(new ModelShape.Layers(numLayers, dense(bias)));
            case MIXTRAL ->
                    List.of(new ModelShape.Layers(numLayers, experts("num_local_experts", 0)));
            case QWEN2_MOE, QWEN3_MOE -> qwenLayers(numLayers);
            case DEEPSEEK_V2, DEEPSEEK_V3 -> deepSeekLayers(numLayers);
        };
    }

    private MlpShape.Gated dense(boolean bias) {
        return new MlpShape.Gated(size("intermediate_size"), bias);
    }

    /** Layers have experts at every so manieth place, but for those that a list leaves out. */
    private List<ModelShape.Layers> qwenLayers(int numLayers) {
        int step = config.positiveInt("decoder_sparse_step").orElse(1);
        Set<Integer> dense = new HashSet<>();
        config.json().path("mlp_only_layers").forEach(layer -> dense.add(layer.asInt(-1)));
        String number = config.has("num_experts") ? "num_experts" : "num_local_experts";
        int shared = family == Family.QWEN2_MOE ? size("shared_expert_intermediate_size") : 0;
        return layers(
                numLayers,
                layer -> !dense.contains(layer) && (layer + 1) % step == 0,
                number,
                shared);
    }

    private List<ModelShape.Layers> deepSeekLayers(int numLayers) {
        if (!config.has("n_routed_experts")) {
            return List.of(new ModelShape.Layers(numLayers, dense(false)));
        }
        int first = natural("first_k_dense_replace");
        int step = config.positiveInt("moe_layer_freq").orElse(1);
        int shared = Math.multiplyExact(natural("n_shared_experts"), size("moe_intermediate_size"));
        return layers(
                numLayers,
                layer -> layer >= first && layer % step == 0,
                "n_routed_experts",
                shared);
    }

    private List<ModelShape.Layers> layers(
            int numLayers, IntPredicate hasExperts, String numExperts, int shared) {
        int sparse = (int) IntStream.range(0, numLayers).filter(hasExperts).count();
        List<ModelShape.Layers> layers = new ArrayList<>();
        if (sparse < numLayers) {
            layers.add(new ModelShape.Layers(numLayers - sparse, dense(false)));
        }
        if (sparse > 0) {
            layers.add(new ModelShape.Layers(sparse, experts(numExperts, shared)));
        }
        return layers;
    }

    private MlpShape experts(String numExperts, int shared) {
        int number = size(numExperts);
        int chosen = size("num_experts_per_tok");
        if (chosen > number) {
            throw config.wrong("num_experts_per_tok", "at most the " + number + " experts");
        }
        String columns = family == Family.MIXTRAL ? "intermediate_size" : "moe_intermediate_size";
        return new MlpShape.Experts(
                number,
                chosen,
                new MlpShape.Gated(size(columns), false),
                shared,
                family == Family.QWEN2_MOE,
                family == Family.DEEPSEEK_V3);
    }

    /** The longest sequence: the configured positions, as far as scaling stretches them. */
    private int context() {
        int positions = size("max_position_embeddings", MOST_POSITIONS);
        Fields rope = config.child("rope_parameters");
        double factor = rope.positive("factor").orElse(1);
        // Early Phi-3 files call LongRoPE "yarn", whose stretching is counted in.
        String type = family == Family.PHI3 ? "" : rope.text("rope_type", "");
        double stretched =
                switch (type) {
                    case "linear" -> positions * factor;
                    case "yarn" ->
                            factor
                                    * rope.positiveInt("original_max_position_embeddings")
                                            .orElse(positions);
                    default -> positions;
                };
        return (int) Math.clamp(stretched, positions, MOST_POSITIONS);
    }

    private int size(String key) {
        return size(key, MOST_SIZE);
    }

    private int size(String key, int most) {
        int size = config.positiveInt(key).orElse(0);
        if (size < 1 || size > most) {
            throw config.wrong(key, "a whole number from 1 to " + most);
        }
        return size;
    }

    /** As {@link #size}, or 0. */
    private int natural(String key) {
        JsonNode value = config.json().path(key);
        return value.isNumber() && value.asDouble() == 0 ? 0 : config.has(key) ? size(key) : 0;
    }
}
