package quire.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.engine.CardConfig;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.EngineConfig.ElementType;
import quire.error.ConfigurationException;

/** From typed text to values, and to the engine's configuration. */
class SettingsTest {

    private static Settings settings(Map<String, String> flags, Map<String, String> environment) {
        Map<Flag<?>, Given> given = new HashMap<>();
        flags.forEach(
                (name, value) -> {
                    Flag<?> flag = Flags.find(name).orElseThrow();
                    given.put(flag, Given.of(Origin.COMMAND_LINE, flag, List.of(value)));
                });
        return Settings.read(given, environment);
    }

    private static EngineConfig engine(Map<String, String> flags) {
        return EngineSettings.of(settings(flags, Map.of()));
    }

    private static EngineConfig engine(String name, String value) {
        return engine(Map.of(name, value));
    }

    private static String refusal(String name, String value) {
        return assertThrows(ConfigurationException.class, () -> engine(name, value))
                .message(Flags::spelled);
    }

    @Test
    void nothingTypedMeansTheDefaultsOfTheEngineAndTheDemoModel() {
        assertEquals(
                EngineConfig.builder(EngineSettings.demoModel()).fallBackToReference(true).build(),
                engine(Map.of()));
        assertTrue(EngineSettings.demoModel().endsWith("models/quire-demo"));
        assertEquals(EngineSettings.demoModel(), engine("model", "quire-demo").model());
        Settings settings = settings(Map.of(), Map.of());
        assertEquals(2048, settings.of(Flags.MAX_QUEUE));
        assertEquals(List.of(), settings.of(Flags.API_KEY));
    }

    @Test
    void everySettingReachesTheEngine() {
        Map<String, String> typed =
                Map.ofEntries(
                        Map.entry("model", "models/one.gguf"),
                        Map.entry("served-model-name", "one,two"),
                        Map.entry("backend", "cuda"),
                        Map.entry("emulate", "true"),
                        Map.entry("dtype", "half"),
                        Map.entry("max-model-len", "1K"),
                        Map.entry("max-num-seqs", "8"),
                        Map.entry("max-num-batched-tokens", "512"),
                        Map.entry("block-size", "32"),
                        Map.entry("kv-cache-dtype", "float32"),
                        Map.entry("kv-cache-memory-bytes", "1.5G"),
                        Map.entry("enable-prefix-caching", "false"),
                        Map.entry("long-prefill-token-threshold", "64"),
                        Map.entry("seed", "-7"),
                        Map.entry("hf-overrides", "{\"rope_theta\": 1.0}"),
                        Map.entry("chat-template", "chat.jinja"),
                        Map.entry("generation-config", "vllm"),
                        Map.entry("gpu-memory-utilization", "0.75"),
                        Map.entry("cudagraph-capture-sizes", "8,1, 4"),
                        Map.entry("async-scheduling", "false"),
                        Map.entry("deterministic", "true"),
                        Map.entry("step-timeout", "20"),
                        Map.entry("threads", "3"));
        EngineConfig expected =
                EngineConfig.builder(Path.of("models/one.gguf"))
                        .servedModelNames(List.of("one", "two"))
                        .backend(BackendChoice.CUDA)
                        .fallBackToReference(true)
                        .emulate(true)
                        .dtype(ElementType.FLOAT16)
                        .maxModelLength(1024)
                        .maxNumSequences(8)
                        .maxNumBatchedTokens(512)
                        .blockSize(32)
                        .kvCacheType(ElementType.FLOAT32)
                        .kvCacheMemoryBytes(3L << 29)
                        .enablePrefixCaching(false)
                        .longPrefillTokenThreshold(64)
                        .seed(-7)
                        .hfOverrides("{\"rope_theta\": 1.0}")
                        .chatTemplate("chat.jinja")
                        .generationConfig("vllm")
                        .numThreads(3)
                        .stepTimeout(Duration.ofSeconds(20))
                        .card(
                                new CardConfig(
                                        OptionalDouble.of(0.75),
                                        false,
                                        List.of(1, 4, 8),
                                        false,
                                        true))
                        .build();
        assertEquals(expected, engine(typed));
        assertEquals(
                OptionalInt.of(2000),
                engine(Map.of("num-gpu-blocks-override", "2k")).numGpuBlocksOverride());
    }

    @Test
    void stepsAreRecordedUnlessThatIsForbiddenAndForNoMoreSequencesThanThereCanBe() {
        assertEquals(false, engine(Map.of()).card().enforceEager());
        assertEquals(true, engine(Map.of("enforce-eager", "true")).card().enforceEager());
        assertEquals(
                List.of(2, 16),
                engine(Map.of("cudagraph-capture-sizes", "16,2,16"))
                        .card()
                        .cudagraphCaptureSizes());
        assertRefused(
                "--cudagraph-capture-sizes has 9, which is outside 1 to 8, the sequences of a step;"
                        + " --max-num-seqs sets these",
                Map.of("cudagraph-capture-sizes", "8,9", "max-num-seqs", "8"));
        assertRefused(
                "--enforce-eager computes without graphs, and --cudagraph-capture-sizes says for"
                        + " how many sequences there are some; leave one of them out",
                Map.of("cudagraph-capture-sizes", "8", "enforce-eager", "true"));
        assertRefused(
                "--cudagraph-capture-sizes 0 is not a whole number from 1 to 65536",
                Map.of("cudagraph-capture-sizes", "4,0"));
        assertRefused(
                "--cudagraph-capture-sizes 'many' is not a number such as 4096, 4K (4096) or 4k"
                        + " (4000)",
                Map.of("cudagraph-capture-sizes", "many"));
        String tooMany =
                IntStream.rangeClosed(1, 257)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(","));
        assertRefused(
                "--cudagraph-capture-sizes has 257 sizes; 256 is the most, for each takes memory"
                        + " of the card",
                Map.of("cudagraph-capture-sizes", tooMany, "max-num-seqs", "300"));
    }

    private static void assertRefused(String sentence, Map<String, String> typed) {
        ConfigurationException refusal =
                assertThrows(ConfigurationException.class, () -> engine(typed));
        assertEquals(sentence, refusal.message(Flags::spelled));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0.5", "1.01", "NaN", "Infinity", "90%", "most"})
    void aPartOfACardIsMoreThanNothingAndNotMoreThanAll(String part) {
        ConfigurationException refusal =
                assertThrows(
                        ConfigurationException.class,
                        () -> engine(Map.of("gpu-memory-utilization", part)));
        assertTrue(
                refusal.getMessage().startsWith("--gpu-memory-utilization '" + part + "' is not"),
                refusal.getMessage());
        for (String good : List.of("1", "0.001", ".5")) {
            engine(Map.of("gpu-memory-utilization", good));
        }
    }

    @Test
    void theSizeOfTheCacheIsSaidOnce() {
        ConfigurationException refusal =
                assertThrows(
                        ConfigurationException.class,
                        () ->
                                engine(
                                        Map.of(
                                                "num-gpu-blocks-override",
                                                "7",
                                                "kv-cache-memory-bytes",
                                                "1G")));
        assertEquals(
                "--num-gpu-blocks-override and --kv-cache-memory-bytes both say how large the KV"
                        + " cache is; leave one of them out",
                refusal.message(Flags::spelled));
    }

    @Test
    void anEmulatedCardGoesWithItsBackendAlone() {
        for (String backend : List.of("auto", "cpu", "reference")) {
            ConfigurationException refusal =
                    assertThrows(
                            ConfigurationException.class,
                            () -> engine(Map.of("backend", backend, "emulate", "true")));
            assertEquals(
                    "--emulate goes with --backend cuda alone", refusal.message(Flags::spelled));
        }
    }

    private static long number(String text, long least, long most) {
        return Kind.wholeLong(least, most).read(new Given("--flag", List.of(text)));
    }

    @ParameterizedTest
    @CsvSource({
        "4096, 4096",
        "4k, 4000",
        "4K, 4096",
        "2m, 2000000",
        "2M, 2097152",
        "1.5K, 1536",
        "1g, 1000000000",
        "1G, 1073741824",
        "' 12 ', 12",
        "1e3, 1000",
        "2t, 2000000000000",
        "2T, 2199023255552",
        "0.5K, 512"
    })
    void unitsAreDecimalInLowerAndBinaryInUpperCase(String text, long expected) {
        assertEquals(expected, number(text, 1, Long.MAX_VALUE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "K", "four", "4KB", "4 Ki", "0x10", "1_000", "--5", "NaN", "1e", "∞"})
    void whatIsNoNumberIsRefusedWithExamples(String text) {
        assertEquals(
                "--flag '" + text + "' is not a number such as 4096, 4K (4096) or 4k (4000)",
                assertThrows(ConfigurationException.class, () -> number(text, 1, 10)).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "11", "1.5", "-1", "1e99", "1e-9", "9223372036854775808"})
    void numbersOutsideAreRefusedWithTheRange(String text) {
        assertEquals(
                "--flag " + text + " is not a whole number from 1 to 10",
                assertThrows(ConfigurationException.class, () -> number(text, 1, 10)).getMessage());
    }

    @Test
    void bothEndsOfARangeAreTaken() {
        assertEquals(1, number("1", 1, 10));
        assertEquals(10, number("10", 1, 10));
    }

    @ParameterizedTest
    @CsvSource({
        "auto, AUTO",
        "float32, FLOAT32",
        "float, FLOAT32",
        "float16, FLOAT16",
        "half, FLOAT16",
        "bfloat16, BFLOAT16",
        "BFloat16, BFLOAT16"
    })
    void elementTypesAreTakenInTheirSpellings(String text, ElementType type) {
        assertEquals(type, engine("dtype", text).dtype());
        assertEquals(type, engine("kv-cache-dtype", text).kvCacheType());
    }

    @ParameterizedTest
    @CsvSource({"auto, AUTO", "cpu, CPU", "cuda, CUDA", "reference, REFERENCE"})
    void backendsAreTaken(String text, BackendChoice choice) {
        assertEquals(choice, engine("backend", text).backend());
    }

    @Test
    void choicesThatDoNotExistAreRefusedWithThoseThatDo() {
        assertEquals(
                "--backend 'gpu' is not one of auto, cpu, cuda, reference",
                refusal("backend", "gpu"));
        assertEquals(
                "--dtype 'int8' is not one of auto, bfloat16, float, float16, float32, half",
                refusal("dtype", "int8"));
        assertEquals(
                "--kv-cache-dtype 'fp8' is not one of auto, bfloat16, float, float16, float32, half",
                refusal("kv-cache-dtype", "fp8"));
    }

    @ParameterizedTest
    @CsvSource({
        "true, true",
        "1, true",
        "on, true",
        "yes, true",
        "False, false",
        "0, false",
        "off, false",
        "no, false"
    })
    void switchesAreTakenInTheirSpellings(String text, boolean expected) {
        assertEquals(expected, engine("enable-prefix-caching", text).enablePrefixCaching());
    }

    @Test
    void otherWordsAreNoSwitch() {
        assertEquals(
                "--enable-prefix-caching 'maybe' is neither true nor false",
                refusal("enable-prefix-caching", "maybe"));
    }

    @ParameterizedTest
    @CsvSource({
        "max-num-seqs, 0, 65537, 65536",
        "max-num-batched-tokens, 255, 1048577, 1048576",
        "threads, 0, 1025, 1024",
        "block-size, 4, 512, 256",
        "max-model-len, 0, 2147483648, 2147483647"
    })
    void limitsHoldAtBothEnds(String name, String tooLow, String tooHigh, String highest) {
        assertTrue(
                refusal(name, tooLow).startsWith("--" + name + " " + tooLow + " is "),
                refusal(name, tooLow));
        assertTrue(
                refusal(name, tooHigh).startsWith("--" + name + " " + tooHigh + " is "),
                refusal(name, tooHigh));
        engine(name, highest);
    }

    @Test
    void tokensOfAStepCoverTheSequences() {
        assertEquals(5000, engine("max-num-seqs", "5000").maxNumBatchedTokens());
        assertEquals(
                "--max-num-batched-tokens 100 is below --max-num-seqs 256: every running sequence needs a"
                        + " token a step",
                refusal("max-num-batched-tokens", "100"));
    }

    @Test
    void blockSizeIsAPowerOfTwo() {
        assertEquals(
                "--block-size 24 is not a power of two; use 8, 16, 32, 64, 128 or 256",
                refusal("block-size", "24"));
    }

    @Test
    void autoIsTheModelsOwnContext() {
        assertEquals(OptionalInt.empty(), engine("max-model-len", "auto").maxModelLength());
        assertEquals(OptionalInt.empty(), engine("max-model-len", "AUTO").maxModelLength());
    }

    @Test
    void queueHoldsOneAtLeast() {
        assertEquals(1, settings(Map.of("max-queue", "1"), Map.of()).of(Flags.MAX_QUEUE));
        String sentence =
                assertThrows(
                                ConfigurationException.class,
                                () -> settings(Map.of("max-queue", "0"), Map.of()))
                        .getMessage();
        assertEquals("--max-queue 0 is not a whole number from 1 to 1000000", sentence);
    }
}
