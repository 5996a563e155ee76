package quire.model;

import java.util.Arrays;
import java.util.Optional;

/**
 * The decoder architectures that the forward loop knows, as the choices in which they differ.
 *
 * <p>Values for absent keys are those of the configuration classes of Hugging Face transformers,
 * {@code models/NAME/configuration_NAME.py}.
 */
public enum Architecture {
    LLAMA(
            "LlamaForCausalLM",
            "llama",
            "llama",
            Windows.NONE,
            Biases.AS_CONFIGURED,
            false,
            false,
            new Defaults(32000, 4096, 11008, 32, 32, 0, 0, 2048, 1e-6f, 0)),
    MISTRAL(
            "MistralForCausalLM",
            "mistral",
            "",
            Windows.ALL_LAYERS,
            Biases.NONE,
            false,
            false,
            new Defaults(32000, 4096, 14336, 32, 32, 8, 0, 131072, 1e-6f, 4096)),
    QWEN2(
            "Qwen2ForCausalLM",
            "qwen2",
            "qwen2",
            Windows.BY_LAYER,
            Biases.QKV,
            false,
            false,
            new Defaults(151936, 4096, 22016, 32, 32, 32, 0, 32768, 1e-6f, 4096)),
    QWEN3(
            "Qwen3ForCausalLM",
            "qwen3",
            "qwen3",
            Windows.BY_LAYER,
            Biases.AS_CONFIGURED,
            true,
            false,
            new Defaults(151936, 4096, 22016, 32, 32, 32, 128, 32768, 1e-6f, 4096)),
    PHI3(
            "Phi3ForCausalLM",
            "phi3",
            "phi3",
            Windows.ALL_LAYERS,
            Biases.NONE,
            false,
            true,
            new Defaults(32064, 3072, 8192, 32, 32, 0, 0, 4096, 1e-5f, 0));

    /** Which layers a configured sliding window narrows. */
    enum Windows {
        NONE,
        ALL_LAYERS,
        BY_LAYER
    }

    /** Which projections of attention add a bias. */
    enum Biases {
        NONE,
        QKV,
        AS_CONFIGURED
    }

    /**
     * What transformers assumes where {@code config.json} is silent.
     *
     * @param numKvHeads 0: as many as heads
     * @param headDim 0: hidden size over heads
     * @param slidingWindow 0: none
     */
    record Defaults(
            int vocabSize,
            int hiddenSize,
            int intermediateSize,
            int numLayers,
            int numHeads,
            int numKvHeads,
            int headDim,
            int maxPositions,
            float rmsNormEps,
            int slidingWindow) {}

    private final String className;
    private final String modelType;
    private final String ggufName;
    final Windows windows;
    final Biases biases;
    final boolean qkNorm;
    final boolean fusedProjections;
    final Defaults defaults;

    Architecture(
            String className,
            String modelType,
            String ggufName,
            Windows windows,
            Biases biases,
            boolean qkNorm,
            boolean fusedProjections,
            Defaults defaults) {
        this.className = className;
        this.modelType = modelType;
        this.ggufName = ggufName;
        this.windows = windows;
        this.biases = biases;
        this.qkNorm = qkNorm;
        this.fusedProjections = fusedProjections;
        this.defaults = defaults;
    }

    /** The class in transformers, as {@code architectures} in {@code config.json} names it. */
    public String className() {
        return className;
    }

    /** Whether the layer may add a bias to what a weight of this role gives. */
    boolean mayHaveBias(Weight weight) {
        return switch (weight) {
            case QUERY, KEY, VALUE, QKV -> biases != Biases.NONE;
            case ATTENTION_OUTPUT -> biases == Biases.AS_CONFIGURED;
            case GATE, UP, GATE_UP, DOWN -> this == LLAMA;
            case EMBEDDING, FINAL_NORM, LM_HEAD, INPUT_NORM, QUERY_NORM, KEY_NORM, MLP_NORM ->
                    false;
        };
    }

    static Optional<Architecture> ofClass(String className) {
        return Arrays.stream(values()).filter(a -> a.className.equals(className)).findFirst();
    }

    static Optional<Architecture> ofModelType(String modelType) {
        return Arrays.stream(values()).filter(a -> a.modelType.equals(modelType)).findFirst();
    }

    /** GGUF has no name of its own for Mistral, it is a {@code llama} there. */
    static Optional<Architecture> ofGguf(String name) {
        return Arrays.stream(values())
                .filter(a -> !name.isEmpty() && a.ggufName.equals(name))
                .findFirst();
    }
}
