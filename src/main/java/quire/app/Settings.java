package quire.app;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfig.ElementType;
import quire.error.ConfigurationException;

/** Turns typed text into an {@link EngineConfig}, naming the flag where it cannot. */
final class Settings {

    private static final int DEFAULT_BATCHED_TOKENS = 2048;
    private static final Map<String, BackendChoice> BACKENDS =
            Map.of(
                    "auto",
                    BackendChoice.AUTO,
                    "cpu",
                    BackendChoice.CPU,
                    "reference",
                    BackendChoice.REFERENCE);
    private static final Map<String, ElementType> TYPES =
            Map.of(
                    "auto",
                    ElementType.AUTO,
                    "float32",
                    ElementType.FLOAT32,
                    "float",
                    ElementType.FLOAT32,
                    "float16",
                    ElementType.FLOAT16,
                    "half",
                    ElementType.FLOAT16,
                    "bfloat16",
                    ElementType.BFLOAT16);

    /** Powers that a suffix stands for: lower case decimal, upper case binary, as in vLLM. */
    private static final Map<Character, Long> UNITS =
            Map.of(
                    'k',
                    1_000L,
                    'K',
                    1L << 10,
                    'm',
                    1_000_000L,
                    'M',
                    1L << 20,
                    'g',
                    1_000_000_000L,
                    'G',
                    1L << 30,
                    't',
                    1_000_000_000_000L,
                    'T',
                    1L << 40);

    private Settings() {}

    /**
     * @throws ConfigurationException that names the flag, its value and what is allowed
     */
    static EngineConfig engine(QuireConfig config) {
        int sequences = Math.toIntExact(number("--max-num-seqs", config.maxNumSeqs(), 1, 65_536));
        int batched =
                config.maxNumBatchedTokens()
                        .map(
                                text ->
                                        Math.toIntExact(
                                                number(
                                                        "--max-num-batched-tokens",
                                                        text,
                                                        1,
                                                        1 << 20)))
                        .orElse(Math.max(DEFAULT_BATCHED_TOKENS, sequences));
        return new EngineConfig(
                model(config),
                config.servedModelName().orElse(List.of()),
                choice("--backend", config.backend(), BACKENDS),
                choice("--dtype", config.dtype(), TYPES),
                config.maxModelLen().equalsIgnoreCase("auto")
                        ? OptionalInt.empty()
                        : OptionalInt.of(
                                Math.toIntExact(
                                        number(
                                                "--max-model-len",
                                                config.maxModelLen(),
                                                1,
                                                Integer.MAX_VALUE))),
                sequences,
                batched,
                Math.toIntExact(number("--block-size", config.blockSize(), 8, 256)),
                choice("--kv-cache-dtype", config.kvCacheDtype(), TYPES),
                config.kvCacheMemoryBytes()
                        .map(
                                text ->
                                        OptionalLong.of(
                                                number(
                                                        "--kv-cache-memory-bytes",
                                                        text,
                                                        1,
                                                        Long.MAX_VALUE)))
                        .orElse(OptionalLong.empty()),
                flag("--enable-prefix-caching", config.enablePrefixCaching()),
                Math.toIntExact(
                        number(
                                "--long-prefill-token-threshold",
                                config.longPrefillTokenThreshold(),
                                0,
                                Integer.MAX_VALUE)),
                number("--seed", config.seed(), Long.MIN_VALUE, Long.MAX_VALUE),
                config.hfOverrides(),
                config.chatTemplate(),
                config.generationConfig(),
                config.threads()
                        .map(
                                text ->
                                        OptionalInt.of(
                                                Math.toIntExact(
                                                        number("--threads", text, 1, 1024))))
                        .orElse(OptionalInt.empty()));
    }

    /** Requests that may wait. */
    static int maxQueue(QuireConfig config) {
        return Math.toIntExact(number("--max-queue", config.maxQueue(), 1, 1_000_000));
    }

    private static Path model(QuireConfig config) {
        Optional<String> named = config.model().filter(text -> !text.isBlank());
        return named.map(Path::of).orElse(Path.of(config.home()).resolve("models/quire-demo"));
    }

    private static <T> T choice(String flag, String value, Map<String, T> allowed) {
        T chosen = allowed.get(value.toLowerCase(Locale.ROOT));
        if (chosen == null) {
            throw new ConfigurationException(
                    flag
                            + " '"
                            + value
                            + "' is not one of "
                            + String.join(", ", allowed.keySet().stream().sorted().toList()));
        }
        return chosen;
    }

    private static boolean flag(String name, String value) {
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "1", "yes", "on" -> true;
            case "false", "0", "no", "off" -> false;
            default ->
                    throw new ConfigurationException(
                            name + " '" + value + "' is neither true nor false");
        };
    }

    /** A whole number, with a unit perhaps: {@code 4096}, {@code 4K}, {@code 1.5G}. */
    static long number(String flag, String text, long least, long most) {
        String digits = text.strip();
        long unit = 1;
        if (!digits.isEmpty() && UNITS.containsKey(digits.charAt(digits.length() - 1))) {
            unit = UNITS.get(digits.charAt(digits.length() - 1));
            digits = digits.substring(0, digits.length() - 1);
        }
        BigDecimal value;
        try {
            value = new BigDecimal(digits).multiply(BigDecimal.valueOf(unit));
        } catch (NumberFormatException e) {
            throw new ConfigurationException(
                    flag + " '" + text + "' is not a number such as 4096, 4K (4096) or 4k (4000)",
                    e);
        }
        if (value.stripTrailingZeros().scale() > 0
                || value.compareTo(BigDecimal.valueOf(least)) < 0
                || value.compareTo(BigDecimal.valueOf(most)) > 0) {
            throw new ConfigurationException(
                    flag + " " + text + " is not a whole number from " + least + " to " + most);
        }
        return value.longValueExact();
    }
}
