package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong on one stream of a connection harms no other stream, and no log. */
@QuarkusTest
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class Http2ErrorsTest {

    private static final String STREAM =
            """
            {"model": "quire-demo", "prompt": "Once", "stream": true, "max_tokens": 300,
             "ignore_eos": true}\
            """;

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

    private static void beginStream(Http2Wire wire) throws Exception {
        wire.request(1, STREAM, Http2Wire.post("/v1/completions"));
    }

    private static void assertStreamEnds(Http2Wire wire) throws Exception {
        Http2Wire.Answer answer = wire.await(1);
        assertEquals("200", answer.status);
        assertTrue(answer.body.toString().endsWith("data: [DONE]\n\n"), answer.body.toString());
        assertFalse(wire.isGoingAway());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":method GET :scheme http :authority q",
                ":method GET :authority q :path /ping",
                ":scheme http :authority q :path /ping",
                ":method GET :scheme http :authority q :path ",
                ":method GET :scheme http :authority q :path /ping :colour red",
                ":method GET :scheme http :authority q :path /ping :status 200",
                ":method GET :scheme http :authority q :path /ping Upper case",
                ":method GET :scheme http :authority q :path /ping connection close",
                ":method GET :scheme http :authority q :path /ping transfer-encoding chunked",
                ":method GET :scheme http :authority q :path /ping :path /v1/models",
                ":method GET :scheme http :path /ping a b :authority q",
                ":method GET :scheme http :authority a|b :path /ping",
            })
    void headersThatAreNoneEndTheirStreamAlone(String headers) throws Exception {
        try (Http2Wire wire = new Http2Wire(server)) {
            beginStream(wire);
            wire.request(3, "", headers.split(" ", -1));
            Http2Wire.Answer answer = wire.await(3);
            assertTrue(answer.reset || answer.status.startsWith("4"), answer.status);
            wire.request(5, "", Http2Wire.get("/v1/models"));
            assertEquals("200", wire.await(5).status);
            assertStreamEnds(wire);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%zz", "/a|b", "/v1/models/{model}", "/?%"})
    void pathThatIsNoneIsExplained(String path) throws Exception {
        try (Http2Wire wire = new Http2Wire(server)) {
            beginStream(wire);
            wire.request(3, "", Http2Wire.get(path));
            Http2Wire.Answer answer = wire.await(3);
            assertEquals("400", answer.status);
            assertTrue(answer.body.toString().contains("\"invalid_path\""), answer.body.toString());
            assertStreamEnds(wire);
        }
    }

    @Test
    void headersBeyondTheLimitEndTheirStreamAlone() throws Exception {
        try (Http2Wire wire = new Http2Wire(server)) {
            beginStream(wire);
            wire.request(3, "", Http2Wire.get("/ping", "x-a", "a".repeat(22_000)));
            Http2Wire.Answer answer = wire.await(3);
            assertTrue(answer.reset || answer.status.equals("431"), answer.status);
            wire.request(5, "", Http2Wire.get("/ping", "x-a", "a".repeat(15_000)));
            assertEquals("200", wire.await(5).status);
            assertStreamEnds(wire);
        }
    }

    /** The connection's tables are lost with such headers, and so is the connection. */
    @Test
    void headersFarBeyondTheLimitEndTheConnection() throws Exception {
        try (Http2Wire wire = new Http2Wire(server)) {
            wire.request(1, "", Http2Wire.get("/ping", "x-a", "a".repeat(1_000_000)));
            wire.await(1);
            assertTrue(wire.isGoingAway());
        }
    }

    @Test
    void bytesThatAreNoFramesEndTheConnection() throws Exception {
        try (Http2Wire wire = new Http2Wire(server)) {
            wire.frame(0, 0, 0, new byte[5]);
            wire.await(1);
            assertTrue(wire.isGoingAway());
        }
    }
}
