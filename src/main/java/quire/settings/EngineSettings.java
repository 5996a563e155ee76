package quire.settings;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import quire.engine.CardConfig;
import quire.engine.EngineConfig;
import quire.engine.EngineConfigBuilder;
import quire.error.ConfigurationException;

/** What the settings say to the engine. */
public final class EngineSettings {

    private static final String DEMO = "models/quire-demo";

    private EngineSettings() {}

    /**
     * The engine's configuration.
     *
     * @throws ConfigurationException if two settings do not go together
     */
    public static EngineConfig of(Settings settings) {
        return of(settings, model(settings), settings.of(Flags.SERVED_MODEL_NAME));
    }

    /**
     * As above, for a model that lies elsewhere than the settings say: in a cache.
     *
     * @param servedNames names that requests may use; empty = the one of the folder or file
     */
    public static EngineConfig of(Settings settings, Path model, List<String> servedNames) {
        return builder(settings, model, servedNames).build();
    }

    /** As above, for a command that has more to say itself. */
    public static EngineConfigBuilder builder(
            Settings settings, Path model, List<String> servedNames) {
        EngineConfigBuilder config =
                EngineConfig.builder(model)
                        .servedModelNames(servedNames)
                        .backend(settings.of(Flags.BACKEND))
                        .fallBackToReference(true)
                        .emulate(settings.of(Flags.EMULATE))
                        .dtype(settings.of(Flags.DTYPE))
                        .maxNumSequences(settings.of(Flags.MAX_NUM_SEQS))
                        .blockSize(settings.of(Flags.BLOCK_SIZE))
                        .kvCacheType(settings.of(Flags.KV_CACHE_DTYPE))
                        .enablePrefixCaching(settings.of(Flags.ENABLE_PREFIX_CACHING))
                        .longPrefillTokenThreshold(settings.of(Flags.LONG_PREFILL_TOKEN_THRESHOLD))
                        .seed(settings.of(Flags.SEED))
                        .generationConfig(settings.of(Flags.GENERATION_CONFIG))
                        .stepTimeout(Duration.ofSeconds(settings.of(Flags.STEP_TIMEOUT)))
                        .card(card(settings));
        settings.of(Flags.MAX_MODEL_LEN).ifPresent(config::maxModelLength);
        settings.of(Flags.MAX_NUM_BATCHED_TOKENS).ifPresent(config::maxNumBatchedTokens);
        settings.of(Flags.KV_CACHE_MEMORY_BYTES).ifPresent(config::kvCacheMemoryBytes);
        settings.of(Flags.NUM_GPU_BLOCKS_OVERRIDE).ifPresent(config::numGpuBlocksOverride);
        settings.of(Flags.HF_OVERRIDES).ifPresent(config::hfOverrides);
        settings.of(Flags.CHAT_TEMPLATE).ifPresent(config::chatTemplate);
        settings.of(Flags.THREADS).ifPresent(config::numThreads);
        return config;
    }

    /** The folder or file that the settings name, or the model that comes with Quire. */
    static Path model(Settings settings) {
        Optional<Path> typed = settings.of(Flags.MODEL);
        return typed.map(path -> here(path).orElse(path)).orElseGet(EngineSettings::demoModel);
    }

    /** What lies at the path, or else the model that comes with Quire, if that is its name. */
    public static Optional<Path> here(Path typed) {
        if (Files.exists(typed, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.of(typed);
        }
        Path demo = demoModel();
        return typed.equals(demo.getFileName()) ? Optional.of(demo) : Optional.empty();
    }

    private static CardConfig card(Settings settings) {
        return new CardConfig(
                settings.of(Flags.GPU_MEMORY_UTILIZATION)
                        .map(OptionalDouble::of)
                        .orElse(OptionalDouble.empty()),
                settings.of(Flags.ENFORCE_EAGER),
                settings.of(Flags.CUDAGRAPH_CAPTURE_SIZES),
                settings.of(Flags.ASYNC_SCHEDULING),
                settings.of(Flags.DETERMINISTIC));
    }

    /** The model that comes with Quire, in the folder that Quire is installed in. */
    public static Path demoModel() {
        return Path.of(System.getProperty("quire.home", ".")).resolve(DEMO);
    }
}
