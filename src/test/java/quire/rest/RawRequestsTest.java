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
import java.util.List;
import java.util.concurrent.TimeUnit;
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

    private final Complaints complaints = new Complaints();

    @BeforeEach
    void listen() throws InterruptedException {
        DemoServer.awaitReady();
        complaints.listen();
    }

    @AfterEach
    void noClientMakesTheServerComplain() {
        assertEquals("", complaints.stop());
    }

    /** All that comes until the server ends the connection. */
    private String exchange(String request) throws IOException {
        try (Socket socket = new Socket(server.getHost(), server.getPort())) {
            socket.setSoTimeout((int) TimeUnit.MINUTES.toMillis(1));
            StringBuilder answer = new StringBuilder();
            byte[] buffer = new byte[4096];
            try {
                socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            } catch (SocketException e) {
                // The server has heard enough, and closed while we spoke: its answer is here.
            }
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

    /**
     * An answer with a body in our words, after which the connection ends.
     *
     * @return the code that a program may switch on
     */
    private static String assertLastWord(int status, String answer) throws IOException {
        assertProblem(status, answer);
        String head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase();
        String body = answer.substring(head.length() + 4);
        assertTrue(head.contains("\r\ncontent-type: application/json"), answer);
        assertTrue(head.contains("\r\ncontent-length: " + body.length()), answer);
        assertTrue(head.contains("\r\nconnection: close"), answer);
        assertTrue(head.contains("\r\nx-request-id: "), answer);
        return DemoServer.MAPPER.readTree(body).at("/error/code").asText();
    }

    private static String get(String target, String... headers) {
        return "GET "
                + target
                + " HTTP/1.1\r\n"
                + String.join("", headers)
                + "Connection: close\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Host: a b\r\n",
                "Host: a:port\r\n",
                "Host: quire\r\nHost: quire\r\n",
                "Host: a\r\nHost: b\r\n"
            })
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "zz\r\n",
                "-1\r\n",
                "fffffffff\r\n",
                "2\r\n{}xx\r\n",
                "2;a=\1\r\n{}\r\nzz\r\n",
                "0\r\nno trailer\r\n\r\n"
            })
    void chunkThatIsNoChunkIsExplained(String chunks) throws IOException {
        String head =
                " HTTP/1.1\r\nHost: quire\r\nTransfer-Encoding: chunked\r\n"
                        + "Content-Type: application/json\r\n\r\n";
        for (String path : List.of("/tokenize", "/v1/completions", "/nope")) {
            String answer = exchange("POST " + path + head + chunks + "\r\n".repeat(10_000));
            if (path.equals("/nope")) {
                assertProblem(404, answer);
            } else {
                assertEquals("invalid_chunk", assertLastWord(400, answer));
            }
        }
    }

    @Test
    void answerUnderWayIsNotMixedWithAnError() throws IOException {
        String stream = "{\"model\": \"quire-demo\", \"prompt\": \"Once\", \"stream\": true}";
        String answer =
                exchange(
                        "POST /v1/completions HTTP/1.1\r\nHost: quire\r\n"
                                + "Content-Type: application/json\r\nContent-Length: "
                                + stream.length()
                                + "\r\n\r\n"
                                + stream
                                + "no request\r\n\r\n");
        int second = answer.indexOf("HTTP/1.", 10);
        assertTrue(answer.substring(0, second).endsWith("data: [DONE]\n\n\r\n0\r\n\r\n"), answer);
        assertLastWord(400, answer.substring(second));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    hello                                 | 400 | null
                    GET                                   | 400 | null
                    GET /ping                             | 400 | null
                    GET /ping HTTP                        | 400 | null
                    GET /ping HTTP/1.x                    | 400 | null
                    GET /ping HTTP/1.2                    | 505 | http_version_not_supported
                    GET /ping HTTP/2.0                    | 505 | http_version_not_supported
                    GET /ping HTTP/9.9                    | 505 | http_version_not_supported
                    GET /ping FTP/1.1                     | 505 | http_version_not_supported
                    PRI * HTTP/2.0                        | 505 | http_version_not_supported
                    GET /ping HTTP/1.1~no header          | 400 | null
                    GET /ping HTTP/1.1~name : value       | 400 | null
                    POST /ping HTTP/1.1~Content-Length: a | 400 | invalid_content_length
                    POST /ping HTTP/1.1~Content-Length: -1| 400 | invalid_content_length
                    POST /ping HTTP/1.1~Content-Length: +1| 400 | invalid_content_length
                    POST /ping HTTP/1.1~Content-Length: 99999999999999999999   | 400 | invalid_content_length
                    POST /ping HTTP/1.1~Content-Length: 1~Content-Length: 2    | 400 | invalid_content_length
                    POST /ping HTTP/1.1~Content-Length: 1, 2                   | 400 | invalid_content_length
                    POST /ping HTTP/1.1~Content-Length: 5~Transfer-Encoding: chunked | 400 | invalid_content_length
                    POST /ping HTTP/1.1~Transfer-Encoding: chunked~Content-Length: 5 | 400 | invalid_content_length
                    """)
    void whatIsNoHttpIsExplained(String lines, int status, String code) throws IOException {
        String answer = exchange(lines.replace("~", "\r\n") + "\r\nHost: quire\r\n\r\n");
        assertEquals(code, assertLastWord(status, answer), answer);
    }

    @ParameterizedTest
    @CsvSource({"5000, 414, uri_too_long", "2000000, 414, uri_too_long"})
    void pathsBeyondTheLimitAreExplained(int length, int status, String code) throws IOException {
        String answer = exchange(get("/" + "a".repeat(length), "Host: quire\r\n"));
        assertEquals(code, assertLastWord(status, answer));
    }

    @ParameterizedTest
    @CsvSource({"30000, 431, headers_too_large", "2000000, 431, headers_too_large"})
    void headersBeyondTheLimitAreExplained(int length, int status, String code) throws IOException {
        String one = get("/ping", "Host: quire\r\n", "X-A: " + "a".repeat(length) + "\r\n");
        assertEquals(code, assertLastWord(status, exchange(one)));
        String many = get("/ping", "Host: quire\r\n", "X-A: a\r\n".repeat(length / 8));
        assertEquals(code, assertLastWord(status, exchange(many)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection: Upgrade\r\n",
                "Connection: Upgrade, HTTP2-Settings\r\n",
                "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: %\r\n",
                "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAM\r\n",
                // The largest frame may not have no bytes.
                "Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAUAAAAA\r\n",
            })
    void upgradeThatLeadsNowhereIsExplained(String headers) throws IOException {
        String upgrade = "Host: quire\r\nUpgrade: h2c\r\n" + headers;
        String answer = exchange("GET /ping HTTP/1.1\r\n" + upgrade + "\r\n");
        assertEquals("invalid_upgrade", assertLastWord(400, answer));
        String body = "POST /ping HTTP/1.1\r\nContent-Length: 5\r\n" + upgrade + "\r\nhello";
        assertEquals("invalid_upgrade", assertLastWord(400, exchange(body)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"/%zz", "/%", "/%f", "/a|b", "/{model}", "/v1/models/%zz", "/\"", "/?%"})
    void pathThatIsNoneIsExplainedAndTheConnectionLives(String path) throws IOException {
        String answer =
                exchange(
                        "GET "
                                + path
                                + " HTTP/1.1\r\nHost: quire\r\n\r\n"
                                + get("/v1/models", "Host: quire\r\n"));
        assertProblem(400, answer.substring(0, answer.indexOf("HTTP/1.1 200 ")));
        assertTrue(answer.contains("\"code\":\"invalid_path\""), answer);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "chunked, chunked", "gzip, chunked", "xchunked"})
    void codingThatNobodyReadsEndsTheConnection(String coding) throws IOException {
        for (String method : List.of("GET", "POST")) {
            String answer =
                    exchange(
                            method
                                    + " /ping HTTP/1.1\r\nHost: quire\r\nTransfer-Encoding: "
                                    + coding
                                    + "\r\n\r\n"
                                    + get("/v1/models", "Host: quire\r\n"));
            assertEquals("unsupported_transfer_encoding", assertLastWord(501, answer));
        }
    }

    @Test
    void headOfAnErrorHasNoBody() throws IOException {
        String answer = exchange("HEAD /%zz HTTP/1.1\r\nHost: quire\r\nConnection: close\r\n\r\n");
        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        assertTrue(answer.endsWith("\r\n\r\n"), answer);
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
