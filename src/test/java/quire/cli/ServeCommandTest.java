package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import quire.error.ConfigurationException;

class ServeCommandTest {

    private static final Map<String, String> NO_ENVIRONMENT = Map.of();

    @TempDir Path folder;

    /** What the server would read. */
    private static Map<String, String> properties(Map<String, String> environment, String... args) {
        ServeCommand serve = new ServeCommand();
        new CommandLine(serve).parseArgs(Main.dashed(args));
        return serve.properties(environment);
    }

    private static Map<String, String> properties(String... args) {
        return properties(NO_ENVIRONMENT, args);
    }

    private static String refusal(String... args) {
        return assertThrows(ConfigurationException.class, () -> properties(args)).getMessage();
    }

    /** Runs the whole command line with arguments that must not get as far as a server. */
    private static String misuse(String... args) {
        StringWriter err = new StringWriter();
        int code = Main.commandLine().setErr(new PrintWriter(err, true)).execute(Main.dashed(args));
        assertEquals(ExitCode.USAGE, code, err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
        return err.toString().strip();
    }

    private static Stream<String[]> flags() {
        return Stream.of(
                new String[] {"model", "models/one.gguf"},
                new String[] {"served-model-name", "one"},
                new String[] {"host", "::1"},
                new String[] {"port", "8080"},
                new String[] {"api-key", "sk-1"},
                new String[] {"backend", "reference"},
                new String[] {"threads", "3"},
                new String[] {"dtype", "half"},
                new String[] {"max-model-len", "1K"},
                new String[] {"max-num-seqs", "8"},
                new String[] {"max-num-batched-tokens", "512"},
                new String[] {"max-queue", "5"},
                new String[] {"block-size", "32"},
                new String[] {"kv-cache-dtype", "float16"},
                new String[] {"kv-cache-memory-bytes", "1.5G"},
                new String[] {"long-prefill-token-threshold", "64"},
                new String[] {"seed", "-7"},
                new String[] {"hf-overrides", "{\"rope_theta\": 1.0}"},
                new String[] {"chat-template", "{{ messages[0].content }}"},
                new String[] {"generation-config", "vllm"});
    }

    @Test
    void everyFlagBecomesThePropertyOfItsName() {
        flags().forEach(
                        flag -> {
                            Map<String, String> expected = Map.of(flag[0], flag[1]);
                            assertEquals(expected, properties("--" + flag[0], flag[1]));
                            assertEquals(expected, properties("--" + flag[0] + "=" + flag[1]));
                            assertEquals(
                                    expected,
                                    properties("--" + flag[0].replace('-', '_') + "=" + flag[1]));
                        });
    }

    @Test
    void noFlagIsMissingInTheTestAbove() {
        List<String> tested = new ArrayList<>(flags().map(flag -> "--" + flag[0]).toList());
        tested.addAll(
                List.of(
                        "--config",
                        "--help",
                        "--version",
                        "--enable-prefix-caching",
                        "--enable-chunked-prefill"));
        List<String> offered =
                new CommandLine(new ServeCommand())
                        .getCommandSpec().options().stream().map(OptionSpec::longestName).toList();
        assertEquals(tested.stream().sorted().toList(), offered.stream().sorted().toList());
    }

    @Test
    void nothingGivenIsNothingSet() {
        assertEquals(Map.of(), properties());
    }

    @Test
    void modelStandsAlone() {
        assertEquals(
                Map.of("model", "models/one.gguf", "port", "1"),
                properties("models/one.gguf", "--port", "1"));
        assertEquals(
                "the model is given twice: a and --model b; leave one out",
                refusal("a", "--model", "b"));
    }

    @Test
    void prefixCachingIsSwitchedBothWays() {
        assertEquals(
                Map.of("enable-prefix-caching", "true"), properties("--enable-prefix-caching"));
        assertEquals(
                Map.of("enable-prefix-caching", "false"), properties("--no-enable-prefix-caching"));
    }

    @Test
    void chunkedPrefillIsAlwaysOn() {
        assertEquals(Map.of(), properties("--enable-chunked-prefill"));
        assertTrue(
                misuse("serve", "--no-enable-chunked-prefill")
                        .contains("--no-enable-chunked-prefill is not supported yet"));
    }

    @Test
    void listsTakeWordsAndCommas() {
        assertEquals(
                Map.of("model", "m", "served-model-name", "a,b,c"),
                properties("m", "--served-model-name", "a", "b,c"));
        assertEquals(
                Map.of("api-key", "k,l", "port", "1"),
                properties("--api-key", "k", "--api-key", "l", "--port", "1"));
    }

    @Test
    void listThatSwallowsTheModelIsRefused() throws Exception {
        Path model = Files.createDirectory(folder.resolve("model"));
        assertEquals(
                "--served-model-name takes every word behind it, also '"
                        + model
                        + "'; put the model first",
                refusal("--served-model-name", "a", model.toString()));
        assertTrue(refusal("--api-key", "k", "missing.gguf").contains("put the model first"));
        assertEquals("a,b", properties("--served-model-name", "a", "b").get("served-model-name"));
    }

    @Test
    void listThatSwallowsAFlagIsRefused() {
        assertEquals(
                "--tensor-parallel-size is not supported yet; 'quire serve --help' lists what is",
                refusal("--served-model-name", "a", "--tensor-parallel-size", "2"));
        assertEquals(
                "unknown flag --prot; 'quire serve --help' lists the flags",
                refusal("--host", "--prot"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"model", "api-key", "host", "port", "seed", "served-model-name"})
    void emptyValueIsRefusedNotIgnored(String flag) {
        assertEquals(
                "--" + flag + " is empty; give it a value or leave the flag out",
                refusal("--" + flag, ""));
        assertEquals(
                "--" + flag + " is empty; give it a value or leave the flag out",
                refusal("--" + flag + "= "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--tokenizer",
                "--revision",
                "--hf-token",
                "--download-dir",
                "-tp",
                "--tensor-parallel-size",
                "--pipeline-parallel-size",
                "--data-parallel-size",
                "--speculative-config",
                "--enable-lora",
                "--max-loras",
                "--lora-modules",
                "--reasoning-parser",
                "--enable-auto-tool-choice",
                "--tool-call-parser",
                "--ssl-keyfile",
                "--ssl-certfile",
                "--otlp-traces-endpoint",
                "--shutdown-timeout",
                "--max-logprobs",
                "--enforce-eager",
                "--cudagraph-capture-sizes",
                "--scheduling-policy",
                "--stream-interval",
                "--quantization",
                "-q",
                "--gpu-memory-utilization",
                "--num-gpu-blocks-override"
            })
    void flagsToComeAreRefusedByName(String flag) {
        String sentence = misuse("serve", flag, "1");
        assertTrue(sentence.startsWith("quire: " + flag + " is not supported yet; "), sentence);
        assertEquals(sentence, misuse("serve", "some-model", flag + "=1"));
    }

    @ParameterizedTest
    @CsvSource({
        "--swap-space, recomputed",
        "--rope-scaling, --hf-overrides",
        "--rope-theta, --hf-overrides",
        "--disable-log-requests, never logged",
        "--guided-decoding-backend, structured outputs",
        "--device, --backend"
    })
    void flagsThatVllmRemovedAreExplained(String flag, String word) {
        String sentence = misuse("serve", flag);
        assertTrue(sentence.startsWith("quire: " + flag + " is gone, as in vLLM"), sentence);
        assertTrue(sentence.contains(word), sentence);
    }

    @Test
    void unknownFlagsAndWordsAreNamed() {
        assertEquals(
                "quire: unknown flag --prot; 'quire serve --help' lists the flags",
                misuse("serve", "--prot", "80"));
        assertEquals(
                "quire: unexpected argument 'second'; quire serve takes one model",
                misuse("serve", "first", "second"));
        assertEquals(
                "quire: unknown command 'sevre'; the commands are serve and bench",
                misuse("sevre"));
        assertEquals(
                "quire: unknown flag --port; 'quire --help' lists the flags", misuse("--port=80"));
        assertEquals(
                "quire: unknown flag --port; 'quire bench --help' lists the flags",
                misuse("bench", "--port"));
    }

    @Test
    void flagWinsOverEnvironmentAndThatOverTheFile() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("quire.yaml"), "port: 1\nmax-num-seqs: 2\nblock-size: 8\n");
        Map<String, String> environment =
                Map.of("QUIRE_CONFIG", file.toString(), "QUIRE_MAX_NUM_SEQS", "3");
        assertEquals(
                Map.of("port", "9", "block-size", "8"), properties(environment, "--port", "9"));
        assertEquals(
                Map.of("port", "1", "block-size", "8", "max-num-seqs", "2"),
                properties("--config", file.toString()));
    }

    @Test
    void configFlagWinsOverItsVariable() throws Exception {
        Path file = Files.writeString(folder.resolve("quire.yaml"), "port: 1\n");
        assertEquals(
                Map.of("port", "1"),
                properties(Map.of("QUIRE_CONFIG", "missing.yaml"), "--config", file.toString()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pa$$word",
                "${quire.port}",
                "a\\b",
                "\\${x}",
                "$",
                "\\",
                "{\"a\": \"\\n\"}"
            })
    void valuesReachTheServerAsTheyWereTyped(String value) {
        Map<String, String> set =
                Map.of(
                        "quire.host",
                        PropertyText.escape("host", value),
                        "quire.api-key",
                        PropertyText.escape("api-key", value + ",other"));
        SmallRyeConfig config =
                new SmallRyeConfigBuilder()
                        .addDefaultInterceptors()
                        .withSources(new PropertiesConfigSource(set, "flags", 400))
                        .build();
        assertEquals(value, config.getValue("quire.host", String.class));
        assertEquals(List.of(value, "other"), config.getValues("quire.api-key", String.class));
    }
}
