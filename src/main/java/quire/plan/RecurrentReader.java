package quire.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import quire.model.Fields;
import quire.plan.WeightShape.Kind;

/**
 * Reads the sizes of layers with a state: Mamba's and those of gated delta nets, as {@code
 * modeling_NAME.py} of Hugging Face transformers has them.
 */
record RecurrentReader(Sizes sizes, Family family, int numLayers) {

    /** Letters of a pattern of Nemotron-H, one for each layer. */
    static final String PATTERN = "hybrid_override_pattern";

    /** Of so many layers of Qwen3-Next the last has attention. */
    private static final int USUAL_INTERVAL = 4;

    private static final int USUAL_KERNEL = 4;

    RecurrentShape recurrent(int hidden) {
        RecurrentShape shape = shape(hidden);
        return shape.numLayers() == 0 ? RecurrentShape.NONE : shape;
    }

    private RecurrentShape shape(int hidden) {
        return switch (family) {
            case QWEN3_NEXT, QWEN3_5 -> deltaNet(hidden, numLayers - attentionLayers());
            case JAMBA -> mamba(hidden, numLayers - attentionLayers());
            case GRANITE_HYBRID ->
                    mamba2(
                            hidden,
                            numLayers - attentionLayers(),
                            sizes.size("mamba_n_heads"),
                            sizes.size("mamba_d_head"),
                            sizes.size("mamba_n_groups"),
                            sizes.size("mamba_d_state"),
                            sizes.sizeOr("mamba_d_conv", USUAL_KERNEL),
                            config().flag("mamba_conv_bias", true));
            case NEMOTRON_H ->
                    mamba2(
                            hidden,
                            letters('M'),
                            sizes.size("mamba_num_heads"),
                            sizes.size("mamba_head_dim"),
                            sizes.size("n_groups"),
                            sizes.size("ssm_state_size"),
                            sizes.sizeOr("conv_kernel", USUAL_KERNEL),
                            config().flag("use_conv_bias", true));
            default -> RecurrentShape.NONE;
        };
    }

    /** How many layers have attention. */
    int attentionLayers() {
        return switch (family) {
            case QWEN3_NEXT, QWEN3_5 -> {
                int interval = sizes.sizeOr("full_attention_interval", USUAL_INTERVAL);
                yield listed("full_attention", "linear_attention", numLayers / interval);
            }
            case GRANITE_HYBRID -> listed("attention", "mamba", 0);
            case JAMBA -> {
                int period = sizes.sizeOr("attn_layer_period", 8);
                int offset = config().has("attn_layer_offset") ? natural("attn_layer_offset") : 4;
                yield (int) IntStream.range(0, numLayers).filter(i -> i % period == offset).count();
            }
            case NEMOTRON_H -> letters('*');
            default -> numLayers;
        };
    }

    private Fields config() {
        return sizes.config();
    }

    private int natural(String key) {
        return sizes.natural(key);
    }

    /** How many layers the list of types gives attention. */
    private int listed(String attention, String state, int otherwise) {
        JsonNode types = config().json().path("layer_types");
        if (types.isMissingNode() || types.isNull()) {
            return otherwise;
        }
        List<String> names = types.valueStream().map(JsonNode::asText).toList();
        if (names.size() != numLayers || !Set.of(attention, state).containsAll(names)) {
            throw config().wrong(
                            "layer_types",
                            "a list of " + numLayers + " times " + attention + " or " + state);
        }
        return (int) names.stream().filter(attention::equals).count();
    }

    /** How many layers of a kind the pattern has. */
    int letters(char kind) {
        String pattern = config().text(PATTERN, "");
        if (pattern.length() != numLayers || !pattern.matches("[M*E-]+")) {
            throw config().wrong(PATTERN, "a string of " + numLayers + " times M, *, E or -");
        }
        return (int) pattern.chars().filter(letter -> letter == kind).count();
    }

    private RecurrentShape deltaNet(int hidden, int layers) {
        int valueHeads = sizes.size("linear_num_value_heads");
        int keyDim = sizes.size("linear_key_head_dim");
        int valueDim = sizes.size("linear_value_head_dim");
        int keys = Math.multiplyExact(sizes.size("linear_num_key_heads"), keyDim);
        int values = Math.multiplyExact(valueHeads, valueDim);
        int mixed = Math.addExact(Math.multiplyExact(2, keys), values);
        int kernel = sizes.sizeOr("linear_conv_kernel_dim", USUAL_KERNEL);
        List<WeightShape> weights = new ArrayList<>();
        // Queries, keys, values and their gate; what decays and what is written.
        weights.add(WeightShape.attention(false, hidden, mixed, values));
        weights.add(WeightShape.matrix(Kind.PLAIN, Math.multiplyExact(2, valueHeads), hidden));
        weights.add(WeightShape.vector(kernel, mixed));
        weights.add(WeightShape.vector(2, valueHeads));
        weights.add(WeightShape.vector(1, valueDim));
        weights.add(WeightShape.attention(false, values, hidden));
        long state = Math.multiplyExact((long) values, keyDim);
        return new RecurrentShape(
                layers,
                valueHeads,
                Math.addExact(mixed, values),
                weights,
                Math.addExact(state, Math.multiplyExact((long) mixed, kernel - 1)));
    }

    private RecurrentShape mamba(int hidden, int layers) {
        int inner = Math.multiplyExact(hidden, sizes.sizeOr("mamba_expand", 2));
        int state = sizes.sizeOr("mamba_d_state", 16);
        int kernel = sizes.sizeOr("mamba_d_conv", USUAL_KERNEL);
        boolean auto = config().json().path("mamba_dt_rank").asText("auto").equals("auto");
        int rank = auto ? Math.ceilDiv(hidden, 16) : sizes.size("mamba_dt_rank");
        boolean bias = config().flag("mamba_proj_bias", false);
        List<WeightShape> weights = new ArrayList<>();
        weights.add(WeightShape.attention(bias, hidden, inner, inner));
        weights.add(convolution(inner, kernel, config().flag("mamba_conv_bias", true)));
        weights.add(WeightShape.attention(false, inner, rank, state, state));
        weights.add(WeightShape.attention(true, rank, inner));
        // What decays, what passes by, and norms of what is projected.
        weights.add(WeightShape.vector(Math.addExact(state, 1), inner));
        weights.add(WeightShape.vector(1, rank));
        weights.add(WeightShape.vector(2, state));
        weights.add(WeightShape.attention(bias, inner, hidden));
        return new RecurrentShape(
                layers,
                inner,
                Math.multiplyExact(2, inner),
                weights,
                Math.multiplyExact((long) inner, Math.addExact(state, kernel - 1)));
    }

    private static WeightShape convolution(int channels, int kernel, boolean bias) {
        return WeightShape.vector(kernel + (bias ? 1 : 0), channels);
    }

    private RecurrentShape mamba2(
            int hidden,
            int layers,
            int heads,
            int headDim,
            int groups,
            int state,
            int kernel,
            boolean bias) {
        int inner = Math.multiplyExact(heads, headDim);
        int shared = Math.multiplyExact(2, Math.multiplyExact(groups, state));
        int mixed = Math.addExact(inner, shared);
        List<WeightShape> weights = new ArrayList<>();
        weights.add(WeightShape.attention(false, hidden, inner, mixed, heads));
        weights.add(convolution(mixed, kernel, bias));
        // What decays, what passes by, the bias of the step; and the norm of what comes out.
        weights.add(WeightShape.vector(3, heads));
        weights.add(WeightShape.vector(1, inner));
        weights.add(WeightShape.attention(false, inner, hidden));
        return new RecurrentShape(
                layers,
                heads,
                Math.addExact(inner, Math.addExact(mixed, heads)),
                weights,
                Math.addExact(
                        Math.multiplyExact((long) inner, state),
                        Math.multiplyExact((long) mixed, kernel - 1)));
    }
}
