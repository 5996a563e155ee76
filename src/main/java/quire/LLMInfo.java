package quire;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
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
    private final Map<Backend, String> notUsed;
    private final long kvCacheBytes;
    private final long kvCacheTokens;

    private LLMInfo(
            String name,
            String architecture,
            long numParameters,
            int contextLength,
            int vocabSize,
            String backend,
            Map<Backend, String> notUsed,
            long kvCacheBytes,
            long kvCacheTokens) {
        this.name = name;
        this.architecture = architecture;
        this.numParameters = numParameters;
        this.contextLength = contextLength;
        this.vocabSize = vocabSize;
        this.backend = backend;
        this.notUsed = Collections.unmodifiableMap(notUsed);
        this.kvCacheBytes = kvCacheBytes;
        this.kvCacheTokens = kvCacheTokens;
    }

    /**
     * Made by hand, for an {@link LLM} that is none of Quire's.
     *
     * @param name of the model
     * @param contextLength longest prompt and completion together, in tokens
     * @return the info, of which nothing else is known: numbers are 0, texts empty
     */
    public static LLMInfo of(String name, int contextLength) {
        return new LLMInfo(name, "", 0, contextLength, 0, "", Map.of(), 0, 0);
    }

    static LLMInfo of(LlmEngine engine) {
        ModelInfo model = engine.info();
        Map<Backend, String> notUsed = new EnumMap<>(Backend.class);
        engine.backendsNotUsed()
                .forEach(
                        (name, reason) ->
                                notUsed.put(
                                        Backend.valueOf(name.toUpperCase(Locale.ROOT)), reason));
        return new LLMInfo(
                model.servedNames().getFirst(),
                model.architecture(),
                model.numParameters(),
                model.maxModelLength(),
                model.vocabSize(),
                engine.backend(),
                notUsed,
                engine.memoryPlan().kvBytes(),
                (long) engine.limits().numBlocks() * engine.limits().blockSize());
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

    /**
     * Why the backends are not used that {@link Backend#AUTO} prefers to the one that is.
     *
     * @return a clause for each, such as "no NVIDIA driver: …"; unmodifiable
     */
    public Map<Backend, String> notUsed() {
        return notUsed;
    }

    /**
     * Size of the KV cache.
     *
     * @return in bytes
     */
    public long kvCacheBytes() {
        return kvCacheBytes;
    }

    /**
     * How many tokens of prompts and completions the KV cache holds, all that run together.
     *
     * @return in tokens
     */
    public long kvCacheTokens() {
        return kvCacheTokens;
    }

    @Override
    public String toString() {
        return name + ", " + architecture + ", " + contextLength + " tokens, on " + backend;
    }
}
