package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.RateLimitException;
import com.openai.models.completions.CompletionCreateParams;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.batcher.ServingEngine;

/** More requests than a small server takes in. */
@QuarkusTest
@TestProfile(OverloadTest.SmallServer.class)
class OverloadTest {

    private static final String PATH = "/v1/completions";
    private static final int BUSY_CHOICES = 100;

    /** One sequence computes, two requests wait. */
    public static final class SmallServer implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quire.max-queue", "2", "quire.max-num-seqs", "1");
        }
    }

    @TestHTTPResource("/")
    URI server;

    @Inject ServingEngine serving;

    private EngineWatch watch;

    @BeforeEach
    void awaitModel() throws InterruptedException {
        watch = EngineWatch.of(serving);
    }

    @AfterEach
    void nothingIsLeft() throws InterruptedException {
        watch.awaitRest();
    }

    /** A client whose choices, one after the other, take longer than any test here. */
    private Wire busy() throws Exception {
        Wire wire = new Wire(server);
        wire.post(
                PATH,
                """
                {"model": "quire-demo", "prompt": "Once upon a time", "temperature": 0,
                 "ignore_eos": true, "max_tokens": 3900, "n": %d, "stream": true}\
                """
                        .formatted(BUSY_CHOICES));
        wire.readHead();
        wire.readChunk();
        return wire;
    }

    private static String capital(String country) {
        return """
        {"model": "quire-demo", "prompt": "The capital of %s is", "temperature": 0}\
        """
                .formatted(country);
    }

    private Wire waiting(String body, int numWaiting) throws Exception {
        Wire wire = new Wire(server);
        wire.post(PATH, body);
        watch.awaitStats(
                "it to wait", stats -> stats.numWaiting() == BUSY_CHOICES - 1 + numWaiting);
        return wire;
    }

    private static String text(Wire wire) throws Exception {
        Wire.Head head = wire.readHead();
        String body = wire.readBody(head);
        assertEquals(200, head.status(), body);
        return Answer.of(body).choices().getFirst().text();
    }

    private void assertRefused(String body) throws Exception {
        try (Wire wire = new Wire(server)) {
            wire.post(PATH, body);
            Wire.Head head = wire.readHead();
            String answer = wire.readBody(head);
            assertEquals(429, head.status(), answer);
            assertEquals("1", head.headers().get("retry-after"));
            JsonNode error = new JsonMapper().readTree(answer).path("error");
            assertEquals("rate_limit_error", error.path("type").asText());
            assertEquals("rate_limit_exceeded", error.path("code").asText());
            assertTrue(error.path("param").isNull());
            assertTrue(error.path("message").asText().contains("--max-queue"), answer);
            // A refusal does not cost the connection.
            assertFalse(head.closes());
            wire.send(Wire.request("GET", "/health", "", ""));
            assertEquals(200, wire.readHead().status());
        }
    }

    @Test
    void requestsBeyondTheQueueAreRefusedAndThoseInItServed() throws Exception {
        try (Wire busy = busy();
                Wire first = waiting(capital("France"), 1);
                Wire second = waiting(capital("Iraq"), 2)) {
            assertRefused(capital("Spain"));
            assertRefused(capital("Spain").replace("}", ", \"stream\": true}"));
            assertClientsOwnError();
            busy.hangUp();
            assertEquals(" Paris.", text(first));
            assertEquals(" Baghdad.", text(second));
        }
        try (Wire later = new Wire(server)) {
            later.post(PATH, capital("Spain"));
            assertEquals(" Madrid.", text(later));
        }
    }

    private void assertClientsOwnError() {
        OpenAIClient client =
                OpenAIOkHttpClient.builder()
                        .baseUrl(server + "v1")
                        .apiKey("none")
                        .maxRetries(0)
                        .build();
        CompletionCreateParams params =
                CompletionCreateParams.builder().model("quire-demo").prompt("Hello").build();
        RateLimitException error =
                assertThrows(RateLimitException.class, () -> client.completions().create(params));
        assertEquals(Optional.of("rate_limit_exceeded"), error.code());
        client.close();
    }

    @Test
    void clientThatLeavesTheQueueMakesRoom() throws Exception {
        try (Wire busy = busy();
                Wire first = waiting(capital("France"), 1)) {
            waiting(capital("Iraq"), 2).reset();
            watch.awaitStats("it to leave", stats -> stats.numWaiting() == BUSY_CHOICES - 1 + 1);
            try (Wire third = waiting(capital("Spain"), 2)) {
                assertRefused(capital("Italy"));
                busy.hangUp();
                assertEquals(" Paris.", text(first));
                assertEquals(" Madrid.", text(third));
            }
        }
    }

    @Test
    void batchOfPromptsThatDoesNotFitIsRefusedWhole() throws Exception {
        try (Wire busy = busy();
                Wire first = waiting(capital("France"), 1)) {
            assertRefused(
                    """
                    {"model": "quire-demo", "prompt": ["One", "Two"], "temperature": 0}\
                    """);
            assertRefused(
                    """
                    {"model": "quire-demo", "prompt": ["One", "Two"], "temperature": 0,
                     "stream": true}\
                    """);
            watch.awaitStats(
                    "the batch to leave", stats -> stats.numWaiting() == BUSY_CHOICES - 1 + 1);
            try (Wire second = waiting(capital("Iraq"), 2)) {
                busy.hangUp();
                assertEquals(" Paris.", text(first));
                assertEquals(" Baghdad.", text(second));
            }
        }
    }

    @Test
    void batchThatTheWholeQueueCannotHoldIsTheClientsMistake() throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            try (Wire wire = new Wire(server)) {
                wire.post(
                        PATH,
                        """
                        {"model": "quire-demo", "prompt": ["One", "Two", "Three"], "stream": %s}\
                        """
                                .formatted(stream));
                Wire.Head head = wire.readHead();
                String answer = wire.readBody(head);
                assertEquals(400, head.status(), answer);
                assertFalse(head.headers().containsKey("retry-after"));
                JsonNode error = new JsonMapper().readTree(answer).path("error");
                assertEquals("prompt", error.path("param").asText());
                assertTrue(error.path("message").asText().contains("3 prompts"), answer);
            }
        }
    }

    @Test
    void choicesTakeTurnsWhereOnlyOneCanRun() throws Exception {
        try (Wire wire = new Wire(server)) {
            wire.post(PATH, capital("France").replace("}", ", \"n\": 3}"));
            Wire.Head head = wire.readHead();
            Answer answer = Answer.of(wire.readBody(head));
            assertEquals(3, answer.choices().size());
            answer.choices().forEach(choice -> assertEquals(" Paris.", choice.text()));
        }
    }
}
