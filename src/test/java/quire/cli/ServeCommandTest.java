package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
import quire.settings.Flag;
import quire.settings.Flags;
import quire.settings.Settings;

class ServeCommandTest {

    @TempDir Path folder;

    /** What the server would be told. */
    private static Settings settings(String... args) {
        CommandLine quire = Main.commandLine();
        quire.parseArgs(
                Stream.concat(Stream.of("serve"), Stream.of(Main.dashed(args)))
                        .toArray(String[]::new));
        return quire.getSubcommands().get("serve").<ServeCommand>getCommand().settings(Map.of());
    }

    private static String refusal(String... args) {
        return assertThrows(ConfigurationException.class, () -> settings(args)).getMessage();
    }

    /** Runs the whole command line with arguments that must not get as far as a server. */
    private static String misuse(String... args) {
        StringWriter err = new StringWriter();
        int code = Main.commandLine().setErr(new PrintWriter(err, true)).execute(Main.dashed(args));
        assertEquals(ExitCode.USAGE, code, err.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
        return err.toString().strip();
    }

    @Test
    void everyFlagIsAnOptionAndTheOtherWayRound() {
        List<String> offered =
                ServeCommand.commandLine().getCommandSpec().options().stream()
                        .map(OptionSpec::longestName)
                        .filter(name -> !Set.of("--help", "--version").contains(name))
                        .toList();
        assertEquals(Flags.all().stream().map(flag -> "--" + flag.name()).toList(), offered);
    }

    @Test
    void valuesAreTakenInThreeSpellings() {
        for (String[] args :
                List.of(
                        new String[] {"--max-num-seqs", "8"},
                        new String[] {"--max-num-seqs=8"},
                        new String[] {"--max_num_seqs=8"})) {
            assertEquals(8, settings(args).of(Flags.MAX_NUM_SEQS));
        }
        assertEquals(-7, settings("--seed", "-7").of(Flags.SEED));
    }

    @Test
    void helpTellsWhatEachFlagTakesAndItsDefault() {
        String help = ServeCommand.commandLine().setUsageHelpWidth(200).getUsageMessage();
        for (Flag<?> flag : Flags.all()) {
            assertTrue(help.contains(flag.help()), flag.help());
        }
        assertTrue(help.contains("sequences that run at once; 1 to 65536; default 256"), help);
    }

    @Test
    void nothingGivenIsNothingSet() {
        for (Flag<?> flag : Flags.all()) {
            assertEquals(Settings.lookUp(name -> Optional.empty()).of(flag), settings().of(flag));
        }
    }

    @Test
    void modelStandsAlone() {
        Settings settings = settings("models/one.gguf", "--port", "1");
        assertEquals(Optional.of(Path.of("models/one.gguf")), settings.of(Flags.MODEL));
        assertEquals(1, settings.of(Flags.PORT));
        assertEquals(
                "the model is given twice: a and --model b; leave one out",
                refusal("a", "--model", "b"));
    }

    @Test
    void theStepsOfACardAreSpelledAsInVllm() {
        assertEquals(
                List.of(8, 1),
                settings("--cudagraph-capture-sizes", "8", "1").of(Flags.CUDAGRAPH_CAPTURE_SIZES));
        assertEquals(false, settings("--no-async-scheduling").of(Flags.ASYNC_SCHEDULING));
    }

    @Test
    void prefixCachingIsSwitchedBothWays() {
        assertEquals(true, settings("--enable-prefix-caching").of(Flags.ENABLE_PREFIX_CACHING));
        assertEquals(false, settings("--no-enable-prefix-caching").of(Flags.ENABLE_PREFIX_CACHING));
    }

    @Test
    void chunkedPrefillIsAlwaysOn() {
        assertEquals(true, settings("--enable-chunked-prefill").of(Flags.ENABLE_CHUNKED_PREFILL));
        assertEquals(
                "--enable-chunked-prefill 'false' is not supported yet: long prompts are always"
                        + " computed in pieces",
                refusal("--no-enable-chunked-prefill"));
    }

    @Test
    void namesTakeWordsAndCommasAndKeysWordsAlone() {
        assertEquals(
                List.of("a", "b", "c"),
                settings("m", "--served-model-name", "a", "b,c").of(Flags.SERVED_MODEL_NAME));
        assertEquals(
                List.of("k", "l,m"),
                settings("--api-key", "k", "--api-key", "l,m", "--port", "1").of(Flags.API_KEY));
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
        assertEquals(
                List.of("a", "b"),
                settings("--served-model-name", "a", "b").of(Flags.SERVED_MODEL_NAME));
    }

    @Test
    void listThatSwallowsAFlagIsRefused() {
        assertEquals(
                "--response-role is not supported yet; 'quire serve --help' lists what is",
                refusal("--served-model-name", "a", "--response-role", "x"));
        assertEquals("unknown flag --prot; did you mean --port?", refusal("--host", "--prot"));
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
                "--tokenizer-revision",
                "-tp",
                "--tensor-parallel-size",
                "--pipeline-parallel-size",
                "--data-parallel-size",
                "--speculative-config",
                "--enable-lora",
                "--max-loras",
                "--lora-modules",
                "--ssl-keyfile",
                "--ssl-certfile",
                "--otlp-traces-endpoint",
                "--logits-processors",
                "--stream-interval",
                "--quantization",
                "-q"
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
        "--disable-log-requests, --enable-log-requests",
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
                "quire: unknown flag --prot; did you mean --port?",
                misuse("serve", "--prot", "80"));
        assertEquals(
                "quire: unknown flag --max-model-lenght; did you mean --max-model-len?",
                misuse("serve", "--max_model_lenght=80"));
        assertEquals(
                "quire: unknown flag --colour; 'quire serve --help' lists the flags",
                misuse("serve", "--colour"));
        assertEquals(
                "quire: unexpected argument 'second'; quire serve takes one model",
                misuse("serve", "first", "second"));
        assertEquals(
                "quire: unknown command 'sevre'; did you mean serve? The commands are serve, run,"
                        + " chat, complete, pull, list, rm, show, plan, bench, help and"
                        + " completion",
                misuse("sevre"));
        assertEquals(
                "quire: --port is a flag of serve and stands behind it: quire serve --port",
                misuse("--port=80"));
        assertEquals(
                "quire: unknown flag --quux; 'quire --help' lists the flags", misuse("--quux=80"));
        assertEquals(
                "quire: unknown flag --port; 'quire bench --help' lists the flags",
                misuse("bench", "--port"));
    }

    @Test
    void parserSpeaksInOurWords() {
        assertEquals("quire: --port needs a value", misuse("serve", "--port"));
        assertEquals("quire: --api-key needs a value", misuse("serve", "--api-key"));
        assertEquals(
                "quire: --port is given twice; leave one out",
                misuse("serve", "--port", "1", "--port", "2"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pa$$word",
                "${quire.port}",
                "${sys:user.home}",
                "a\\b",
                "\\${x}",
                "$",
                "\\",
                "a,b",
                "'q'",
                "\"q\""
            })
    void valuesReachTheServerAsTheyWereTyped(String value) {
        assertEquals(List.of(value), settings("--api-key", value).of(Flags.API_KEY));
        assertEquals(
                Optional.of(value), settings("--chat-template=" + value).of(Flags.CHAT_TEMPLATE));
    }

    @Test
    void valueThatBeginsWithAnAtSignIsNoFile() throws Exception {
        Path words = Files.writeString(folder.resolve("words"), "--port 1");
        String sentence = refusal("--max-queue", "@" + words);
        assertTrue(sentence.startsWith("--max-queue '@"), sentence);
    }
}
