package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import quire.Outside;

/**
 * Runs what the documentation tells people to type: all that needs neither a network nor a model
 * that is not in the checkout. Commands of the hub are run by {@link ServeByNameIT}.
 */
class DocumentedCommandsIT extends ServerProcess {

    /** Commands that end by themselves and read nothing that is not here. */
    private static final Set<String> SELF_SUFFICIENT =
            Set.of("help", "--help", "--version", "completion", "list");

    private static boolean needsNothing(List<String> words) {
        return SELF_SUFFICIENT.contains(words.get(1))
                || words.contains("--table")
                || words.get(1).equals("serve")
                        && words.stream().anyMatch(word -> word.startsWith("--help"));
    }

    @Test
    void commandsThatNeedNothingEndWell() throws Exception {
        List<List<String>> commands =
                DocumentedCommands.all().stream()
                        .map(DocumentedCommands.Command::words)
                        .filter(words -> words.getFirst().matches("(\\./)?quire"))
                        .filter(DocumentedCommandsIT::needsNothing)
                        .map(words -> words.subList(1, words.size()))
                        .distinct()
                        .toList();
        assertTrue(commands.size() >= 8, commands.toString());
        Map<String, String> cache = Map.of("HF_HUB_CACHE", folder.toString());
        for (List<String> words : commands) {
            start(cache, words.toArray(String[]::new));
            log.clear();
            assertEquals(0, awaitEnd(), words + ": " + Files.readString(errors()));
            assertFalse(log.isEmpty(), words.toString());
            assertEquals("", Files.readString(errors()), words.toString());
        }
    }

    @Test
    void requestsAreAnsweredAsTheyStand() throws Exception {
        Path shell = Outside.BASH.path();
        Outside.CURL.path();
        start(Map.of(), "serve", "--port", "0", "--kv-cache-memory-bytes", "64M");
        String address = awaitReady().group(1).replaceFirst("/v1$", "");
        List<String> requests =
                DocumentedCommands.all().stream()
                        .map(DocumentedCommands.Command::line)
                        .filter(line -> line.startsWith("curl "))
                        .toList();
        assertTrue(requests.size() >= 2, requests.toString());
        for (String request : requests) {
            List<String> command = new ArrayList<>(List.of(shell.toString(), "-c"));
            command.add(request.replace("http://127.0.0.1:8000", address));
            Process curl = new ProcessBuilder(command).redirectErrorStream(true).start();
            String answer =
                    new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, curl.waitFor(), request + answer);
            assertTrue(answer.contains("\"choices\""), request + answer);
            assertFalse(answer.contains("\"error\""), request + answer);
        }
    }
}
