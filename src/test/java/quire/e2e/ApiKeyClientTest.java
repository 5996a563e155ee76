package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.UnauthorizedException;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.model.openai.OpenAiChatModel;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.batcher.ServingEngine;

/** A server with keys, and clients with the right and the wrong one. */
@QuarkusTest
@TestProfile(ApiKeyClientTest.WithKey.class)
class ApiKeyClientTest {

    private static final String QUESTION = "Name the capital of Iraq.";

    public static final class WithKey implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quire.api-key", "sesame");
        }
    }

    @TestHTTPResource("/")
    URI server;

    @Inject ServingEngine serving;

    private OpenAIClient client(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(server + "v1")
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    private OpenAiChatModel model(String key) {
        return OpenAiChatModel.builder()
                .baseUrl(server + "v1")
                .apiKey(key)
                .modelName("quire-demo")
                .temperature(0.0)
                .maxRetries(0)
                .build();
    }

    @Test
    void clientsWithTheKeyAreServed() throws InterruptedException {
        EngineWatch.of(serving);
        assertEquals("quire-demo", client("sesame").models().list().items().getFirst().id());
        assertEquals("The capital of Iraq is Baghdad.", model("sesame").chat(QUESTION));
    }

    @Test
    void clientsWithAnotherKeyHearTheirOwnError() {
        UnauthorizedException error =
                assertThrows(UnauthorizedException.class, () -> client("open").models().list());
        assertEquals(Optional.of("invalid_api_key"), error.code());
        OpenAiChatModel stranger = model("open");
        assertThrows(AuthenticationException.class, () -> stranger.chat(QUESTION));
    }

    @Test
    void onlyProbesAndThePagesThatExplainNeedNoKey() throws Exception {
        EngineWatch.of(serving);
        for (String path : List.of("/health", "/ping", "/q/health/live", "/q/health/ready")) {
            assertEquals(200, get(path), path);
        }
        for (String path :
                List.of(
                        "/v1/models",
                        "/v1/models/quire-demo",
                        "/version",
                        "/load",
                        "/metrics",
                        "/q/metrics",
                        "/nowhere")) {
            assertEquals(401, get(path), path);
        }
        for (String path : List.of("/", "/docs", "/openapi.json", "/q/swagger-ui/")) {
            int status = get(path);
            assertTrue(status < 400, path + ": " + status);
        }
    }

    /** A refused request ends alone: its connection carries others, which go on. */
    @Test
    void refusedRequestLeavesOthersOfItsConnectionAlone() throws Exception {
        EngineWatch.of(serving);
        String story =
                """
                {"model": "quire-demo", "prompt": "Once upon a time", "temperature": 0,
                 "ignore_eos": true, "max_tokens": 1000, "stream": true}""";
        try (HttpClient client = HttpClient.newHttpClient()) {
            // The first request moves the connection to HTTP/2.
            assertEquals(401, post(client, "open", "{}").get().statusCode());
            CompletableFuture<HttpResponse<String>> stream = post(client, "sesame", story);
            for (String body : List.of("{}", " ".repeat(1 << 20), "")) {
                HttpResponse<String> refused = post(client, "open", body).get();
                assertEquals(401, refused.statusCode());
                assertEquals(HttpClient.Version.HTTP_2, refused.version());
            }
            assertEquals(200, stream.get().statusCode());
            assertEquals(
                    "length", Answer.of(stream.get().body()).choices().getFirst().finishReason());
        }
    }

    private CompletableFuture<HttpResponse<String>> post(
            HttpClient client, String key, String body) {
        return client.sendAsync(
                HttpRequest.newBuilder(server.resolve("/v1/completions"))
                        .header("Authorization", "Bearer " + key)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private int get(String path) throws Exception {
        try (Wire wire = new Wire(server)) {
            wire.send(Wire.request("GET", path, "", ""));
            return wire.readHead().status();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize"})
    void postsNeedTheKeyWhateverTheirBody(String path) throws Exception {
        for (String body :
                List.of("", "{}", "{\"model\": \"quire-demo\", \"prompt\": \"Hello\"}")) {
            try (Wire wire = new Wire(server)) {
                wire.post(path, body);
                assertEquals(401, wire.readHead().status(), body);
            }
        }
    }
}
