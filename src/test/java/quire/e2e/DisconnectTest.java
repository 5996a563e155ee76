package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.batcher.ServingEngine;
import quire.error.QuireException;
import quire.generation.Generation;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.sampling.SamplingParams;

/** Clients that go away. */
@QuarkusTest
class DisconnectTest {

    private static final String PATH = "/v1/completions";

    @TestHTTPResource("/")
    URI server;

    @Inject ServingEngine serving;

    private EngineWatch watch;

    /** Tokens of an answer that nobody waits for. */
    int longAnswer() {
        return 3900;
    }

    int stepsInFlight() {
        return 1;
    }

    @BeforeEach
    void awaitModel() throws InterruptedException {
        watch = EngineWatch.of(serving);
        watch.awaitRest();
    }

    @AfterEach
    void nothingIsLeft() throws InterruptedException {
        watch.awaitRest();
    }

    /** A completion that only its length ends. */
    static String body(int maxTokens, int n, boolean stream) {
        return """
        {"model": "quire-demo", "prompt": "Once upon a time", "temperature": 0,
         "ignore_eos": true, "max_tokens": %d, "n": %d, "stream": %b}\
        """
                .formatted(maxTokens, n, stream);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void streamingClientThatGoesAwayFreesItsBlocks(boolean reset) throws Exception {
        Wire client = new Wire(server);
        client.post(PATH, body(longAnswer(), 8, true));
        client.readHead();
        client.readChunk();
        watch.awaitStats("its choices to run", stats -> stats.numRunning() == 8);
        goesAway(client, reset);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clientThatGoesAwayWhileItWaitsFreesItsBlocks(boolean reset) throws Exception {
        Wire client = new Wire(server);
        client.post(PATH, body(longAnswer(), 8, false));
        watch.awaitStats("its choices to run", stats -> stats.numRunning() == 8);
        goesAway(client, reset);
    }

    /** They may be gone before the server has read what they want. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clientsThatGoAwayRightAfterTheirRequestAreForgotten(boolean streaming) throws Exception {
        long before = watch.engine().numSteps();
        for (int i = 0; i < 20; i++) {
            Wire client = new Wire(server);
            client.post(PATH, body(longAnswer(), 1, streaming));
            client.close();
        }
        // The server may be at the requests still when the last client is gone.
        assertEquals(1, ask(body(1, 1, false)).choices().size());
        watch.awaitRest();
        assertFewSteps(before);
    }

    /** Over HTTP/2 it is a stream that ends, while its connection stays. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void clientThatEndsItsStreamFreesItsBlocks(boolean streaming) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(server.resolve(PATH))
                            .header("Content-Type", "application/json");
            String first = body(1, 1, false);
            HttpResponse<String> answer =
                    client.send(
                            request.POST(HttpRequest.BodyPublishers.ofString(first)).build(),
                            HttpResponse.BodyHandlers.ofString());
            assertEquals(HttpClient.Version.HTTP_2, answer.version());
            String body = body(longAnswer(), 8, streaming);
            CompletableFuture<?> future =
                    client.sendAsync(
                            request.POST(HttpRequest.BodyPublishers.ofString(body)).build(),
                            HttpResponse.BodyHandlers.ofString());
            watch.awaitStats("its choices to run", stats -> stats.numRunning() == 8);
            long before = watch.engine().numSteps();
            future.cancel(true);
            watch.awaitRest();
            assertFewSteps(before);
        }
    }

    /**
     * The steps made since are those until the server heard of it, and one: far fewer than the
     * answer would have taken.
     */
    private void goesAway(Wire client, boolean reset) throws Exception {
        long before = watch.engine().numSteps();
        if (reset) {
            client.reset();
        } else {
            client.close();
        }
        watch.awaitRest();
        assertFewSteps(before);
    }

    private void assertFewSteps(long before) {
        long since = watch.engine().numSteps() - before;
        assertTrue(since < longAnswer() / 2, since + " steps were made for a client that was gone");
    }

    @Test
    void cancelledGenerationEndsWithTheStepInFlight() throws Exception {
        CompletableFuture<Generation> generation = new CompletableFuture<>();
        CompletableFuture<Long> cancelled = new CompletableFuture<>();
        AtomicInteger heard = new AtomicInteger();
        GenerationListener listener =
                new GenerationListener() {
                    @Override
                    public void onOutput(GenerationOutput output) {
                        if (heard.incrementAndGet() == 1) {
                            generation.join().cancel();
                            cancelled.complete(watch.engine().numSteps());
                        }
                    }

                    @Override
                    public void onError(QuireException error) {
                        cancelled.completeExceptionally(error);
                    }
                };
        SamplingParams params =
                SamplingParams.greedy(longAnswer()).toBuilder().ignoreEos(true).n(4).build();
        generation.complete(
                serving.submit(
                                List.of(
                                        new Submission(
                                                new GenerationRequest(
                                                        "cancelled", new int[] {5, 6, 7}, params),
                                                listener)))
                        .getFirst());
        long steps = cancelled.get();
        watch.awaitRest();
        // When the first output is heard, the steps behind it are on their way already; of several
        // one may be back, which makes room for another before the cancellation is heard.
        int onTheirWay = 2 * stepsInFlight() - 1;
        assertTrue(watch.engine().numSteps() <= steps + onTheirWay, "it went on for longer");
        assertTrue(heard.get() <= 4 * stepsInFlight(), heard + " outputs of 4 choices");
    }

    @Test
    void clientsThatGoAwayInTheMiddleOfTheirRequestAreForgotten() throws Exception {
        byte[] request =
                Wire.request("POST", PATH, "application/json", body(longAnswer(), 1, true));
        for (int length : List.of(1, 10, request.length / 2, request.length - 1)) {
            long before = watch.engine().numSteps();
            Wire client = new Wire(server);
            client.send(request, length);
            client.close();
            assertEquals(1, ask(body(1, 1, false)).choices().size());
            assertEquals(before + 1, watch.engine().numSteps(), "steps for half a request");
        }
    }

    private Answer ask(String body) throws Exception {
        try (Wire wire = new Wire(server)) {
            wire.post(PATH, body);
            Wire.Head head = wire.readHead();
            String answer = wire.readBody(head);
            assertEquals(200, head.status(), answer);
            return Answer.of(answer);
        }
    }
}
