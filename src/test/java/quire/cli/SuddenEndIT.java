package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
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
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The server, told to end at a random moment: while it starts, loads and warms up, under streams,
 * whole answers and long prompts, and while it ends already. It may not crash, its exit code tells
 * the signal, and whoever was let in gets an answer or an error; a second signal alone may cut it.
 *
 * <p>As many rounds as {@code -Dquire.end.rounds} says, drawn from {@code -Dquire.end.seed}; 200
 * are the full test.
 */
class SuddenEndIT extends ServerProcess {

    private static final int ROUNDS = Integer.getInteger("quire.end.rounds", 3);
    private static final long SEED = Long.getLong("quire.end.seed", 11);

    private static final int MAX_CLIENTS = 24;
    private static final int VOCABULARY = 4096;

    private final Random random = new Random(SEED);
    private final Path crash = Path.of("target", "hs_err_sudden_end.log").toAbsolutePath();

    /** From the start to the ready line, of the last server that was let come so far. */
    private long readyMillis = 3_000;

    private enum Signal {
        HUP(1),
        INT(2),
        TERM(15);

        private final int number;

        Signal(int number) {
            this.number = number;
        }

        int exitCode() {
            return 128 + number;
        }
    }

    /** What became of a request. */
    private enum Outcome {
        WHOLE,
        ENDED_WITH_AN_ERROR,
        REFUSED,
        CUT,
        NEVER_LET_IN
    }

    /** A request on a thread of its own. */
    private final class Client {

        private final HttpRequest request;
        private final Thread thread;
        private String body = "";
        private int status;

        Client(URI api) {
            request = draw(api);
            thread = Thread.startVirtualThread(this::ask);
        }

        private void ask() {
            try {
                HttpResponse<InputStream> response =
                        http.send(request, BodyHandlers.ofInputStream());
                status = response.statusCode();
                body = new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                body = "";
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        Outcome outcome() throws InterruptedException {
            thread.join();
            if (status == 0) {
                return Outcome.NEVER_LET_IN;
            }
            if (status == 503) {
                assertTrue(body.contains("{\"error\":{"), body);
                return Outcome.REFUSED;
            }
            assertEquals(200, status, body);
            if (body.endsWith("data: [DONE]\n\n") || isObject()) {
                return Outcome.WHOLE;
            }
            int last = body.lastIndexOf("data: ");
            return body.endsWith("\n\n") && body.startsWith("data: {\"error\":{", last)
                    ? Outcome.ENDED_WITH_AN_ERROR
                    : Outcome.CUT;
        }

        private boolean isObject() {
            return body.startsWith("{") && body.endsWith("}");
        }
    }

    private HttpRequest draw(URI api) {
        boolean stream = random.nextInt(4) > 0;
        String prompt =
                random.nextInt(4) == 0
                        ? IntStream.range(0, 1_000 + random.nextInt(2_000))
                                .mapToObj(i -> Integer.toString(3 + random.nextInt(VOCABULARY - 3)))
                                .collect(Collectors.joining(",", "[", "]"))
                        : "\"Once upon a time\"";
        return HttpRequest.newBuilder(api.resolve("completions"))
                .version(
                        random.nextBoolean()
                                ? HttpClient.Version.HTTP_1_1
                                : HttpClient.Version.HTTP_2)
                .header("Content-Type", "application/json")
                .POST(
                        BodyPublishers.ofString(
                                """
                                {"model": "quire-demo", "prompt": %s, "ignore_eos": true,
                                 "max_tokens": %d, "stream": %s}\
                                """
                                        .formatted(prompt, 50 + random.nextInt(900), stream)))
                .build();
    }

    private void send(Signal signal) throws IOException, InterruptedException {
        new ProcessBuilder("sh", "-c", "kill -" + signal + " " + server.pid()).start().waitFor();
    }

    private Signal anySignal() throws IOException {
        Signal signal = Signal.values()[random.nextInt(Signal.values().length)];
        return isIgnored(signal) ? Signal.TERM : signal;
    }

    /** Whether this process was told to ignore it, as by {@code nohup}: its children do, too. */
    private static boolean isIgnored(Signal signal) throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        String ignored =
                Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .findFirst()
                        .orElseThrow();
        long mask = Long.parseUnsignedLong(ignored.substring("SigIgn:".length()).strip(), 16);
        return (mask >>> signal.number - 1 & 1) != 0;
    }

    private void serve() throws IOException {
        log.clear();
        javaOptions = List.of("-XX:ErrorFile=" + crash);
        start(
                Map.of(),
                "serve",
                "--port",
                "0",
                "--kv-cache-memory-bytes",
                "256M",
                "--shutdown-timeout",
                Integer.toString(random.nextInt(3) * 2));
    }

    /** Waits for the end, and looks for the marks of one that was not in good order. */
    private void assertEnds(Signal signal) throws IOException, InterruptedException {
        assertEquals(signal.exitCode(), awaitEnd(), () -> String.join("\n", log));
        assertFalse(Files.exists(crash), "the JVM crashed, see " + crash);
        String errors = Files.readString(errors());
        assertFalse(errors.contains("\tat "), errors);
        assertFalse(String.join("\n", log).contains("\tat "), () -> String.join("\n", log));
    }

    private void endWhileItStarts() throws Exception {
        serve();
        Thread.sleep(random.nextInt((int) readyMillis + 200));
        Signal signal = anySignal();
        send(signal);
        assertEnds(signal);
    }

    private int load(URI api) throws Exception {
        HttpRequest.Builder load = HttpRequest.newBuilder(api.resolve("/load"));
        return MAPPER.readTree(send(load).body()).path("server_load").asInt();
    }

    private static int numDone(List<Client> clients) {
        return (int) clients.stream().filter(client -> !client.thread.isAlive()).count();
    }

    private Map<Outcome, Integer> endUnderLoad() throws Exception {
        long begin = System.nanoTime();
        serve();
        URI api = URI.create(awaitReady().group(1) + "/");
        readyMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        List<Client> clients = new ArrayList<>();
        for (int i = 1 + random.nextInt(MAX_CLIENTS); i > 0; i--) {
            clients.add(new Client(api));
        }
        boolean allAreIn = random.nextBoolean();
        while (allAreIn && load(api) + numDone(clients) < clients.size()) {
            Thread.sleep(5);
        }
        Thread.sleep(random.nextInt(400));
        Signal signal = anySignal();
        send(signal);
        boolean twice = random.nextInt(3) == 0;
        if (twice) {
            Thread.sleep(random.nextInt(300));
            // The first may be enough, where nobody is left to wait for.
            Signal second = server.isAlive() ? anySignal() : signal;
            send(second);
            int code = awaitEnd();
            assertTrue(code == signal.exitCode() || code == second.exitCode(), "ended by " + code);
            assertFalse(Files.exists(crash), "the JVM crashed, see " + crash);
        } else {
            assertEnds(signal);
        }
        Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
        for (Client client : clients) {
            Outcome outcome = client.outcome();
            assertTrue(twice || outcome != Outcome.CUT, () -> "cut: " + client.body);
            assertTrue(
                    twice || !allAreIn || outcome != Outcome.NEVER_LET_IN,
                    () -> "no answer to " + client.request.version());
            outcomes.merge(outcome, 1, Integer::sum);
        }
        return outcomes;
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void noMomentIsTheWrongOne() throws Exception {
        Map<Outcome, Integer> all = new EnumMap<>(Outcome.class);
        for (int round = 0; round < ROUNDS; round++) {
            String what = "round " + round + " of seed " + SEED;
            try {
                if (random.nextInt(3) == 0) {
                    endWhileItStarts();
                } else {
                    endUnderLoad().forEach((o, n) -> all.merge(o, n, Integer::sum));
                }
            } catch (AssertionError e) {
                throw new AssertionError(what + ": " + e.getMessage(), e);
            } finally {
                stopServer();
            }
        }
        // A test of nobody would pass.
        assertTrue(ROUNDS < 20 || all.getOrDefault(Outcome.WHOLE, 0) > 0, all::toString);
        assertTrue(
                ROUNDS < 20 || all.getOrDefault(Outcome.ENDED_WITH_AN_ERROR, 0) > 0, all::toString);
        System.getLogger(SuddenEndIT.class.getName())
                .log(System.Logger.Level.INFO, "{0} rounds: {1}", ROUNDS, all);
    }
}
