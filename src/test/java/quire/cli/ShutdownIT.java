package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of requests when the server is told to end. */
class ShutdownIT extends ServerProcess {

    private static final int ENDED_BY_SIGTERM = 143;

    /** How often the test of many streams is run; 20 is the full one. */
    private static final int ROUNDS = Integer.getInteger("quire.shutdown.rounds", 1);

    private final Random random = new Random(Long.getLong("quire.shutdown.seed", 7));

    private URI api;

    /** How many ask at once. */
    int streams() {
        return 64;
    }

    /** Tokens of an answer that comes to its end. */
    int tokens() {
        return 400;
    }

    /** What the server is told besides. */
    List<String> arguments() {
        return List.of("--kv-cache-memory-bytes", "256M");
    }

    private void serve(String... more) throws Exception {
        List<String> args = new ArrayList<>(List.of("serve", "--port", "0"));
        args.addAll(arguments());
        args.addAll(List.of(more));
        log.clear();
        start(Map.of(), args.toArray(String[]::new));
        api = URI.create(awaitReady().group(1) + "/");
    }

    private HttpRequest request(int maxTokens, boolean stream) {
        return HttpRequest.newBuilder(api.resolve("completions"))
                .version(stream ? HttpClient.Version.HTTP_1_1 : HttpClient.Version.HTTP_2)
                .header("Content-Type", "application/json")
                .POST(
                        BodyPublishers.ofString(
                                """
                                {"model": "quire-demo", "prompt": "Once upon a time",
                                 "ignore_eos": true, "max_tokens": %d, "stream": %s}\
                                """
                                        .formatted(maxTokens, stream)))
                .build();
    }

    private List<CompletableFuture<HttpResponse<String>>> ask(int maxTokens, boolean stream) {
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < streams(); i++) {
            answers.add(http.sendAsync(request(maxTokens, stream), BodyHandlers.ofString()));
        }
        return answers;
    }

    private int load() throws Exception {
        HttpRequest.Builder load = HttpRequest.newBuilder(api.resolve("/load"));
        return MAPPER.readTree(send(load).body()).path("server_load").asInt();
    }

    private void awaitLoad(int wanted) throws Exception {
        while (load() < wanted) {
            Thread.sleep(5);
        }
    }

    private void terminate() {
        server.toHandle().destroy();
    }

    /** Waits until the signal has been heard, and looks at what newcomers are told. */
    private void assertNobodyElseComesIn() throws Exception {
        HttpRequest.Builder ready = HttpRequest.newBuilder(api.resolve("/q/health/ready"));
        while (send(ready).statusCode() == 200) {
            Thread.sleep(5);
        }
        assertEquals(503, send(HttpRequest.newBuilder(api.resolve("/health"))).statusCode());
        for (boolean stream : new boolean[] {false, true}) {
            HttpResponse<String> refusal = http.send(request(5, stream), BodyHandlers.ofString());
            assertEquals(503, refusal.statusCode(), refusal.body());
            assertTrue(refusal.headers().firstValue("Retry-After").isPresent());
            assertTrue(refusal.body().contains("stopping"), refusal.body());
        }
    }

    private void assertLogged(String part) {
        assertTrue(log.stream().anyMatch(line -> line.contains(part)), String.join("\n", log));
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void runningStreamsComeToTheirEnd() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            serve("--shutdown-timeout", "120");
            List<CompletableFuture<HttpResponse<String>>> streams = ask(tokens(), true);
            awaitLoad(streams());
            Thread.sleep(random.nextInt(300));
            terminate();
            if (load() > streams() / 2) {
                assertNobodyElseComesIn();
            }
            for (CompletableFuture<HttpResponse<String>> stream : streams) {
                HttpResponse<String> answer = stream.get();
                assertEquals(200, answer.statusCode());
                assertTrue(answer.body().endsWith("data: [DONE]\n\n"), answer.body());
                assertTrue(answer.body().contains("\"finish_reason\":\"length\""));
            }
            assertEquals(ENDED_BY_SIGTERM, awaitEnd());
            assertLogged("stopping: waiting for ");
            assertLogged("stopping: all requests have ended");
        }
    }

    @Test
    void whatDoesNotEndInTimeEndsWithAnError() throws Exception {
        serve("--shutdown-timeout", "1");
        List<CompletableFuture<HttpResponse<String>>> streams = ask(4000, true);
        List<CompletableFuture<HttpResponse<String>>> answers = ask(4000, false);
        awaitLoad(2 * streams());
        terminate();
        assertEquals(ENDED_BY_SIGTERM, awaitEnd());
        for (CompletableFuture<HttpResponse<String>> stream : streams) {
            HttpResponse<String> answer = stream.get();
            List<String> events = List.of(answer.body().split("\n\n"));
            assertTrue(events.getLast().startsWith("data: {\"error\":{"), events.getLast());
            assertTrue(events.getLast().contains("stopping"), events.getLast());
        }
        for (CompletableFuture<HttpResponse<String>> answer : answers) {
            assertEquals(503, answer.get().statusCode(), answer.get().body());
            assertTrue(answer.get().body().contains("stopping"), answer.get().body());
        }
        assertLogged("stopping: " + 2 * streams() + " requests did not end in time");
    }

    @Test
    void secondSignalEndsAtOnce() throws Exception {
        serve("--shutdown-timeout", "3600");
        List<CompletableFuture<HttpResponse<String>>> streams = ask(4000, true);
        awaitLoad(streams());
        terminate();
        assertNobodyElseComesIn();
        terminate();
        assertEquals(ENDED_BY_SIGTERM, awaitEnd());
        assertTrue(streams.stream().noneMatch(s -> s.isDone() && !s.isCompletedExceptionally()));
    }
}
