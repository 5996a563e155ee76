package quire;

import quire.engine.LlmEngine;
import quire.engine.ModelInfo;

/** What is known of a loaded model and of what computes it. Immutable. */
public final class LLMInfo {

    private final String name;
    private final String architecture;
    private final long numParameters;
    private final int contextLength;
    private final int vocabSize;
    private final String backend;

    private LLMInfo(
            String name,
            String architecture,
            long numParameters,
            int contextLength,
            int vocabSize,
            String backend) {
        this.name = name;
        this.architecture = architecture;
        this.numParameters = numParameters;
        this.contextLength = contextLength;
        this.vocabSize = vocabSize;
        this.backend = backend;
    }

    /**
     * Made by hand, for an {@link LLM} that is none of Quire's.
     *
     * @param name of the model
     * @param contextLength longest prompt and completion together, in tokens
     * @return the info, of which nothing else is known: numbers are 0, texts empty
     */
    public static LLMInfo of(String name, int contextLength) {
        return new LLMInfo(name, "", 0, contextLength, 0, "");
    }

    static LLMInfo of(LlmEngine engine) {
        ModelInfo model = engine.info();
        return new LLMInfo(
                model.servedNames().getFirst(),
                model.architecture(),
                model.numParameters(),
                model.maxModelLength(),
                model.vocabSize(),
                engine.backend());
    }

    /**
     * The model's name: {@link LLMBuilder#modelName}, or that of its folder or file.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * The model's architecture.
     *
     * @return such as {@code Qwen2ForCausalLM}
     */
    public String architecture() {
        return architecture;
    }

    /**
     * Elements of all weights.
     *
     * @return how many
     */
    public long numParameters() {
        return numParameters;
    }

    /**
     * Longest prompt and completion together.
     *
     * @return in tokens
     */
    public int contextLength() {
        return contextLength;
    }

    /**
     * Token ids are below this.
     *
     * @return one more than the largest
     */
    public int vocabSize() {
        return vocabSize;
    }

    /**
     * What computes the model, and how.
     *
     * @return such as {@code cpu (avx512)}
     */
    public String backend() {
        return backend;
    }

    @Override
    public String toString() {
        return name + ", " + architecture + ", " + contextLength + " tokens, on " + backend;
    }
}
