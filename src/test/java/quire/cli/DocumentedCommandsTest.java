package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * What the documentation tells people to type is understood. {@link DocumentedCommandsIT} runs it.
 */
class DocumentedCommandsTest {

    private static final Set<String> PROGRAMS =
            Set.of("curl", "docker", "git", "npm", "python3", "sh", "./mvnw");

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)");

    @Test
    void everyCommandOfQuireIsTakenAsItStands() throws IOException {
        int numTaken = 0;
        for (DocumentedCommands.Command command : DocumentedCommands.all()) {
            List<String> words = command.words();
            if (words.getFirst().equals("./quire") || words.getFirst().equals("quire")) {
                String[] args = words.stream().skip(1).toArray(String[]::new);
                try {
                    take(Main.dashed(args));
                } catch (RuntimeException e) {
                    throw new AssertionError(command.toString(), e);
                }
                numTaken++;
            }
        }
        assertTrue(numTaken > 50, numTaken + " commands");
    }

    private static void take(String... args) {
        CommandLine quire = Main.commandLine();
        if (isName(quire, args)) {
            return;
        }
        CommandLine.ParseResult parsed = quire.parseArgs(args);
        boolean serves =
                parsed.hasSubcommand() && parsed.subcommand().commandSpec().name().equals("serve");
        if (serves && !parsed.subcommand().hasMatchedOption("--config")) {
            quire.getSubcommands().get("serve").<ServeCommand>getCommand().settings(Map.of());
        }
    }

    /** Whether these words name a command, as a sentence does that speaks of it. */
    private static boolean isName(CommandLine quire, String... words) {
        CommandLine command = quire;
        for (String word : words) {
            command = command == null ? null : command.getSubcommands().get(word);
        }
        return command != null;
    }

    @Test
    void everyOtherProgramIsInTheCheckoutOrWellKnown() throws IOException {
        for (DocumentedCommands.Command command : DocumentedCommands.all()) {
            String program = command.words().getFirst();
            assertTrue(
                    PROGRAMS.contains(program)
                            || program.equals("quire")
                            || Files.isExecutable(Path.of(program)),
                    command.toString());
            if (program.equals("sh")) {
                assertTrue(Files.exists(Path.of(command.words().get(1))), command.toString());
            }
        }
    }

    @Test
    void everyCommandIsRunByATestOrIsOnTheListOfThoseThatAreNot() throws IOException {
        for (DocumentedCommands.Command command : DocumentedCommands.all()) {
            assertTrue(DocumentedCommands.way(command).isPresent(), command.toString());
        }
        for (DocumentedCommands.Way way : DocumentedCommands.Way.values()) {
            assertFalse(DocumentedCommands.of(way).isEmpty(), way.toString());
        }
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        for (Path page : DocumentedCommands.pages()) {
            for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
                Path file = page.resolveSibling(link.group(1));
                assertTrue(Files.exists(file), page + " links to " + link.group(1));
            }
        }
    }

    @Test
    void wordsAreThoseOfAShell() {
        assertEquals(
                List.of("curl", "-H", "A: b", "{\"c\": 1}", "d=e f"),
                new DocumentedCommands.Command(
                                Path.of("x"), "curl -H 'A: b' '{\"c\": 1}' d=\"e f\"")
                        .words());
    }
}
