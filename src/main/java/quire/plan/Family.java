package quire.plan;

import java.util.Arrays;
import java.util.Optional;

/**
 * The architectures whose sizes a configuration gives, those that the engine computes and others.
 *
 * <p>What is assumed of absent keys is what the configuration classes of Hugging Face transformers
 * assume, {@code models/NAME/configuration_NAME.py}.
 */
enum Family {
    LLAMA("LlamaForCausalLM", "llama", Biases.AS_CONFIGURED, 0, 0),
    MISTRAL("MistralForCausalLM", "mistral", Biases.NONE, 8, 0),
    QWEN2("Qwen2ForCausalLM", "qwen2", Biases.QKV, 32, 0),
    QWEN3("Qwen3ForCausalLM", "qwen3", Biases.AS_CONFIGURED, 32, 128),
    PHI3("Phi3ForCausalLM", "phi3", Biases.NONE, 0, 0),
    GEMMA2("Gemma2ForCausalLM", "gemma2", Biases.AS_CONFIGURED, 4, 256),
    GEMMA3("Gemma3ForCausalLM", "gemma3_text", Biases.AS_CONFIGURED, 4, 256),
    MIXTRAL("MixtralForCausalLM", "mixtral", Biases.NONE, 8, 0),
    QWEN2_MOE("Qwen2MoeForCausalLM", "qwen2_moe", Biases.QKV, 16, 0),
    QWEN3_MOE("Qwen3MoeForCausalLM", "qwen3_moe", Biases.AS_CONFIGURED, 4, 0),
    DEEPSEEK_V2("DeepseekV2ForCausalLM", "deepseek_v2", Biases.AS_CONFIGURED, 0, 0),
    DEEPSEEK_V3("DeepseekV3ForCausalLM", "deepseek_v3", Biases.AS_CONFIGURED, 0, 0);

    /** Which projections of attention have biases. */
    enum Biases {
        NONE,
        QKV,
        AS_CONFIGURED
    }

    final String className;
    private final String modelType;
    final Biases biases;

    /** 0: as many as heads. */
    final int numKvHeads;

    /** 0: the hidden size over the heads. */
    final int headDim;

    Family(String className, String modelType, Biases biases, int numKvHeads, int headDim) {
        this.className = className;
        this.modelType = modelType;
        this.biases = biases;
        this.numKvHeads = numKvHeads;
        this.headDim = headDim;
    }

    boolean isGemma() {
        return this == GEMMA2 || this == GEMMA3;
    }

    /** Whether q and k are normed head by head. */
    boolean hasHeadNorms() {
        return this == QWEN3 || this == QWEN3_MOE || this == GEMMA3;
    }

    boolean isDeepSeek() {
        return this == DEEPSEEK_V2 || this == DEEPSEEK_V3;
    }

    static Optional<Family> ofClass(String className) {
        return Arrays.stream(values()).filter(f -> f.className.equals(className)).findFirst();
    }

    static Optional<Family> ofModelType(String modelType) {
        return Arrays.stream(values()).filter(f -> f.modelType.equals(modelType)).findFirst();
    }
}
