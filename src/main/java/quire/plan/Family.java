package quire.plan;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The architectures whose sizes a configuration gives, those that the engine computes and others.
 *
 * <p>What is assumed of absent keys is what the configuration classes of Hugging Face transformers
 * assume, {@code models/NAME/configuration_NAME.py}.
 */
enum Family {
    LLAMA("LlamaForCausalLM", "llama", Biases.AS_CONFIGURED, 0, 0),
    LLAMA4("Llama4ForCausalLM", "llama4_text", Biases.AS_CONFIGURED, 8, 128),
    MISTRAL(
            "MistralForCausalLM",
            "mistral",
            Biases.NONE,
            8,
            0,
            "Ministral3ForCausalLM",
            "ministral3"),
    QWEN2(
            "Qwen2ForCausalLM",
            "qwen2",
            Biases.QKV,
            32,
            0,
            // Their text part is Qwen 2's, and lies in the open in their first configurations.
            "Qwen2VLForConditionalGeneration",
            "Qwen2_5_VLForConditionalGeneration",
            "qwen2_vl",
            "qwen2_vl_text",
            "qwen2_5_vl",
            "qwen2_5_vl_text"),
    QWEN3("Qwen3ForCausalLM", "qwen3", Biases.AS_CONFIGURED, 32, 128, "qwen3_vl_text"),
    PHI3("Phi3ForCausalLM", "phi3", Biases.NONE, 0, 0),
    GEMMA("GemmaForCausalLM", "gemma", Biases.AS_CONFIGURED, 16, 256),
    GEMMA2("Gemma2ForCausalLM", "gemma2", Biases.AS_CONFIGURED, 4, 256),
    GEMMA3("Gemma3ForCausalLM", "gemma3_text", Biases.AS_CONFIGURED, 4, 256),
    GRANITE("GraniteForCausalLM", "granite", Biases.AS_CONFIGURED, 0, 0),
    GRANITE_HYBRID("GraniteMoeHybridForCausalLM", "granitemoehybrid", Biases.AS_CONFIGURED, 0, 0),
    JAMBA("JambaForCausalLM", "jamba", Biases.NONE, 8, 0),
    NEMOTRON_H("NemotronHForCausalLM", "nemotron_h", Biases.AS_CONFIGURED, 8, 128),
    OLMO2("Olmo2ForCausalLM", "olmo2", Biases.AS_CONFIGURED, 0, 0),
    OLMO3("Olmo3ForCausalLM", "olmo3", Biases.AS_CONFIGURED, 0, 0),
    SMOLLM3("SmolLM3ForCausalLM", "smollm3", Biases.AS_CONFIGURED, 4, 0),
    SEED_OSS("SeedOssForCausalLM", "seed_oss", Biases.QKV_AS_CONFIGURED, 8, 128),
    GLM4("Glm4ForCausalLM", "glm4", Biases.QKV_AS_CONFIGURED, 2, 128),
    MIXTRAL("MixtralForCausalLM", "mixtral", Biases.NONE, 8, 0),
    OLMOE("OlmoeForCausalLM", "olmoe", Biases.AS_CONFIGURED, 0, 0),
    GPT_OSS("GptOssForCausalLM", "gpt_oss", Biases.AS_CONFIGURED, 8, 64),
    QWEN2_MOE("Qwen2MoeForCausalLM", "qwen2_moe", Biases.QKV, 16, 0),
    QWEN3_MOE("Qwen3MoeForCausalLM", "qwen3_moe", Biases.AS_CONFIGURED, 4, 0, "qwen3_vl_moe_text"),
    QWEN3_NEXT(
            "Qwen3NextForCausalLM",
            "qwen3_next",
            Biases.AS_CONFIGURED,
            2,
            256,
            "Qwen3_5MoeForCausalLM",
            "qwen3_5_moe_text"),
    QWEN3_5("Qwen3_5ForCausalLM", "qwen3_5_text", Biases.AS_CONFIGURED, 2, 256),
    MINIMAX_M2("MiniMaxM2ForCausalLM", "minimax_m2", Biases.NONE, 8, 128),
    GLM4_MOE("Glm4MoeForCausalLM", "glm4_moe", Biases.QKV_AS_CONFIGURED, 8, 128),
    DEEPSEEK_V2("DeepseekV2ForCausalLM", "deepseek_v2", Biases.AS_CONFIGURED, 0, 0),
    DEEPSEEK_V3(
            "DeepseekV3ForCausalLM",
            "deepseek_v3",
            Biases.AS_CONFIGURED,
            0,
            0,
            "kimi_k2",
            "kimi_k25"),
    DEEPSEEK_V32(
            "DeepseekV32ForCausalLM",
            "deepseek_v32",
            Biases.AS_CONFIGURED,
            0,
            0,
            "GlmMoeDsaForCausalLM",
            "glm_moe_dsa");

    /** Which projections of attention have biases. */
    enum Biases {
        NONE,
        QKV,
        QKV_AS_CONFIGURED,
        AS_CONFIGURED
    }

    final String className;
    private final List<String> names;
    final Biases biases;

    /** 0: as many as heads. */
    final int numKvHeads;

    /** 0: the hidden size over the heads. */
    final int headDim;

    /**
     * @param others what else configurations call it
     */
    Family(
            String className,
            String modelType,
            Biases biases,
            int numKvHeads,
            int headDim,
            String... others) {
        this.className = className;
        this.names = Stream.concat(Stream.of(className, modelType), Arrays.stream(others)).toList();
        this.biases = biases;
        this.numKvHeads = numKvHeads;
        this.headDim = headDim;
    }

    boolean isGemma() {
        return this == GEMMA || this == GEMMA2 || this == GEMMA3;
    }

    /** Norms of a layer over the hidden size. */
    int normsOfLayer() {
        return switch (this) {
            case GEMMA2, GEMMA3, GLM4 -> 4;
            case NEMOTRON_H -> 1;
            default -> 2;
        };
    }

    /** Whether the output projection is the embedding where nothing is said. */
    boolean isTied() {
        return isGemma() || this == SMOLLM3 || this == GRANITE_HYBRID;
    }

    /** Whether the expert that all tokens meet has a gate of its own. */
    boolean hasGatedExpert() {
        return this == QWEN2_MOE || this == QWEN3_NEXT;
    }

    /** Whether most layers are gated delta nets. */
    boolean hasDeltaNets() {
        return this == QWEN3_NEXT || this == QWEN3_5;
    }

    boolean isDeepSeek() {
        return this == DEEPSEEK_V2 || this == DEEPSEEK_V3 || this == DEEPSEEK_V32;
    }

    /** The one with that class or {@code model_type}. */
    static Optional<Family> of(String name) {
        return Arrays.stream(values()).filter(family -> family.names.contains(name)).findFirst();
    }
}
