package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server with little patience for silent clients, and answers that take longer than that. */
@QuarkusTest
@TestProfile(IdleConnectionsTest.Impatient.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class IdleConnectionsTest {

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** One sequence at a time, so that choices come one after the other. */
    public static final class Impatient implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.idle-timeout", "1S", "quire.max-num-seqs", "1");
        }
    }

    @TestHTTPResource("/")
    URI server;

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    /** More tokens than any machine makes in the time, half of it in silence before a stream. */
    private HttpRequest longRequest(boolean stream, int choices) {
        return HttpRequest.newBuilder(server.resolve("/v1/completions"))
                .header("Content-Type", "application/json")
                .POST(
                        BodyPublishers.ofString(
                                """
                                {"model": "quire-demo", "prompt": "Once", "ignore_eos": true,
                                 "temperature": 0, "max_tokens": 3900, "n": %d, "stream": %s}\
                                """
                                        .formatted(choices, stream)))
                .build();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void answersThatTakeLongerThanTheLimitArrive(HttpClient.Version version) throws Exception {
        try (HttpClient client = HttpClient.newBuilder().version(version).build()) {
            for (int choices = 2; ; choices *= 2) {
                long begin = System.nanoTime();
                HttpResponse<String> response =
                        client.send(longRequest(false, choices), BodyHandlers.ofString());
                assertEquals(200, response.statusCode());
                if (System.nanoTime() - begin > 3 * IDLE_NANOS) {
                    return;
                }
            }
        }
    }

    @Test
    void streamThatWaitsInTheQueueHasItsHeadAndLater() throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> busy =
                    client.send(longRequest(true, 8), BodyHandlers.ofInputStream());
            HttpResponse<InputStream> waiting =
                    client.send(longRequest(true, 1), BodyHandlers.ofInputStream());
            // The first is not read to its end, so that the second has nothing to say yet.
            assertEquals(200, waiting.statusCode());
            assertEquals(
                    ": \n\n", new String(waiting.body().readNBytes(4), StandardCharsets.UTF_8));
            busy.body().close();
            String rest = new String(waiting.body().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(rest.endsWith("data: [DONE]\n\n"), rest.substring(rest.length() - 40));
        }
    }

    @Test
    void connectionsWithoutARequestAreEnded() throws IOException {
        try (Socket fresh = new Socket(server.getHost(), server.getPort());
                Socket half = new Socket(server.getHost(), server.getPort());
                Socket used = new Socket(server.getHost(), server.getPort())) {
            String head =
                    "POST /tokenize HTTP/1.1\r\nHost: quire\r\nContent-Type: application/json\r\n";
            half.getOutputStream()
                    .write(
                            (head + "Content-Length: 100\r\n\r\n{")
                                    .getBytes(StandardCharsets.UTF_8));
            used.getOutputStream()
                    .write(
                            "GET /health HTTP/1.1\r\nHost: quire\r\n\r\n"
                                    .getBytes(StandardCharsets.UTF_8));
            assertEquals("", allThatComes(fresh));
            assertEquals("", allThatComes(half));
            assertTrue(allThatComes(used).startsWith("HTTP/1.1 200 "));
        }
    }

    private static String allThatComes(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
