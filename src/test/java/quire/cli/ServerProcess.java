package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
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
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged server as a process of its own, as a user would start it: with a class path, a
 * working folder and an environment that the test chooses.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
abstract class ServerProcess {

    private static final Path JAR = Path.of("target/quarkus-app/quarkus-run.jar").toAbsolutePath();
    static final ObjectMapper MAPPER = new ObjectMapper();
    static final Pattern CALM = Pattern.compile("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} INFO  .+");
    static final Pattern READY =
            Pattern.compile(
                    ".* ready after \\d+\\.\\d s: (http://(?:127\\.0\\.0\\.1|\\[::1\\]):\\d+/v1) serves (\\S+), .*");
    static final Pattern PROGRESS = Pattern.compile(".*: \\d+% of .*");

    @TempDir Path folder;

    /** Where the server is started. */
    Path workingFolder = Path.of("").toAbsolutePath();

    List<String> javaOptions = List.of();
    final HttpClient http = HttpClient.newHttpClient();
    final List<String> log = new ArrayList<>();
    Process server;

    @AfterEach
    void stop() {
        http.close();
        stopServer();
    }

    void stopServer() {
        if (server != null) {
            server.destroyForcibly();
        }
    }

    /** What starts Quire, up to its arguments. */
    List<String> javaCommand() {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                ProcessHandle.current().info().command().orElse("java"),
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dquire.cuda.library="
                                        + System.getProperty("quire.cuda.library", ""),
                                "-Dquire.home=" + Path.of("").toAbsolutePath()));
        command.addAll(javaOptions);
        command.addAll(List.of("-jar", JAR.toString()));
        return command;
    }

    void start(Map<String, String> environment, String... args) throws IOException {
        List<String> command = javaCommand();
        command.addAll(List.of(args));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(workingFolder.toFile())
                        .redirectError(errors().toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("QUIRE_"));
        builder.environment().putAll(environment);
        server = builder.start();
    }

    /** What the server writes to standard error. */
    Path errors() {
        return folder.resolve("stderr");
    }

    /** The address of the API, once it can be used. */
    Matcher awaitReady() throws IOException {
        String line;
        while ((line = server.inputReader(StandardCharsets.UTF_8).readLine()) != null) {
            log.add(line);
            Matcher ready = READY.matcher(line);
            if (ready.matches()) {
                return ready;
            }
        }
        throw new AssertionError(
                "the server ended:\n" + String.join("\n", log) + "\n" + Files.readString(errors()));
    }

    int awaitEnd() throws IOException, InterruptedException {
        server.inputReader(StandardCharsets.UTF_8).lines().forEach(log::add);
        return server.waitFor();
    }

    HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    JsonNode complete(String address, String body) throws IOException, InterruptedException {
        HttpResponse<String> response =
                send(
                        HttpRequest.newBuilder(URI.create(address + "/completions"))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(body)));
        assertEquals(200, response.statusCode(), response.body());
        return MAPPER.readTree(response.body());
    }

    String failure(String... args) throws Exception {
        return failure(Map.of(), args);
    }

    /** The one sentence on standard error that a start ends with; standard output has none. */
    String failure(Map<String, String> environment, String... args) throws Exception {
        log.clear();
        start(environment, args);
        assertEquals(1, awaitEnd(), String.join("\n", log));
        log.forEach(line -> assertTrue(CALM.matcher(line).matches(), line));
        List<String> errors = Files.readAllLines(errors());
        assertEquals(1, errors.size(), "one sentence is wanted:\n" + String.join("\n", errors));
        return errors.getFirst();
    }
}
