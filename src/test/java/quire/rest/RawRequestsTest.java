package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that no client library sends, byte by byte, and what the log says of them. */
@QuarkusTest
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class RawRequestsTest {

    @TestHTTPResource("/")
    URI server;

    /** What went to the log at WARN or above. */
    private final List<String> complaints = new ArrayList<>();

    private final Handler listener =
            new Handler() {
                @Override
                public synchronized void publish(LogRecord record) {
                    if (record.getLevel().intValue() >= Level.WARNING.intValue()) {
                        complaints.add(record.getLoggerName() + ": " + record.getMessage());
                    }
                }

                @Override
                public void flush() {}

                @Override
                public void close() {}
            };

    @BeforeEach
    void listen() throws InterruptedException {
        DemoServer.awaitReady();
        Logger.getLogger("").addHandler(listener);
    }

    @AfterEach
    void noClientMakesTheServerComplain() {
        Logger.getLogger("").removeHandler(listener);
        assertEquals(List.of(), complaints);
    }

    /** All that comes until the server ends the connection. */
    private String exchange(String request) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout((int) TimeUnit.MINUTES.toMillis(1));
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            StringBuilder answer = new StringBuilder();
            byte[] buffer = new byte[4096];
            try {
                for (int n = 0; n >= 0; n = socket.getInputStream().read(buffer)) {
                    answer.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
                }
            } catch (SocketException e) {
                // Reset, after what was answered: the server did not read all that was sent.
            }
            return answer.toString();
        }
    }

    private static void assertProblem(int status, String answer) throws IOException {
        assertTrue(answer.matches("(?s)HTTP/1\\.[01] " + status + " .*"), answer);
        JsonNode error =
                DemoServer.MAPPER
                        .readTree(answer.substring(answer.indexOf("\r\n\r\n")))
                        .get("error");
        assertTrue(error.path("message").isTextual(), answer);
        assertTrue(error.has("type") && error.has("param") && error.has("code"), answer);
    }

    private static String get(String target, String... headers) {
        return "GET "
                + target
                + " HTTP/1.1\r\n"
                + String.join("", headers)
                + "Connection: close\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Host: a b\r\n", "Host: a:port\r\n"})
    void requestForNoHostIsExplained(String host) throws IOException {
        String answer = exchange(get("/v1/models", host));
        assertProblem(400, answer);
        assertTrue(answer.contains("'Host'"), answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET nothing HTTP/1.1", "OPTIONS * HTTP/1.1"})
    void requestForNoPathIsExplained(String line) throws IOException {
        assertProblem(404, exchange(line + "\r\nHost: quire\r\nConnection: close\r\n\r\n"));
    }

    @Test
    void chunkThatIsNoChunkEndsTheConnection() throws IOException {
        for (String chunks : List.of("zz\r\n", "5\r\n{}", "2\r\n{}xx\r\n")) {
            String answer =
                    exchange(
                            "POST /tokenize HTTP/1.1\r\n"
                                    + "Host: quire\r\n"
                                    + "Transfer-Encoding: chunked\r\n"
                                    + "Content-Type: application/json\r\n"
                                    + "Connection: close\r\n\r\n"
                                    + chunks
                                    + "zz\r\n\r\n");
            assertFalse(answer.contains("200 OK"), answer);
        }
    }

    @Test
    void bytesThatAreNoHttp2EndTheConnection() throws IOException {
        exchange("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nhello, this is no frame of any kind, is it?");
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void http10WithKeepAliveSeesTheEndOfItsAnswer(boolean stream) throws IOException {
        String body =
                """
                {"model": "quire-demo", "prompt": "Once", "max_tokens": 5, "stream": %s}\
                """
                        .formatted(stream);
        String answer =
                exchange(
                        "POST /v1/completions HTTP/1.0\r\nConnection: keep-alive\r\n"
                                + "Content-Type: application/json\r\nContent-Length: "
                                + body.length()
                                + "\r\n\r\n"
                                + body
                                // A second request shows that the connection lasts, and ends it.
                                + "GET /health HTTP/1.0\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.0 200 "), answer);
        assertFalse(answer.toLowerCase().contains("transfer-encoding"), answer);
        if (stream) {
            assertTrue(answer.toLowerCase().contains("connection: close"), answer);
            assertTrue(answer.endsWith("data: [DONE]\n\n"), answer);
        } else {
            assertTrue(answer.toLowerCase().contains("content-length: "), answer);
            assertTrue(answer.substring(10).contains("HTTP/1.0 200 "), answer);
        }
    }

    @Test
    void connectionOutlivesABodyThatNobodyRead() throws IOException {
        String ping = "POST /ping HTTP/1.1\r\nHost: quire\r\n";
        String answer =
                exchange(
                        ping
                                + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
                                + ping
                                + "Content-Length: 5\r\n\r\nhello"
                                + get("/v1/models", "Host: quire\r\n"));
        assertEquals(4, answer.split("HTTP/1.1 200 ", -1).length, answer);
    }
}
