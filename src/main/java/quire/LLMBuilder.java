package quire;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;
import quire.engine.CardConfig;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfigBuilder;
import quire.engine.LlmEngine;
import quire.error.QuireException;
import quire.reasoning.ReasoningFormat;

/**
 * Options for a model and {@link #load}, which checks them; what is never called stays as the
 * server has it. Not for several threads; may load more than once.
 */
public final class LLMBuilder {

    private final EngineConfigBuilder config;
    private int maxQueue = Integer.MAX_VALUE;
    private OptionalDouble gpuMemoryUtilization = OptionalDouble.empty();
    private boolean enforceEager;
    private List<Integer> cudagraphCaptureSizes = List.of();
    private boolean asyncScheduling = true;
    private boolean deterministic;
    private Optional<String> reasoningParser = Optional.empty();
    private LoadListener progress = (stage, doneBytes, totalBytes) -> {};

    LLMBuilder(Path model) {
        config = EngineConfig.builder(Objects.requireNonNull(model, "model"));
    }

    /**
     * Sets the name that the model goes by in {@link LLMInfo} and metrics. By default that of its
     * folder or file.
     *
     * @param modelName the value
     * @return this builder
     */
    public LLMBuilder modelName(String modelName) {
        config.servedModelNames(List.of(modelName));
        return this;
    }

    /**
     * Sets what computes. By default {@link Backend#AUTO}.
     *
     * @param backend the value
     * @return this builder
     */
    public LLMBuilder backend(Backend backend) {
        config.backend(BackendChoice.valueOf(backend.name()));
        return this;
    }

    /**
     * Sets threads of the CPU backend, from 1 to 1024. By default one a physical core.
     *
     * @param threads the value
     * @return this builder
     */
    public LLMBuilder threads(int threads) {
        config.numThreads(threads);
        return this;
    }

    /**
     * Sets longest prompt and completion together, in tokens; refused where the memory does not
     * hold it. By default the model's own, lowered to what the memory holds.
     *
     * @param contextLength the value
     * @return this builder
     */
    public LLMBuilder contextLength(int contextLength) {
        config.maxModelLength(contextLength);
        return this;
    }

    /**
     * Sets prompts that are computed at once, from 1 to 65,536; others wait. By default 256.
     *
     * @param maxSequences the value
     * @return this builder
     */
    public LLMBuilder maxSequences(int maxSequences) {
        config.maxNumSequences(maxSequences);
        return this;
    }

    /**
     * Sets most tokens of one step of the engine, at least {@link #maxSequences} and at most
     * 1,048,576. By default 2048, or {@link #maxSequences} if that is more.
     *
     * @param maxBatchedTokens the value
     * @return this builder
     */
    public LLMBuilder maxBatchedTokens(int maxBatchedTokens) {
        config.maxNumBatchedTokens(maxBatchedTokens);
        return this;
    }

    /**
     * Sets most tokens of one prompt in a step; 0 is no limit but the step's. By default 0.
     *
     * @param maxPrefillTokens the value
     * @return this builder
     */
    public LLMBuilder maxPrefillTokens(int maxPrefillTokens) {
        config.longPrefillTokenThreshold(maxPrefillTokens);
        return this;
    }

    /**
     * Sets tokens of a block of the KV cache: a power of two from 8 to 256. By default 16.
     *
     * @param blockSize the value
     * @return this builder
     */
    public LLMBuilder blockSize(int blockSize) {
        config.blockSize(blockSize);
        return this;
    }

    /**
     * Sets what {@link ElementType#AUTO} means for the KV cache, and the type of activations on a
     * card; on a processor these are always FLOAT32. By default {@link ElementType#AUTO}.
     *
     * @param dtype the value
     * @return this builder
     */
    public LLMBuilder dtype(ElementType dtype) {
        config.dtype(elementType(dtype));
        return this;
    }

    /**
     * Sets element type of the KV cache. By default {@link ElementType#AUTO}.
     *
     * @param kvCacheType the value
     * @return this builder
     */
    public LLMBuilder kvCacheType(ElementType kvCacheType) {
        config.kvCacheType(elementType(kvCacheType));
        return this;
    }

    /**
     * Sets size of the KV cache in bytes. By default planned from the machine's memory.
     *
     * @param kvCacheBytes the value
     * @return this builder
     */
    public LLMBuilder kvCacheBytes(long kvCacheBytes) {
        config.kvCacheMemoryBytes(kvCacheBytes);
        return this;
    }

    /**
     * Sets blocks of the KV cache in place of a size. By default planned from the machine's memory.
     *
     * @param kvCacheBlocks the value
     * @return this builder
     */
    public LLMBuilder kvCacheBlocks(int kvCacheBlocks) {
        config.numGpuBlocksOverride(kvCacheBlocks);
        return this;
    }

    /**
     * Sets whether the KV cache of equal beginnings is used again. By default true.
     *
     * @param prefixCaching the value
     * @return this builder
     */
    public LLMBuilder prefixCaching(boolean prefixCaching) {
        config.enablePrefixCaching(prefixCaching);
        return this;
    }

    /**
     * Sets what is mixed into the draws of prompts that bring no {@link SamplingParams#seed}. By
     * default 0.
     *
     * @param seed the value
     * @return this builder
     */
    public LLMBuilder seed(long seed) {
        config.seed(seed);
        return this;
    }

    /**
     * Sets a JSON object that is laid over the model's {@code config.json}. By default none.
     *
     * @param hfOverrides the value
     * @return this builder
     */
    public LLMBuilder hfOverrides(String hfOverrides) {
        config.hfOverrides(hfOverrides);
        return this;
    }

    /**
     * Sets the text of a Jinja template for conversations. By default the model's own.
     *
     * @param chatTemplate the value
     * @return this builder
     */
    public LLMBuilder chatTemplate(String chatTemplate) {
        config.chatTemplate(chatTemplate);
        return this;
    }

    /**
     * Sets a file with a Jinja template for conversations. By default the model's own.
     *
     * @param chatTemplate the value
     * @return this builder
     */
    public LLMBuilder chatTemplate(Path chatTemplate) {
        config.chatTemplate(chatTemplate.toString());
        return this;
    }

    /**
     * Sets where sampling defaults come from: "auto" is the model's {@code generation_config.json},
     * "vllm" none, anything else a folder with such a file. By default "auto".
     *
     * @param generationConfig the value
     * @return this builder
     */
    public LLMBuilder generationConfig(String generationConfig) {
        config.generationConfig(generationConfig);
        return this;
    }

    /**
     * Sets how the model writes its thoughts, which are then told apart from its answers to
     * conversations: {@code deepseek_r1} or {@code qwen3}, which vLLM's parsers are called. What an
     * answer must be, such as a response format or a call, begins behind the thought. By default a
     * thought is a part of the text.
     *
     * @param reasoningParser the value
     * @return this builder
     */
    public LLMBuilder reasoningParser(String reasoningParser) {
        this.reasoningParser = Optional.of(reasoningParser);
        return this;
    }

    /**
     * Sets after how long a step of the engine is thought to hang, which ends the engine; from 1 s
     * to 1 day. By default 5 minutes.
     *
     * @param stepTimeout the value
     * @return this builder
     */
    public LLMBuilder stepTimeout(Duration stepTimeout) {
        config.stepTimeout(stepTimeout);
        return this;
    }

    /**
     * Sets most prompts that may wait before further ones are refused with an {@link
     * OverloadException}. By default no limit.
     *
     * @param maxQueue the value
     * @return this builder
     */
    public LLMBuilder maxQueue(int maxQueue) {
        this.maxQueue = maxQueue;
        return this;
    }

    /**
     * Sets the part of a card's memory that this process may take, more than 0 and at most 1;
     * refused where no card is used. By default 0.9, or what others leave.
     *
     * @param gpuMemoryUtilization the value
     * @return this builder
     */
    public LLMBuilder gpuMemoryUtilization(double gpuMemoryUtilization) {
        this.gpuMemoryUtilization = OptionalDouble.of(gpuMemoryUtilization);
        return this;
    }

    /**
     * Sets whether a card launches each kernel by itself, instead of playing back recorded steps.
     * By default false.
     *
     * @param enforceEager the value
     * @return this builder
     */
    public LLMBuilder enforceEager(boolean enforceEager) {
        this.enforceEager = enforceEager;
        return this;
    }

    /**
     * Sets numbers of sequences for which steps are recorded on a card; refused where no card is
     * used. By default a choice that suits {@link #maxSequences}.
     *
     * @param cudagraphCaptureSizes the value
     * @return this builder
     */
    public LLMBuilder cudagraphCaptureSizes(List<Integer> cudagraphCaptureSizes) {
        this.cudagraphCaptureSizes = List.copyOf(cudagraphCaptureSizes);
        return this;
    }

    /**
     * Sets whether a card gets the next step while it computes one. By default true.
     *
     * @param asyncScheduling the value
     * @return this builder
     */
    public LLMBuilder asyncScheduling(boolean asyncScheduling) {
        this.asyncScheduling = asyncScheduling;
        return this;
    }

    /**
     * Sets whether a card uses only kernels that give a prompt the same bits in any company, as
     * other backends always do. By default false.
     *
     * @param deterministic the value
     * @return this builder
     */
    public LLMBuilder deterministic(boolean deterministic) {
        this.deterministic = deterministic;
        return this;
    }

    /**
     * Sets who hears how far loading is. By default nobody.
     *
     * @param progress the value
     * @return this builder
     */
    public LLMBuilder progress(LoadListener progress) {
        this.progress = Objects.requireNonNull(progress, "progress");
        return this;
    }

    private static EngineConfig.ElementType elementType(ElementType type) {
        return EngineConfig.ElementType.valueOf(type.name());
    }

    /**
     * Loads the model and makes it say a token, so that an engine that cannot compute is never
     * given away. Takes as long as that takes. An interrupt ends the wait at once; what was loaded
     * until then is given back a moment later.
     *
     * @return the model, to be closed
     * @throws ModelException if the model's files cannot be used
     * @throws OptionException if an option cannot be honoured, if the machine's memory does not
     *     hold the model, or if nothing but the reference computes on this machine and {@link
     *     #backend} does not ask for it
     * @throws LoadInterruptedException if the thread is interrupted
     * @throws EngineFailedException if the machine fails meanwhile
     */
    public LLM load() {
        return load(
                () -> config.card(card()).build(),
                maxQueue,
                reasoningParser.map(LLMBuilder::thoughts),
                progress);
    }

    static LLM load(
            Supplier<EngineConfig> config,
            int maxQueue,
            Optional<ReasoningFormat> thoughts,
            LoadListener progress) {
        try {
            LlmEngine engine = LlmEngine.load(config.get(), progress::advanced);
            return new EngineLLM(engine, maxQueue, thoughts);
        } catch (RuntimeException e) {
            if (Thread.currentThread().isInterrupted()) {
                throw new LoadInterruptedException(
                        "this thread was interrupted while it loaded a model", e);
            }
            throw e instanceof QuireException ours ? Failures.of(ours) : e;
        }
    }

    private static ReasoningFormat thoughts(String name) {
        Map<String, ReasoningFormat> known = new TreeMap<>(ReasoningFormat.byName());
        if (!known.containsKey(name)) {
            throw new OptionException(
                    "reasoningParser is %s; known are %s"
                            .formatted(name, String.join(", ", known.keySet())));
        }
        return known.get(name);
    }

    private CardConfig card() {
        return new CardConfig(
                gpuMemoryUtilization,
                enforceEager,
                cudagraphCaptureSizes,
                asyncScheduling,
                deterministic);
    }
}
