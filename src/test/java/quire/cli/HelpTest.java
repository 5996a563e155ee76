package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ExitCode;
import quire.settings.Flag;
import quire.settings.FlagGroup;
import quire.settings.Flags;

/** What {@code quire help} and {@code --help} say, and that nobody is left at a dead end. */
class HelpTest {

    private static final Pattern LISTED = Pattern.compile("(?m)^ {6}--(?:\\[no-])?([a-z-]+)");

    private static String out(String... args) {
        CommandLines.Said said = CommandLines.run(args);
        assertEquals(0, said.code(), said.err());
        assertEquals("", said.err());
        return said.out();
    }

    private static String misuse(String... args) {
        CommandLines.Said said = CommandLines.run(args);
        assertEquals(ExitCode.USAGE, said.code(), said.err());
        assertEquals("", said.out());
        return said.err().strip();
    }

    private static Set<String> listed(String help) {
        return LISTED.matcher(help)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> names(List<Flag<?>> flags) {
        return flags.stream().map(Flag::name).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void aloneItNamesEveryGroupAndEveryFlagOnce() {
        String help = out("serve", "--help");
        for (FlagGroup group : FlagGroup.values()) {
            assertTrue(help.contains(group.title() + ": " + group.about()), group.title());
        }
        List<String> named =
                Pattern.compile("(?m)^ {4}(--.*)$")
                        .matcher(help)
                        .results()
                        .map(MatchResult::group)
                        .flatMap(line -> Stream.of(line.strip().split(" ")))
                        .sorted()
                        .toList();
        assertEquals(Flags.all().stream().map(f -> "--" + f.name()).sorted().toList(), named);
        help.lines().filter(line -> line.startsWith(" ")).forEach(HelpTest::assertFits);
        assertEquals(help, out("serve", "--help=listgroup"));
        assertEquals(help, out("help", "serve"));
        assertEquals(help, out("serve", "-h"));
    }

    private static void assertFits(String line) {
        assertTrue(line.length() <= 100, line);
    }

    @ParameterizedTest
    @EnumSource
    void aGroupHasItsFlagsAndNoOthers(FlagGroup group) {
        assertTrue(!group.flags().isEmpty(), group.title());
        for (String title : List.of(group.title(), group.title().toLowerCase())) {
            assertEquals(names(group.flags()), listed(out("serve", "--help=" + title)));
            assertEquals(names(group.flags()), listed(out("help", "serve", title)));
        }
    }

    @Test
    void allHasAll() {
        assertEquals(
                names(Flags.all()),
                new TreeSet<>(
                        listed(out("serve", "--help=all")).stream()
                                .filter(name -> !name.equals("help") && !name.equals("version"))
                                .toList()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"max-num", "max_num", "--max-num", "MAX-NUM"})
    void aWordHasTheFlagsWithItInTheirNames(String word) {
        assertEquals(
                Set.of("max-num-seqs", "max-num-batched-tokens"),
                listed(out("serve", "--help=" + word)));
    }

    @Test
    void aFlagSaysWhatItTakesAndItsDefault() {
        String help = out("serve", "--help=--max-num-seqs").replaceAll("\\s+", " ");
        assertTrue(help.contains("sequences that run at once; 1 to 65536; default 256"), help);
        assertTrue(out("serve", "--help=no-emulate").contains("--[no-]emulate"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "cachconfig | did you mean --help=CacheConfig?",
                "max-model-lne | did you mean --help=max-model-len?",
                "quux-quux | 'quire serve --help' names the groups",
                "% | 'quire serve --help' names the groups"
            })
    void whatIsNoTopicIsSaidWithWhatMayHaveBeenMeant(String topic, String wayOut) {
        assertEquals(
                "quire: no group and no flag has '" + topic + "' in its name; " + wayOut,
                misuse("serve", "--help=" + topic));
    }

    @Test
    void everyCommandHasHelpAndIsNamedByTheHelp() {
        String help = out("help");
        assertEquals(help, out("--help"));
        for (String command : Main.commandLine().getSubcommands().keySet()) {
            assertTrue(help.contains("\n  " + command + " "), command);
            assertTrue(out("help", command).startsWith("Usage: quire " + command), command);
            assertEquals(out("help", command), out(command, "--help"));
        }
    }

    @Test
    void aCommandThatIsMistypedIsGuessedByHelpToo() {
        String sentence = misuse("help", "sevre");
        assertTrue(
                sentence.startsWith("quire: unknown command 'sevre'; did you mean serve? The"),
                sentence);
        assertEquals(sentence, misuse("sevre"));
        assertEquals(
                "quire: only serve has groups of flags; 'quire help pull' says all",
                misuse("help", "pull", "CacheConfig"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "ls | there is no command ls here; use quire list",
                "version | there is no command version here; use quire --version",
                "o/m | 'o/m' is no command; 'quire serve o/m' serves it",
                "models/quire-demo | 'models/quire-demo' is no command; 'quire serve"
                        + " models/quire-demo' serves it"
            })
    void whatOtherProgramsCallItAndAModelInItsPlaceAreUnderstood(String word, String sentence) {
        assertEquals("quire: " + sentence, misuse(word));
        assertEquals("quire: " + sentence, misuse("help", word));
    }

    @Test
    void aFolderThatIsNoModelIsNoCommandEither() {
        assertTrue(misuse("docs").startsWith("quire: unknown command 'docs'; "));
    }

    @Test
    void helpAboutAFlagThatIsRefusedSaysWhy() {
        assertEquals(
                "quire: --enable-lora is not supported yet; merge the adapter into the model",
                misuse("serve", "--help=--enable_lora"));
        assertEquals(
                "quire: --uvicorn-log-level is spelled --log-level here",
                misuse("serve", "--help=uvicorn-log-level"));
    }

    @Test
    void flagsOfOtherCommandsAreGuessedToo() {
        assertEquals(
                "quire: unknown flag --revison; did you mean --revision?",
                misuse("pull", "o/m", "--revison", "x"));
        assertEquals(
                "quire: unknown flag --downlod-dir; did you mean --download-dir?",
                misuse("list", "--downlod_dir=x"));
        assertEquals("quire: unknown flag --helpp; did you mean --help?", misuse("--helpp"));
    }

    /** All commands, and those of commands. */
    static Stream<String> commands() {
        return Main.commandLine().getSubcommands().entrySet().stream()
                .flatMap(
                        command ->
                                Stream.concat(
                                        Stream.of(command.getKey()),
                                        command.getValue().getSubcommands().keySet().stream()
                                                .map(sub -> command.getKey() + " " + sub)));
    }

    private static String[] behind(String command, String word) {
        return (command + " " + word).split(" ");
    }

    @ParameterizedTest
    @MethodSource("commands")
    void helpGoesToStandardOutputAndAMistakeToStandardError(String command) {
        String usage = out(behind(command, "--help"));
        assertTrue(usage.startsWith("Usage: quire " + command), usage);
        assertEquals(usage, out(behind(command, "-h")));
        assertEquals(usage, out(("help " + command).split(" ")));
        String sentence = misuse(behind(command, "--no-such-thing"));
        assertEquals(
                "quire: unknown flag --no-such-thing; 'quire "
                        + command
                        + " --help' lists the flags",
                sentence);
        if (!command.equals("serve")) {
            assertEquals(
                    "quire: --help has no topics here; 'quire " + command + " --help' says all",
                    misuse(behind(command, "--help=CacheConfig")));
        }
        // These take any number of words: a question, and models.
        if (!Set.of("run", "rm").contains(command)) {
            assertEquals(1, misuse(behind(command, "a b c d e f")).lines().count());
        }
    }

    @Test
    void everyCommandTellsTheVersion() {
        String version = out("--version");
        assertTrue(version.startsWith("quire "), version);
        for (String command : Main.commandLine().getSubcommands().keySet()) {
            assertEquals(version, out(command, "--version"), command);
        }
        List<String> starts =
                version.lines().skip(1).map(line -> line.replaceFirst("[: ].*", "")).toList();
        assertEquals("JDK", starts.getFirst());
        List<String> backends =
                version.lines()
                        .skip(2)
                        .map(line -> line.replaceFirst("^(no )?backend (\\w+): .+", "$2"))
                        .toList();
        assertEquals(Arrays.asList("cuda", "cpu", "reference"), backends);
    }
}
