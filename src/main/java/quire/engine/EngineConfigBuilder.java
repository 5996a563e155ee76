package quire.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfig.ElementType;
import quire.error.ConfigurationException;

/**
 * Makes an {@link EngineConfig}: the one place that knows what holds where nobody says anything. A
 * method for each component; what is never said stays as it is here.
 */
public final class EngineConfigBuilder {

    /** Enough for a prompt to be read at the full speed of a CPU. */
    private static final int BATCHED_TOKENS = 2048;

    /** As long as vLLM waits for a step. */
    private static final Duration STEP_TIMEOUT = Duration.ofMinutes(5);

    private final Path model;
    private List<String> servedModelNames = List.of();
    private BackendChoice backend = BackendChoice.AUTO;
    private boolean fallBackToReference = false;
    private boolean emulate = false;
    private ElementType dtype = ElementType.AUTO;
    private OptionalInt maxModelLength = OptionalInt.empty();
    private int maxNumSequences = 256;
    private OptionalInt maxNumBatchedTokens = OptionalInt.empty();
    private int blockSize = 16;
    private ElementType kvCacheType = ElementType.AUTO;
    private OptionalLong kvCacheMemoryBytes = OptionalLong.empty();
    private OptionalInt numGpuBlocksOverride = OptionalInt.empty();
    private boolean enablePrefixCaching = true;
    private int longPrefillTokenThreshold = 0;
    private long seed = 0;
    private Optional<String> hfOverrides = Optional.empty();
    private Optional<String> chatTemplate = Optional.empty();
    private String generationConfig = "auto";
    private OptionalInt numThreads = OptionalInt.empty();
    private Duration stepTimeout = STEP_TIMEOUT;
    private CardConfig card = CardConfig.DEFAULT;

    EngineConfigBuilder(Path model) {
        this.model = model;
    }

    public EngineConfigBuilder servedModelNames(List<String> servedModelNames) {
        this.servedModelNames = servedModelNames;
        return this;
    }

    public EngineConfigBuilder backend(BackendChoice backend) {
        this.backend = backend;
        return this;
    }

    public EngineConfigBuilder fallBackToReference(boolean fallBackToReference) {
        this.fallBackToReference = fallBackToReference;
        return this;
    }

    public EngineConfigBuilder emulate(boolean emulate) {
        this.emulate = emulate;
        return this;
    }

    public EngineConfigBuilder dtype(ElementType dtype) {
        this.dtype = dtype;
        return this;
    }

    public EngineConfigBuilder maxModelLength(int maxModelLength) {
        this.maxModelLength = OptionalInt.of(maxModelLength);
        return this;
    }

    public EngineConfigBuilder maxNumSequences(int maxNumSequences) {
        this.maxNumSequences = maxNumSequences;
        return this;
    }

    /** Where this is never called, 2048, or the sequences that run at once if they are more. */
    public EngineConfigBuilder maxNumBatchedTokens(int maxNumBatchedTokens) {
        this.maxNumBatchedTokens = OptionalInt.of(maxNumBatchedTokens);
        return this;
    }

    public EngineConfigBuilder blockSize(int blockSize) {
        this.blockSize = blockSize;
        return this;
    }

    public EngineConfigBuilder kvCacheType(ElementType kvCacheType) {
        this.kvCacheType = kvCacheType;
        return this;
    }

    public EngineConfigBuilder kvCacheMemoryBytes(long kvCacheMemoryBytes) {
        this.kvCacheMemoryBytes = OptionalLong.of(kvCacheMemoryBytes);
        return this;
    }

    public EngineConfigBuilder numGpuBlocksOverride(int numGpuBlocksOverride) {
        this.numGpuBlocksOverride = OptionalInt.of(numGpuBlocksOverride);
        return this;
    }

    public EngineConfigBuilder enablePrefixCaching(boolean enablePrefixCaching) {
        this.enablePrefixCaching = enablePrefixCaching;
        return this;
    }

    public EngineConfigBuilder longPrefillTokenThreshold(int longPrefillTokenThreshold) {
        this.longPrefillTokenThreshold = longPrefillTokenThreshold;
        return this;
    }

    public EngineConfigBuilder seed(long seed) {
        this.seed = seed;
        return this;
    }

    public EngineConfigBuilder hfOverrides(String hfOverrides) {
        this.hfOverrides = Optional.of(hfOverrides);
        return this;
    }

    public EngineConfigBuilder chatTemplate(String chatTemplate) {
        this.chatTemplate = Optional.of(chatTemplate);
        return this;
    }

    public EngineConfigBuilder generationConfig(String generationConfig) {
        this.generationConfig = generationConfig;
        return this;
    }

    public EngineConfigBuilder numThreads(int numThreads) {
        this.numThreads = OptionalInt.of(numThreads);
        return this;
    }

    public EngineConfigBuilder stepTimeout(Duration stepTimeout) {
        this.stepTimeout = stepTimeout;
        return this;
    }

    public EngineConfigBuilder card(CardConfig card) {
        this.card = card;
        return this;
    }

    /**
     * The configuration, as far as it can be checked without a model and a machine.
     *
     * @throws ConfigurationException if a value is outside of what is allowed, or two do not go
     *     together
     */
    public EngineConfig build() {
        return new EngineConfig(
                model,
                servedModelNames,
                backend,
                fallBackToReference,
                emulate,
                dtype,
                maxModelLength,
                maxNumSequences,
                maxNumBatchedTokens.orElse(Math.max(BATCHED_TOKENS, maxNumSequences)),
                blockSize,
                kvCacheType,
                kvCacheMemoryBytes,
                numGpuBlocksOverride,
                enablePrefixCaching,
                longPrefillTokenThreshold,
                seed,
                hfOverrides,
                chatTemplate,
                generationConfig,
                numThreads,
                stepTimeout,
                card);
    }
}
