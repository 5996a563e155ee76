package quire.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import quire.Outside;

/**
 * A server whose card fails under requests that run, stream and wait: all have an answer, the log
 * says why in a line, and the process ends with the status that asks for a restart.
 */
class DeadCardIT extends ServerProcess {

    private static final int DEAD = 70;

    /** Launches of kernels until the card fails: some eighty steps, which take seconds. */
    private static final int LAUNCHES = 5000;

    /** Requests that run at once, and launches that they all come in before. */
    private static final int CROWD = 48;

    private static final int CROWD_LAUNCHES = 3000;

    private URI api;

    private void serve(String fault, String... more) throws IOException {
        Outside.CUDA_EMULATOR.path();
        List<String> args = new ArrayList<>(List.of("serve", "--port", "0", "--emulate"));
        args.addAll(List.of("--backend", "cuda", "--kv-cache-memory-bytes", "8M"));
        args.addAll(List.of("--max-model-len", "1K", "--max-num-batched-tokens", "64"));
        args.addAll(List.of(more));
        start(Map.of("QUIRE_EMULATOR_FAULTS", fault), args.toArray(String[]::new));
        api = URI.create(awaitReady().group(1) + "/");
    }

    private CompletableFuture<HttpResponse<String>> ask(boolean stream) {
        HttpRequest request =
                HttpRequest.newBuilder(api.resolve("completions"))
                        .version(HttpClient.Version.HTTP_1_1)
                        .header("Content-Type", "application/json")
                        .POST(
                                BodyPublishers.ofString(
                                        """
                                        {"model": "quire-demo", "prompt": "Once upon a time",
                                         "ignore_eos": true, "max_tokens": 900, "stream": %s}\
                                        """
                                                .formatted(stream)))
                        .build();
        return http.sendAsync(request, BodyHandlers.ofString());
    }

    /** Two that run, a stream and a whole answer, and as many that wait behind them. */
    private List<CompletableFuture<HttpResponse<String>>> inside() throws Exception {
        List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
        for (boolean stream : new boolean[] {true, false, true, false}) {
            asked.add(ask(stream));
            awaitLoad(asked.size());
        }
        return asked;
    }

    /** Answers end together, each on a connection of its own. */
    @Test
    void aCrowdOfWholeAnswersIsAnsweredWhenAKernelFails() throws Exception {
        serve("launch:" + CROWD_LAUNCHES + "=719", "--max-num-seqs", Integer.toString(CROWD));
        List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
        for (int i = 0; i < CROWD; i++) {
            asked.add(ask(false));
        }
        for (CompletableFuture<HttpResponse<String>> one : asked) {
            assertEquals(500, one.get().statusCode(), one.get().body());
            assertIsProblem(one.get().body(), "The engine failed: ", "(719)");
        }
        assertEndsDead("CUDA_ERROR_LAUNCH_FAILED (719), unspecified launch failure");
    }

    private void awaitLoad(int wanted) throws Exception {
        HttpRequest.Builder load = HttpRequest.newBuilder(api.resolve("/load"));
        while (MAPPER.readTree(send(load).body()).path("server_load").asInt() < wanted) {
            Thread.sleep(5);
        }
    }

    private void assertAllAreAnswered(
            List<CompletableFuture<HttpResponse<String>>> asked, String why) throws Exception {
        HttpResponse<String> stream = asked.get(0).get();
        assertEquals(200, stream.statusCode());
        List<String> events = List.of(stream.body().strip().split("\n\n"));
        assertTrue(events.size() > 2, stream.body());
        assertTrue(events.getLast().startsWith("data: {\"error\":{"), events.getLast());
        assertIsProblem(events.getLast().substring("data: ".length()), "The engine failed", why);
        HttpResponse<String> whole = asked.get(1).get();
        assertEquals(500, whole.statusCode(), whole.body());
        assertIsProblem(whole.body(), "The engine failed: ", why);
        // The head of a stream that waits leaves after a second.
        String waiting = asked.get(2).get().body().strip();
        String last = waiting.substring(waiting.lastIndexOf('\n') + 1);
        assertIsProblem(last.replaceFirst("^data: ", ""), "restart", why);
        HttpResponse<String> refused = asked.get(3).get();
        assertEquals(503, refused.statusCode(), refused.body());
        assertTrue(refused.headers().firstValue("Retry-After").isPresent());
        assertIsProblem(refused.body(), "restart", why);
    }

    private static void assertIsProblem(String json, String sentence, String why)
            throws IOException {
        JsonNode error = MAPPER.readTree(json).path("error");
        assertEquals("server_error", error.path("type").asText(), json);
        assertTrue(error.path("message").asText().contains(sentence), json);
        assertTrue(error.path("message").asText().contains(why), json);
    }

    private void assertEndsDead(String why) throws Exception {
        assertEquals(DEAD, awaitEnd(), String.join("\n", log));
        List<String> errors =
                Files.readAllLines(errors()).stream()
                        .filter(line -> !line.startsWith("[emulator] "))
                        .toList();
        assertEquals(1, errors.size(), String.join("\n", errors));
        assertTrue(errors.getFirst().contains(" ERROR "), errors.getFirst());
        assertTrue(errors.getFirst().endsWith(why), errors.getFirst());
    }

    @Test
    void aKernelThatFailsEndsTheServerWhenEverybodyHasAnAnswer() throws Exception {
        serve("launch:" + LAUNCHES + "=719", "--max-num-seqs", "2");
        HttpRequest.Builder ready = HttpRequest.newBuilder(api.resolve("/q/health/ready"));
        assertEquals(200, send(ready).statusCode());
        CompletableFuture<HttpResponse<String>> watching =
                http.sendAsync(
                        HttpRequest.newBuilder(api.resolve("/engine/live")).build(),
                        BodyHandlers.ofString());
        assertAllAreAnswered(inside(), "CUDA_ERROR_LAUNCH_FAILED (719)");
        assertIsReadyNoMore(ready);
        assertEndsDead("CUDA_ERROR_LAUNCH_FAILED (719), unspecified launch failure");
        // Were it cut instead of ended, there would be no response.
        String frames = watching.get().body();
        assertTrue(frames.endsWith("}\n"), frames);
        JsonNode last = MAPPER.readTree(frames.lines().toList().getLast());
        assertEquals("silent", last.path("state").asText(), last.toString());
    }

    /** It may be gone already. */
    private void assertIsReadyNoMore(HttpRequest.Builder ready) throws Exception {
        try {
            HttpResponse<String> answer =
                    http.sendAsync(ready.build(), BodyHandlers.ofString()).get();
            assertEquals(503, answer.statusCode(), answer.body());
        } catch (ExecutionException gone) {
            assertTrue(gone.getCause() instanceof IOException, gone.toString());
        }
    }
}
