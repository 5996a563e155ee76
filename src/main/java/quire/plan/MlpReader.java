package quire.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import quire.model.Fields;

/** Reads the sizes of what layers do to each token by itself, and which of them have experts. */
record MlpReader(Sizes sizes, Family family, int numLayers) {

    private static final String CHOSEN = "num_experts_per_tok";

    List<ModelShape.Layers> layers() {
        return switch (family) {
            case LLAMA,
                    MISTRAL,
                    QWEN2,
                    QWEN3,
                    PHI3,
                    GEMMA,
                    GEMMA2,
                    GEMMA3,
                    GRANITE,
                    OLMO2,
                    OLMO3,
                    SMOLLM3,
                    SEED_OSS,
                    GLM4,
                    QWEN3_5 ->
                    dense();
            case MIXTRAL, GPT_OSS, MINIMAX_M2 ->
                    all(experts("num_local_experts", "intermediate_size", 0));
            case OLMOE -> all(experts("num_experts", "intermediate_size", 0));
            case QWEN2_MOE, QWEN3_MOE, QWEN3_NEXT -> qwen();
            case JAMBA -> jamba();
            case GRANITE_HYBRID -> granite();
            case NEMOTRON_H -> nemotron();
            case LLAMA4 -> llama4();
            case DEEPSEEK_V2, DEEPSEEK_V3, DEEPSEEK_V32, GLM4_MOE -> deepSeek();
        };
    }

    private Fields config() {
        return sizes.config();
    }

    private List<ModelShape.Layers> all(MlpShape mlp) {
        return List.of(new ModelShape.Layers(numLayers, mlp));
    }

    private List<ModelShape.Layers> dense() {
        boolean biased =
                family == Family.LLAMA
                        || family == Family.GRANITE
                        || family == Family.SMOLLM3
                        || family == Family.SEED_OSS;
        boolean bias = biased && config().flag("mlp_bias", false);
        return all(MlpShape.Dense.gated(sizes.size("intermediate_size"), bias));
    }

    /** Layers have experts at every so manieth place, but for those that a list leaves out. */
    private List<ModelShape.Layers> qwen() {
        int step = config().positiveInt("decoder_sparse_step").orElse(1);
        Set<Integer> dense = numbers("mlp_only_layers");
        String number = config().has("num_experts") ? "num_experts" : "num_local_experts";
        int shared = family.hasGatedExpert() ? sizes.size("shared_expert_intermediate_size") : 0;
        return some(
                layer -> !dense.contains(layer) && (layer + 1) % step == 0,
                "intermediate_size",
                number,
                "moe_intermediate_size",
                shared);
    }

    private List<ModelShape.Layers> jamba() {
        int period = sizes.sizeOr("expert_layer_period", 2);
        int offset = config().has("expert_layer_offset") ? sizes.natural("expert_layer_offset") : 1;
        boolean none = sizes.sizeOr("num_experts", 16) == 1;
        return some(
                layer -> !none && layer % period == offset,
                "intermediate_size",
                "num_experts",
                "intermediate_size",
                0);
    }

    private List<ModelShape.Layers> granite() {
        int shared = sizes.size("shared_intermediate_size");
        return sizes.natural("num_local_experts") == 0
                ? all(MlpShape.Dense.gated(shared, false))
                : all(experts("num_local_experts", "intermediate_size", shared));
    }

    private List<ModelShape.Layers> nemotron() {
        RecurrentReader pattern = new RecurrentReader(sizes, family, numLayers);
        int dense = pattern.letters('-');
        int sparse = pattern.letters('E');
        List<ModelShape.Layers> layers = new ArrayList<>();
        layers.add(new ModelShape.Layers(numLayers - dense - sparse, new MlpShape.None()));
        if (dense > 0) {
            layers.add(new ModelShape.Layers(dense, plain("intermediate_size")));
        }
        if (sparse > 0) {
            int shared = sizes.natural("moe_shared_expert_intermediate_size");
            layers.add(
                    new ModelShape.Layers(
                            sparse, experts("n_routed_experts", "moe_intermediate_size", shared)));
        }
        return layers;
    }

    private MlpShape.Dense plain(String columns) {
        return MlpShape.Dense.plain(sizes.size(columns), config().flag("mlp_bias", false));
    }

    private List<ModelShape.Layers> llama4() {
        int step = config().positiveInt("interleave_moe_layer_step").orElse(1);
        Set<Integer> listed = numbers("moe_layers");
        return some(
                layer -> listed.isEmpty() ? (layer + 1) % step == 0 : listed.contains(layer),
                "intermediate_size_mlp",
                "num_local_experts",
                "intermediate_size",
                sizes.size("intermediate_size"));
    }

    private List<ModelShape.Layers> deepSeek() {
        if (!config().has("n_routed_experts")) {
            return dense();
        }
        int first = sizes.natural("first_k_dense_replace");
        int step = config().positiveInt("moe_layer_freq").orElse(1);
        int columns = sizes.size("moe_intermediate_size");
        int shared = Math.multiplyExact(sizes.natural("n_shared_experts"), columns);
        return some(
                layer -> layer >= first && layer % step == 0,
                "intermediate_size",
                "n_routed_experts",
                "moe_intermediate_size",
                shared);
    }

    private Set<Integer> numbers(String key) {
        Set<Integer> numbers = new HashSet<>();
        JsonNode list = config().json().path(key);
        list.forEach(number -> numbers.add(number.asInt(-1)));
        return numbers;
    }

    private List<ModelShape.Layers> some(
            IntPredicate hasExperts,
            String denseColumns,
            String numExperts,
            String columns,
            int shared) {
        int sparse = (int) IntStream.range(0, numLayers).filter(hasExperts).count();
        List<ModelShape.Layers> layers = new ArrayList<>();
        if (sparse < numLayers) {
            MlpShape dense = MlpShape.Dense.gated(sizes.size(denseColumns), false);
            layers.add(new ModelShape.Layers(numLayers - sparse, dense));
        }
        if (sparse > 0) {
            layers.add(new ModelShape.Layers(sparse, experts(numExperts, columns, shared)));
        }
        return layers;
    }

    private MlpShape experts(String numExperts, String columns, int shared) {
        int number = sizes.size(numExperts);
        int chosen = sizes.size(CHOSEN);
        if (chosen > number) {
            throw config().wrong(CHOSEN, "at most the " + number + " experts");
        }
        boolean biases = family == Family.GPT_OSS;
        return new MlpShape.Experts(
                number,
                chosen,
                family == Family.NEMOTRON_H
                        ? plain(columns)
                        : MlpShape.Dense.gated(sizes.size(columns), biases),
                shared,
                family.hasGatedExpert(),
                biases
                        || family == Family.DEEPSEEK_V3
                        || family == Family.DEEPSEEK_V32
                        || family == Family.NEMOTRON_H
                        || family == Family.GLM4_MOE
                        || family == Family.MINIMAX_M2);
    }
}
