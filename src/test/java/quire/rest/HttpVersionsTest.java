package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every way in which a client may send a body: versions of HTTP, with a length and without one. */
@QuarkusTest
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HttpVersionsTest {

    /** Bodies within and beyond what the framework reads before it gives a request a thread. */
    private static final List<Integer> PROMPT_CHARS = List.of(10, 9_000, 200_000);

    static final List<String> METHODS = List.of("POST", "PUT", "PATCH", "DELETE", "BREW");

    @TestHTTPResource("/")
    URI server;

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    /** How the JDK's client sends it; on HTTP/2 its first request asks for the upgrade. */
    private record Way(HttpClient.Version version, boolean withLength) {

        BodyPublisher body(String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            return withLength
                    ? BodyPublishers.ofByteArray(bytes)
                    : BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes));
        }
    }

    static Stream<Way> ways() {
        return Stream.of(HttpClient.Version.values())
                .flatMap(version -> Stream.of(new Way(version, true), new Way(version, false)));
    }

    private HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(server.resolve(path))
                .header("Content-Type", "application/json");
    }

    private static String tokenize(int chars) {
        return "{\"prompt\": \"" + "a ".repeat(chars / 2) + "\"}";
    }

    private static void assertProblem(int status, HttpResponse<String> response) throws Exception {
        assertEquals(status, response.statusCode(), response.body());
        JsonNode error = DemoServer.MAPPER.readTree(response.body()).path("error");
        assertTrue(error.path("message").isTextual(), response.body());
    }

    @ParameterizedTest
    @MethodSource("ways")
    void bodiesAreReadWhole(Way way) throws Exception {
        try (HttpClient client = HttpClient.newBuilder().version(way.version()).build()) {
            for (int chars : PROMPT_CHARS) {
                HttpResponse<String> response =
                        client.send(
                                to("/tokenize").POST(way.body(tokenize(chars))).build(),
                                BodyHandlers.ofString());
                assertEquals(way.version(), response.version());
                assertEquals(200, response.statusCode(), response.body());
                int count = DemoServer.MAPPER.readTree(response.body()).path("count").asInt();
                assertTrue(count > chars / 4, response.body());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void answersAndStreamsComeWhole(Way way) throws Exception {
        String request =
                """
                {"model": "quire-demo", "prompt": "Once upon a time", "max_tokens": 20,
                 "temperature": 0, "stream": %s}\
                """;
        try (HttpClient client = HttpClient.newBuilder().version(way.version()).build()) {
            HttpResponse<String> whole =
                    client.send(
                            to("/v1/completions").POST(way.body(request.formatted(false))).build(),
                            BodyHandlers.ofString());
            assertEquals(200, whole.statusCode(), whole.body());
            HttpResponse<String> stream =
                    client.send(
                            to("/v1/completions").POST(way.body(request.formatted(true))).build(),
                            BodyHandlers.ofString());
            StringBuilder text = new StringBuilder();
            for (JsonNode chunk : DemoServer.chunks(stream.body())) {
                text.append(chunk.at("/choices/0/text").asText());
            }
            assertEquals(
                    DemoServer.MAPPER.readTree(whole.body()).at("/choices/0/text").asText(),
                    text.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void bodiesThatNobodyReadsDoNoHarm(Way way) throws Exception {
        try (HttpClient client = HttpClient.newBuilder().version(way.version()).build()) {
            for (String body : List.of("", "{}", tokenize(50_000))) {
                HttpResponse<String> ping =
                        client.send(
                                to("/ping").POST(way.body(body)).build(), BodyHandlers.ofString());
                assertEquals(200, ping.statusCode(), ping.body());
                assertEquals("", ping.body());
                for (String method : METHODS) {
                    HttpRequest nowhere = to("/nope").method(method, way.body(body)).build();
                    assertProblem(404, client.send(nowhere, BodyHandlers.ofString()));
                }
                for (String method : List.of("PUT", "PATCH", "DELETE", "BREW")) {
                    HttpRequest wrong = to("/tokenize").method(method, way.body(body)).build();
                    HttpResponse<String> response = client.send(wrong, BodyHandlers.ofString());
                    assertProblem(405, response);
                    assertEquals("POST", response.headers().firstValue("Allow").orElse(""));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void brokenBodiesWithoutLengthAreExplained(HttpClient.Version version) throws Exception {
        Way way = new Way(version, false);
        try (HttpClient client = HttpClient.newBuilder().version(version).build()) {
            for (String body : List.of("", "{", "[]", "{\"prompt\": 5}")) {
                HttpRequest request = to("/tokenize").POST(way.body(body)).build();
                assertProblem(400, client.send(request, BodyHandlers.ofString()));
            }
        }
    }

    /** HTTP/2 from the first byte, which the JDK's client does not speak without TLS. */
    @ParameterizedTest
    @FieldSource("METHODS")
    void priorKnowledgeOfHttp2IsAsGoodAsTheUpgrade(String method) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            io.vertx.core.http.HttpClient client =
                    vertx.createHttpClient(
                            new HttpClientOptions()
                                    .setProtocolVersion(HttpVersion.HTTP_2)
                                    .setHttp2ClearTextUpgrade(false));
            int status = method.equals("POST") ? 200 : 405;
            for (int chars : PROMPT_CHARS) {
                assertEquals(status, exchange(client, method, "/tokenize", tokenize(chars)));
            }
            assertEquals(413, exchange(client, "POST", "/tokenize", tokenize(11 << 20)));
            assertEquals(200, exchange(client, "POST", "/ping", "{}"));
            assertEquals(404, exchange(client, method, "/nope", "{}"));
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get();
        }
    }

    /** The status of the answer to a body that announces no length. */
    private int exchange(
            io.vertx.core.http.HttpClient client, String method, String path, String body)
            throws Exception {
        HttpClientRequest request =
                client.request(
                                new RequestOptions()
                                        .setMethod(HttpMethod.valueOf(method))
                                        .setHost(server.getHost())
                                        .setPort(server.getPort())
                                        .setURI(path)
                                        .putHeader("Content-Type", "application/json"))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get();
        request.setChunked(true);
        request.write(Buffer.buffer(body));
        request.end();
        HttpClientResponse response =
                request.response().toCompletionStage().toCompletableFuture().get();
        assertEquals(HttpVersion.HTTP_2, response.version());
        return response.statusCode();
    }
}
