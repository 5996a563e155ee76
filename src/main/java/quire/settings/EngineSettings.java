package quire.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.engine.CardConfig;
import quire.engine.EngineConfig;
import quire.error.ConfigurationException;

/** What the settings say to the engine. */
public final class EngineSettings {

    private static final int DEFAULT_BATCHED_TOKENS = 2048;
    private static final String DEMO = "models/quire-demo";

    private EngineSettings() {}

    /**
     * The engine's configuration.
     *
     * @throws ConfigurationException if two settings do not go together
     */
    public static EngineConfig of(Settings settings) {
        int sequences = settings.of(Flags.MAX_NUM_SEQS);
        return new EngineConfig(
                settings.of(Flags.MODEL).orElseGet(EngineSettings::demoModel),
                settings.of(Flags.SERVED_MODEL_NAME),
                settings.of(Flags.BACKEND),
                settings.of(Flags.EMULATE),
                settings.of(Flags.DTYPE),
                optionalInt(settings.of(Flags.MAX_MODEL_LEN)),
                sequences,
                settings.of(Flags.MAX_NUM_BATCHED_TOKENS)
                        .orElse(Math.max(DEFAULT_BATCHED_TOKENS, sequences)),
                settings.of(Flags.BLOCK_SIZE),
                settings.of(Flags.KV_CACHE_DTYPE),
                settings.of(Flags.KV_CACHE_MEMORY_BYTES)
                        .map(OptionalLong::of)
                        .orElse(OptionalLong.empty()),
                optionalInt(settings.of(Flags.NUM_GPU_BLOCKS_OVERRIDE)),
                settings.of(Flags.ENABLE_PREFIX_CACHING),
                settings.of(Flags.LONG_PREFILL_TOKEN_THRESHOLD),
                settings.of(Flags.SEED),
                settings.of(Flags.HF_OVERRIDES),
                settings.of(Flags.CHAT_TEMPLATE),
                settings.of(Flags.GENERATION_CONFIG),
                optionalInt(settings.of(Flags.THREADS)),
                Duration.ofSeconds(settings.of(Flags.STEP_TIMEOUT)),
                card(settings));
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

    private static OptionalInt optionalInt(Optional<Integer> value) {
        return value.map(OptionalInt::of).orElse(OptionalInt.empty());
    }
}
