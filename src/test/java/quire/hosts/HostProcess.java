package quire.hosts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** An application in a process of its own, its log, and questions to it over HTTP. */
final class HostProcess implements AutoCloseable {

    private static final long START_SECONDS = 60;
    private static final String DATA = "data:";
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private final Process process;
    private final Path errors;
    private final Thread reader;
    private final List<String> log = new ArrayList<>();
    private final HttpClient http = HttpClient.newBuilder().version(Version.HTTP_1_1).build();
    private final URI address;

    /**
     * Starts it, with the demo model, and returns when it answers.
     *
     * @param errors the file that gets its standard error
     */
    HostProcess(Host host, Path errors) throws IOException, InterruptedException {
        this.errors = errors;
        process =
                new ProcessBuilder(
                                ProcessHandle.current().info().command().orElse("java"),
                                "-Xmx512m",
                                // A start is half the work here.
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-Dquire.cuda.library="
                                        + System.getProperty("quire.cuda.library", ""),
                                "-Dmodel=" + Path.of("models/quire-demo").toAbsolutePath(),
                                "-Dmeters=" + host.hasMeters(),
                                "-jar",
                                host.jar().toAbsolutePath().toString())
                        .redirectError(errors.toFile())
                        .start();
        reader = Thread.ofVirtual().start(this::read);
        int port = Integer.parseInt(awaitLine(host.framework.listening).group(1));
        awaitLine(host.framework.ready);
        address = URI.create("http://127.0.0.1:" + port);
    }

    private void read() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String line;
            while ((line = lines.readLine()) != null) {
                add(line);
            }
        } catch (IOException e) {
            add("its standard output cannot be read any more: " + e);
        }
    }

    private synchronized void add(String line) {
        log.add(line);
        notifyAll();
    }

    /** What it has written to standard output so far. */
    synchronized List<String> log() {
        return List.copyOf(log);
    }

    /** What it has written to standard error so far. */
    String errors() {
        try {
            return Files.readString(errors);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a line, which may have been written already. */
    synchronized Matcher awaitLine(Pattern pattern) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        for (int next = 0; ; ) {
            while (next < log.size()) {
                Matcher line = pattern.matcher(log.get(next++));
                if (line.matches()) {
                    return line;
                }
            }
            long millis = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            if (millis <= 0 || !reader.isAlive()) {
                throw new AssertionError(
                        "no line matches %s:\n%s\n%s"
                                .formatted(pattern, String.join("\n", log), errors()));
            }
            wait(Math.min(millis, 100));
        }
    }

    int port() {
        return address.getPort();
    }

    /** The body of a good answer. */
    String get(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(request(path), BodyHandlers.ofString());
        assertTrue(response.statusCode() / 100 == 2, path + ": " + response.body());
        return response.body();
    }

    /** The answer to a question at one of the routes that take one. */
    String ask(String route, String question) throws IOException, InterruptedException {
        return get(withQuestion(route, question));
    }

    /** The events of an answer, while they come. */
    Stream<JsonNode> stream(String route, String question)
            throws IOException, InterruptedException {
        String path = withQuestion(route, question);
        HttpResponse<Stream<String>> response = http.send(request(path), BodyHandlers.ofLines());
        assertEquals(200, response.statusCode(), path);
        return response.body()
                .filter(line -> line.startsWith(DATA))
                .map(line -> Framework.json(line.substring(DATA.length())));
    }

    private static String withQuestion(String route, String question) {
        return route + "?question=" + URLEncoder.encode(question, StandardCharsets.UTF_8);
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(address.resolve(path)).timeout(ANSWER).build();
    }

    /** Tells it to end. */
    void terminate() {
        process.destroy();
    }

    /** Its exit status, once it has ended and its log is complete. */
    int awaitEnd() throws InterruptedException {
        assertTrue(
                process.waitFor(START_SECONDS, TimeUnit.SECONDS),
                () -> "it does not end:\n" + String.join("\n", log()));
        reader.join();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        http.shutdownNow();
    }
}
