package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.OptionSpec;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.ElementType;
import quire.error.ConfigurationException;
import quire.settings.EngineSettings;
import quire.settings.Flag;
import quire.settings.FlagGroup;
import quire.settings.Flags;
import quire.settings.Scope;
import quire.settings.Settings;

/** What {@code quire run} takes of {@code quire serve}, and how it refuses the rest. */
class RunCommandTest {

    @TempDir Path folder;

    private static Settings settings(Map<String, String> environment, String... args) {
        CommandLine quire = Main.commandLine();
        quire.parseArgs(
                Stream.concat(Stream.of("run"), Stream.of(Main.dashed(args)))
                        .toArray(String[]::new));
        return quire.getSubcommands().get("run").<RunCommand>getCommand().settings(environment);
    }

    private static String refusal(Map<String, String> environment, String... args) {
        return assertThrows(ConfigurationException.class, () -> settings(environment, args))
                .getMessage();
    }

    /** A mistake that is told before anything is loaded or asked. */
    private static String mistake(int code, String... args) {
        CommandLines.Said said =
                CommandLines.run(
                        Stream.concat(Stream.of("run"), Stream.of(args)).toArray(String[]::new));
        assertEquals(code, said.code(), said.err());
        assertEquals("", said.out());
        assertEquals(1, said.err().lines().count(), said.err());
        return said.err().strip();
    }

    @Test
    void everyFlagOfTheEngineIsAnOptionAndNoneOfTheServer() {
        Set<String> offered =
                RunCommand.commandLine().getCommandSpec().options().stream()
                        .flatMap(option -> Stream.of(option.names()))
                        .collect(Collectors.toCollection(TreeSet::new));
        for (Flag<?> flag : Flags.all()) {
            // The key of the server that --url names has nothing to do with that of our own.
            if (flag != Flags.API_KEY) {
                assertEquals(
                        flag.scope() == Scope.ENGINE,
                        offered.contains("--" + flag.name()),
                        flag.name());
            }
        }
    }

    @Test
    void helpListsTheFlagsByGroupWithWhatTheyTake() {
        String help = CommandLines.run("help", "run").out().replaceAll("\\s+", " ");
        for (Flag<?> flag : Flags.ofEngine()) {
            if (flag != Flags.MODEL) {
                assertTrue(help.contains(flag.help()), flag.help());
                assertTrue(help.contains(" " + flag.group().title() + " "), flag.name());
            }
        }
        assertTrue(help.contains("8 to 256; default 16"), help);
        assertEquals(-1, help.indexOf(FlagGroup.OBSERVABILITY.title()));
    }

    @Test
    void valuesComeFromTheLineFromVariablesAndFromTheFile() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("quire.yaml"),
                        "model: m\nport: none of ours\nblock-size: 8\ndtype: half\nseed: 7\n");
        Settings settings =
                settings(
                        Map.of("QUIRE_CONFIG", file.toString(), "QUIRE_SEED", "8"),
                        "--dtype",
                        "float32",
                        "--no-enable-prefix-caching");
        EngineConfig config = EngineSettings.of(settings);
        assertEquals(ElementType.FLOAT32, config.dtype());
        assertEquals(8, config.seed());
        assertEquals(8, config.blockSize());
        assertEquals(false, config.enablePrefixCaching());
        assertEquals(Optional.of(Path.of("m")), settings.of(Flags.MODEL));
        for (String[] typed : List.of(new String[] {"n"}, new String[] {"--model", "n"})) {
            assertEquals(
                    Optional.of(Path.of("n")),
                    settings(Map.of("QUIRE_MODEL", "m"), typed).of(Flags.MODEL));
        }
    }

    @Test
    void whatVariablesSayToAServerIsPassedOver() {
        Settings settings =
                settings(
                        Map.of(
                                "QUIRE_PORT",
                                "no port",
                                "QUIRE_MAX_NUM_SEQS",
                                "many",
                                "QUIRE_API_KEY",
                                ""));
        assertEquals(8000, settings.of(Flags.PORT));
        assertEquals(
                "unknown variable QUIRE_DTYP; did you mean QUIRE_DTYPE?",
                refusal(Map.of("QUIRE_DTYP", "half")));
        assertEquals(
                "QUIRE_BLOCK_SIZE 4 is not a whole number from 8 to 256",
                refusal(Map.of("QUIRE_BLOCK_SIZE", "4")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--port=80", "--no-disable-ui", "--max-num-seqs", "--log_level=debug"})
    void flagsOfTheServerAreSentThere(String flag) {
        String name = flag.replaceFirst("=.*", "").replace('_', '-');
        assertEquals(
                "quire: "
                        + name
                        + " is about a server, and 'quire run' starts none; leave it out, or use it"
                        + " with 'quire serve'",
                mistake(ExitCode.USAGE, flag));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "--dtyp | unknown flag --dtyp; did you mean --dtype?",
                "--quux | unknown flag --quux; 'quire run --help' lists the flags",
                "--device=cpu | --device is gone, as in vLLM: use --backend",
                "--tokenizer | --tokenizer is not supported yet; a model brings its tokenizer",
                "--runner | --runner is not supported yet; models generate: leave it out",
                "-c | -c is spelled --max-model-len here"
            })
    void otherFlagsAreRefusedInTheWordsOfServe(String flag, String sentence) {
        assertEquals("quire: " + sentence, mistake(ExitCode.USAGE, flag));
    }

    @Test
    void wrongValuesAreToldBeforeAQuestionIsWaitedFor() {
        assertEquals(
                "quire: --dtype 'quux' is not one of auto, bfloat16, float, float16, float32, half",
                mistake(ExitCode.SOFTWARE, "--dtype", "quux"));
        assertEquals(
                "quire: --dtype is empty; give it a value or leave the flag out",
                mistake(ExitCode.SOFTWARE, "--dtype="));
        assertTrue(
                mistake(ExitCode.SOFTWARE, "--block-size", "12")
                        .startsWith("quire: --block-size 12"));
        assertEquals(
                "quire: the model is given twice: a and --model b; leave one out",
                mistake(ExitCode.USAGE, "a", "--model", "b"));
    }

    @Test
    void withAServerWhatLoadsAModelIsRefused() {
        for (String flag :
                List.of(
                        "--dtype=half",
                        "--config=x",
                        "--revision=x",
                        "--reasoning-parser=x",
                        "--no-enable-prefix-caching")) {
            String name = flag.replaceFirst("=.*", "").replace("--no-", "--");
            assertEquals(
                    "quire: "
                            + name
                            + " is about a model in this process, and --url names one of a server;"
                            + " leave one of them out",
                    mistake(ExitCode.USAGE, "--url", "http://127.0.0.1:1", flag));
        }
        assertEquals(
                "quire: --api-key is about the server of --url, which is not given",
                mistake(ExitCode.USAGE, "--api-key", "k"));
    }

    @Test
    void flagsAreCompleted() {
        String script = CommandLines.run("completion", "fish").out();
        for (OptionSpec option : RunCommand.commandLine().getCommandSpec().options()) {
            String name = option.longestName().replaceFirst("^--", "");
            assertTrue(
                    script.lines()
                            .filter(line -> line.contains("seen_subcommand_from run'"))
                            .anyMatch(line -> line.contains(" -l " + name + " ")),
                    name);
        }
    }
}
