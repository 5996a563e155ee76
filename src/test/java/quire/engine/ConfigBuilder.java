package quire.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfig.ElementType;

/** What of a configuration differs from the defaults, for tests and for the kit. */
public final class ConfigBuilder {

    private final EngineConfig defaults;
    private BackendChoice backend;
    private boolean emulate;
    private ElementType dtype;
    private OptionalInt maxModelLength;
    private int maxNumSequences;
    private int maxNumBatchedTokens;
    private int blockSize;
    private OptionalLong kvCacheMemoryBytes;
    private OptionalInt numThreads;
    private Duration stepTimeout;
    private CardConfig card;

    private ConfigBuilder(EngineConfig defaults) {
        this.defaults = defaults;
        backend = defaults.backend();
        emulate = defaults.emulate();
        dtype = defaults.dtype();
        maxModelLength = defaults.maxModelLength();
        maxNumSequences = defaults.maxNumSequences();
        maxNumBatchedTokens = defaults.maxNumBatchedTokens();
        blockSize = defaults.blockSize();
        kvCacheMemoryBytes = defaults.kvCacheMemoryBytes();
        numThreads = defaults.numThreads();
        stepTimeout = defaults.stepTimeout();
        card = defaults.card();
    }

    public static ConfigBuilder of(Path model) {
        return new ConfigBuilder(EngineConfig.of(model));
    }

    public static ConfigBuilder ofDemo() {
        return of(Path.of("models/quire-demo"));
    }

    public ConfigBuilder backend(BackendChoice backend) {
        this.backend = backend;
        return this;
    }

    public ConfigBuilder emulate(boolean emulate) {
        this.emulate = emulate;
        return this;
    }

    public ConfigBuilder dtype(ElementType dtype) {
        this.dtype = dtype;
        return this;
    }

    public ConfigBuilder maxModelLength(int maxModelLength) {
        this.maxModelLength = OptionalInt.of(maxModelLength);
        return this;
    }

    public ConfigBuilder maxNumSequences(int maxNumSequences) {
        this.maxNumSequences = maxNumSequences;
        return this;
    }

    public ConfigBuilder maxNumBatchedTokens(int maxNumBatchedTokens) {
        this.maxNumBatchedTokens = maxNumBatchedTokens;
        return this;
    }

    public ConfigBuilder blockSize(int blockSize) {
        this.blockSize = blockSize;
        return this;
    }

    public ConfigBuilder kvCacheMemoryBytes(long kvCacheMemoryBytes) {
        this.kvCacheMemoryBytes = OptionalLong.of(kvCacheMemoryBytes);
        return this;
    }

    public ConfigBuilder numThreads(int numThreads) {
        this.numThreads = OptionalInt.of(numThreads);
        return this;
    }

    public ConfigBuilder stepTimeout(Duration stepTimeout) {
        this.stepTimeout = stepTimeout;
        return this;
    }

    public ConfigBuilder card(CardConfig card) {
        this.card = card;
        return this;
    }

    public EngineConfig build() {
        return new EngineConfig(
                defaults.model(),
                defaults.servedModelNames(),
                backend,
                emulate,
                dtype,
                maxModelLength,
                maxNumSequences,
                maxNumBatchedTokens,
                blockSize,
                defaults.kvCacheType(),
                kvCacheMemoryBytes,
                defaults.numGpuBlocksOverride(),
                defaults.enablePrefixCaching(),
                defaults.longPrefillTokenThreshold(),
                defaults.seed(),
                defaults.hfOverrides(),
                defaults.chatTemplate(),
                defaults.generationConfig(),
                numThreads,
                stepTimeout,
                card);
    }
}
