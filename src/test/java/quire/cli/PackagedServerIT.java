package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged server as a process of its own: what it prints, how it starts and how it ends. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class PackagedServerIT {

    private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar");
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Pattern CALM = Pattern.compile("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} INFO  .+");
    private static final Pattern READY =
            Pattern.compile(
                    ".* ready after \\d+\\.\\d s: (http://127\\.0\\.0\\.1:\\d+/v1) serves (\\S+), .*");
    private static final Pattern PROGRESS = Pattern.compile(".*: \\d+% of .*");

    /** Ends of processes that a signal ended: 128 and its number. */
    private static final int ENDED_BY_SIGTERM = 143;

    @TempDir Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<String> log = new ArrayList<>();
    private Process server;

    @AfterEach
    void stop() {
        http.close();
        if (server != null) {
            server.destroyForcibly();
        }
    }

    private void start(Map<String, String> environment, String... args) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElse("java"),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dquire.home=" + Path.of("").toAbsolutePath(),
                                "-jar",
                                JAR.toString()));
        command.addAll(List.of(args));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("QUIRE_"));
        builder.environment().putAll(environment);
        server = builder.start();
    }

    /** The address of the API, once it can be used. */
    private Matcher awaitReady() throws IOException {
        String line;
        while ((line = server.inputReader(StandardCharsets.UTF_8).readLine()) != null) {
            log.add(line);
            Matcher ready = READY.matcher(line);
            if (ready.matches()) {
                return ready;
            }
        }
        throw new AssertionError("the server ended:\n" + String.join("\n", log));
    }

    private int awaitEnd() throws IOException, InterruptedException {
        server.inputReader(StandardCharsets.UTF_8).lines().forEach(log::add);
        return server.waitFor();
    }

    private HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private JsonNode complete(String address, String body)
            throws IOException, InterruptedException {
        HttpResponse<String> response =
                send(
                        HttpRequest.newBuilder(URI.create(address + "/completions"))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(body)));
        assertEquals(200, response.statusCode(), response.body());
        return MAPPER.readTree(response.body());
    }

    @Test
    void startsInTenCalmLinesAnswersAndEndsWhenAsked() throws Exception {
        start(Map.of(), "serve", "--port", "0", "--kv-cache-memory-bytes", "64M");
        Matcher ready = awaitReady();
        assertEquals("quire-demo", ready.group(2));

        JsonNode answer =
                complete(
                        ready.group(1),
                        "{\"model\": \"quire-demo\", \"prompt\": \"Once upon a time\", \"max_tokens\": 8, \"temperature\": 0}");
        assertEquals(8, answer.at("/usage/completion_tokens").asInt());
        assertFalse(answer.at("/choices/0/text").asText().isEmpty());

        server.toHandle().destroy();
        assertEquals(ENDED_BY_SIGTERM, awaitEnd());
        log.removeIf(line -> PROGRESS.matcher(line).matches());
        assertEquals(10, log.size(), String.join("\n", log));
        log.forEach(line -> assertTrue(CALM.matcher(line).matches(), line));
        List<String> facts =
                List.of(
                        "INFO  Quire ",
                        "model: quire-demo from ",
                        "size: ",
                        "architecture: Qwen2ForCausalLM",
                        "backend: ",
                        "not used: ",
                        "compute: ",
                        "KV cache: ",
                        "context: 4096 tokens",
                        "ready after ");
        for (int i = 0; i < facts.size(); i++) {
            assertTrue(
                    log.get(i).contains(facts.get(i)),
                    log.get(i) + " has no '" + facts.get(i) + "'");
        }
        assertTrue(
                log.getLast().endsWith("to this machine alone (--host opens it)"), log.getLast());
    }

    @Test
    void environmentIsReadAndFlagsWinOverIt() throws Exception {
        start(
                Map.of(
                        "QUIRE_PORT",
                        "0",
                        "QUIRE_MAX_MODEL_LEN",
                        "1K",
                        "QUIRE_SERVED_MODEL_NAME",
                        "one,two",
                        "QUIRE_KV_CACHE_MEMORY_BYTES",
                        "64M",
                        "QUIRE_MAX_NUM_SEQS",
                        "9999999"),
                "serve",
                "--max-num-seqs",
                "4",
                "--api-key",
                "pa$$word${x}\\n");
        Matcher ready = awaitReady();
        URI models = URI.create(ready.group(1) + "/models");
        assertEquals(401, send(HttpRequest.newBuilder(models)).statusCode());
        HttpResponse<String> response =
                send(
                        HttpRequest.newBuilder(models)
                                .header("Authorization", "Bearer pa$$word${x}\\n"));
        assertEquals(200, response.statusCode(), response.body());
        JsonNode data = MAPPER.readTree(response.body()).get("data");
        assertEquals("one", data.at("/0/id").asText());
        assertEquals("two", data.at("/1/id").asText());
        assertEquals(1024, data.at("/0/max_model_len").asInt());
        assertEquals(200, send(HttpRequest.newBuilder(models.resolve("/health"))).statusCode());
        assertTrue(
                log.stream().anyMatch(line -> line.contains("at most 4 sequences")),
                String.join("\n", log));
    }

    @Test
    void fileOfFlagsIsRead() throws Exception {
        Path file =
                Files.writeString(
                        folder.resolve("quire.yaml"),
                        """
                served-model-name: from-file
                port: 0
                kv-cache-memory-bytes: 64M
                hf-overrides:
                  max_position_embeddings: 512
                """);
        start(Map.of(), "serve", "--config", file.toString());
        assertEquals("from-file", awaitReady().group(2));
        assertTrue(
                log.stream().anyMatch(line -> line.contains("context: 512 tokens")),
                String.join("\n", log));
    }

    private String failure(String... args) throws Exception {
        start(Map.of(), args);
        assertEquals(1, awaitEnd(), String.join("\n", log));
        log.removeIf(line -> CALM.matcher(line).matches());
        assertEquals(1, log.size(), "one sentence is wanted:\n" + String.join("\n", log));
        return log.getFirst();
    }

    @Test
    void modelThatDoesNotExistEndsTheProcessWithOneSentence() throws Exception {
        String sentence = failure("serve", folder.resolve("nothing").toString(), "--port", "0");
        assertTrue(
                sentence.endsWith(
                        "ERROR "
                                + folder.resolve("nothing")
                                + " does not exist, or is a link to a file that does not."),
                sentence);
    }

    @Test
    void brokenModelEndsTheProcessWithOneSentence() throws Exception {
        Path file =
                Files.write(
                        folder.resolve("broken.gguf"),
                        "GGUF\3\0\0\0\1".getBytes(StandardCharsets.ISO_8859_1));
        String sentence = failure("serve", file.toString(), "--port", "0");
        assertTrue(sentence.contains("ERROR " + file + " is cut short"), sentence);
    }

    @Test
    void contextThatDoesNotFitIsRefusedWithNumbersAndTheFlag() throws Exception {
        String sentence =
                failure(
                        "serve",
                        "--port",
                        "0",
                        "--kv-cache-memory-bytes",
                        "1M",
                        "--max-model-len",
                        "4K");
        assertTrue(
                sentence.contains(
                        "a context of 4096 tokens needs a KV cache of 12.0 MiB, 1.0 MiB are free"),
                sentence);
        assertTrue(
                sentence.contains("lower --max-model-len, raise --kv-cache-memory-bytes"),
                sentence);
    }

    @Test
    void wrongSettingsEndTheProcessWithOneSentence() throws Exception {
        assertTrue(
                failure("serve", "--port", "0", "--block-size", "24")
                        .contains("--block-size 24 is not a power of two"));
        log.clear();
        assertEquals(
                "quire: --max-queue 'many' is not a number such as 4096, 4K (4096) or 4k (4000)",
                failure("serve", "--port", "0", "--max-queue", "many"));
    }

    @Test
    void portThatIsTakenEndsTheProcessWithOneSentence() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String sentence = failure("serve", "--port", Integer.toString(taken.getLocalPort()));
            assertTrue(
                    sentence.startsWith(
                            "quire: cannot listen on 127.0.0.1 port " + taken.getLocalPort()),
                    sentence);
        }
    }

    @Test
    void versionIsTold() throws Exception {
        start(Map.of(), "--version");
        assertEquals(0, awaitEnd());
        assertTrue(log.getFirst().matches("quire \\d+\\.\\d+\\..*"), log.toString());
    }
}
