package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import quire.Outside;
import quire.cli.DocumentedCommands.Way;
import quire.hub.HubFiles;
import quire.hub.HubServer;
import quire.hub.ModelName;

/**
 * Runs what the documentation tells people to type. The demo model stands in for those it names, in
 * folders and at a hub of the test's own.
 */
class DocumentedCommandsIT extends ServerProcess {

    private static final Path DEMO = Path.of("models/quire-demo");
    private static final Path GGUF =
            Path.of("src/test/resources/golden/gguf/quire-demo-Q4_K_M.gguf");

    /** Stands for any model, of those that have quantisations. */
    private static final String PLACE = "OWNER/NAME";

    /** What is brought first and removed last. */
    private static final List<String> ORDER =
            List.of("pull", "show", "plan", "run", "chat", "complete", "serve", "bench", "rm");

    private static final String QUICK =
            "--no-peer --pairs 0 --repetitions 1 --prompt-tokens 32 --decode-tokens 8 --batch 2"
                    + " --long-prompt 100";

    @Test
    void commandsThatNeedNothingEndWell() throws Exception {
        List<List<String>> commands =
                DocumentedCommands.of(Way.ALONE).stream()
                        .map(DocumentedCommands.Command::words)
                        .map(words -> words.subList(1, words.size()))
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
                DocumentedCommands.of(Way.REQUEST).stream()
                        .map(DocumentedCommands.Command::line)
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

    /** A model of the documentation stands in for another with a longer context. */
    private void longModel(Path model) throws IOException {
        Files.createDirectories(model);
        try (Stream<Path> files = Files.list(DEMO)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path here = model.resolve(file.getFileName());
                if (file.endsWith("config.json")) {
                    String longer =
                            Files.readString(file)
                                    .replaceFirst("(embeddings\": )4096", "$1" + 32768);
                    Files.writeString(here, longer);
                } else {
                    Files.copy(file, here);
                }
            }
        }
    }

    private static HubFiles atHub(String repo, boolean quantised) throws IOException {
        return quantised
                ? HubFiles.at(repo).with("model-Q4_K_M.gguf", Files.readAllBytes(GGUF))
                : HubFiles.of(repo, DEMO);
    }

    /** What is typed as quire, in a folder where the paths of the documentation lead somewhere. */
    private void furnish() throws IOException {
        workingFolder = Files.createDirectories(folder.resolve("here"));
        String quoted = javaCommand().stream().collect(Collectors.joining("' '", "'", "'"));
        Path quire = workingFolder.resolve("quire");
        Files.writeString(quire, "#!/bin/sh\nexec " + quoted + " \"$@\"\n");
        assertTrue(quire.toFile().setExecutable(true));
        longModel(workingFolder.resolve("MODEL"));
        Path models = Files.createDirectories(folder.resolve("home/models"));
        for (String name : List.of("Qwen2.5-0.5B-Instruct", "Qwen2.5-7B-Instruct", "Qwen3-8B")) {
            longModel(models.resolve(name));
        }
        Files.copy(GGUF, models.resolve("SmolLM2-135M-Instruct.Q4_1.gguf"));
        longModel(workingFolder.resolve("DeepSeek-R1"));
    }

    /** Starts what is typed, in the place of the shell, so that it ends where that is ended. */
    private Process typed(String line, HubServer hub) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder("sh", "-c", "exec ./" + line.replaceFirst("^\\./", ""))
                        .directory(workingFolder.toFile())
                        .redirectError(errors().toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.matches("(QUIRE|HF|XDG)_.*"));
        environment.put("HOME", folder.resolve("home").toString());
        environment.put("HF_HOME", folder.resolve("cache").toString());
        environment.put("HF_ENDPOINT", hub.url());
        environment.put("QUIRE_KV_CACHE_MEMORY_BYTES", "512M");
        environment.put("QUIRE_PORT", "0");
        return builder.start();
    }

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void commandsOfModelsDoWhatTheySay() throws Exception {
        furnish();
        List<DocumentedCommands.Command> commands =
                DocumentedCommands.of(Way.WITH_MODEL).stream()
                        .sorted(Comparator.comparing(command -> ORDER.indexOf(verb(command))))
                        .toList();
        try (HubServer hub = new HubServer()) {
            for (DocumentedCommands.Command command : commands) {
                for (String word : command.words()) {
                    Optional<ModelName> name = ModelName.of(word);
                    if (name.isPresent()) {
                        String repo = name.get().repo();
                        boolean quantised = name.get().tag().isPresent() || repo.equals(PLACE);
                        hub.put(repo, "main", atHub(repo, quantised));
                    }
                }
            }
            server = typed("quire serve", hub);
            String address = awaitReady().group(1);
            for (DocumentedCommands.Command command : commands) {
                String line =
                        command.line()
                                .replace("http://127.0.0.1:8000/v1", address)
                                .replaceAll("--port \\d+", "--port 0")
                                .replaceFirst("bench( MODEL)?$", "$0 " + QUICK);
                run(line, hub, verb(command).equals("serve"));
            }
        }
    }

    private static String verb(DocumentedCommands.Command command) {
        return command.words().get(1);
    }

    private void run(String line, HubServer hub, boolean serves) throws Exception {
        Process process = typed(line, hub);
        try (OutputStream question = process.getOutputStream()) {
            question.write("What is the capital of France?\n".getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // Who reads nothing may have ended.
        }
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder said = new StringBuilder();
        boolean ready = false;
        for (String answer = output.readLine(); !ready && answer != null; ) {
            said.append(answer).append('\n');
            ready = serves && READY.matcher(answer).matches();
            answer = ready ? "" : output.readLine();
        }
        if (ready) {
            process.destroy();
        }
        int status = process.waitFor();
        String all = line + " ends with " + status + "\n" + said + Files.readString(errors());
        assertTrue(ready || !serves && status == 0, all);
        assertFalse(said.isEmpty(), all);
    }
}
