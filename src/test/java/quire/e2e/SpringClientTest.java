package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.http.MediaType;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.client.RestClient;
import quire.batcher.ServingEngine;

/**
 * Spring's {@code RestClient}, with which Spring AI speaks to models: it writes bodies as they are
 * made from objects, without knowing their length, and over HTTP/2 where the server has it.
 */
@QuarkusTest
class SpringClientTest {

    @TestHTTPResource("/")
    URI server;

    @Inject ServingEngine serving;

    @BeforeEach
    void awaitModel() throws InterruptedException {
        EngineWatch.of(serving);
    }

    private RestClient client(HttpClient.Version version) {
        HttpClient http = HttpClient.newBuilder().version(version).build();
        return RestClient.builder()
                .requestFactory(new JdkClientHttpRequestFactory(http))
                .baseUrl(server.toString())
                .build();
    }

    private static Map<String, Object> request(GoldenChat chat, boolean stream) {
        return Map.of(
                "model",
                "quire-demo",
                "messages",
                chat.messages().stream()
                        .map(m -> Map.of("role", m.role(), "content", m.content()))
                        .toList(),
                "temperature",
                0,
                "stream",
                stream);
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void conversationsAreAnsweredAsInTransformers(HttpClient.Version version) {
        RestClient client = client(version);
        for (GoldenChat chat : GoldenChat.all().subList(0, 10)) {
            JsonNode answer =
                    client.post()
                            .uri("/v1/chat/completions")
                            .contentType(MediaType.APPLICATION_JSON)
                            .body(request(chat, false))
                            .retrieve()
                            .body(JsonNode.class);
            assertEquals(chat.answer(), answer.at("/choices/0/message/content").asText());
        }
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void streamsComeToTheirEnd(HttpClient.Version version) throws Exception {
        GoldenChat chat = GoldenChat.all().getFirst();
        String stream =
                client(version)
                        .post()
                        .uri("/v1/chat/completions")
                        .contentType(MediaType.APPLICATION_JSON)
                        .body(request(chat, true))
                        .exchange(
                                (sent, answer) ->
                                        new String(
                                                answer.getBody().readAllBytes(),
                                                StandardCharsets.UTF_8));
        assertEquals(chat.answer(), Answer.of(stream).choices().getFirst().text());
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void refusalsArriveWithTheirWords(HttpClient.Version version) {
        HttpClientErrorException refusal =
                assertThrows(
                        HttpClientErrorException.BadRequest.class,
                        () ->
                                client(version)
                                        .post()
                                        .uri("/v1/completions")
                                        .contentType(MediaType.APPLICATION_JSON)
                                        .body(
                                                Map.of(
                                                        "model",
                                                        "quire-demo",
                                                        "prompt",
                                                        List.of(List.of(1, 2), List.of(-1))))
                                        .retrieve()
                                        .body(String.class));
        assertTrue(refusal.getResponseBodyAsString().contains("\"prompt"), refusal.getMessage());
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void postedPingIsAnswered(HttpClient.Version version) {
        RestClient client = client(version);
        assertEquals(
                200,
                client.post()
                        .uri("/ping")
                        .contentType(MediaType.APPLICATION_JSON)
                        .body(Map.of("are", "you there?"))
                        .retrieve()
                        .toBodilessEntity()
                        .getStatusCode()
                        .value());
    }
}
