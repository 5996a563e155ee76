package quire.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.matchesPattern;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server with one place to run and one to wait, under two names. */
@QuarkusTest
@TestProfile(OverloadTest.Small.class)
@Timeout(120)
class OverloadTest {

    public static final class Small implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quire.max-num-seqs",
                    "1",
                    "quire.max-queue",
                    "1",
                    "quire.kv-cache-memory-bytes",
                    "64M",
                    "quire.served-model-name",
                    "demo,org/demo");
        }
    }

    @TestHTTPResource("/")
    URI server;

    private Socket generate() throws IOException {
        String body =
                "{\"model\": \"demo\", \"prompt\": \"Once\", \"max_tokens\": 4090,"
                        + " \"ignore_eos\": true, \"stream\": true}";
        Socket socket = new Socket(server.getHost(), server.getPort());
        socket.getOutputStream()
                .write(
                        ("POST /v1/completions HTTP/1.1\r\nHost: quire\r\n"
                                        + "Content-Type: application/json\r\nContent-Length: "
                                        + body.length()
                                        + "\r\n\r\n"
                                        + body)
                                .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void fullQueueRefusesWithARetryAfterStreamedOrNot() throws Exception {
        DemoServer.awaitReady();
        try (Socket running = generate()) {
            running.getInputStream().readNBytes(100);
            try (Socket _ = generate()) {
                while (given().get("/load").<Integer>path("server_load") < 2) {
                    Thread.sleep(10);
                }
                for (String stream : new String[] {"true", "false"}) {
                    DemoServer.post(
                                    "/v1/completions",
                                    "{\"model\": \"org/demo\", \"prompt\": \"a\", \"stream\": "
                                            + stream
                                            + "}")
                            .statusCode(429)
                            .header("Retry-After", matchesPattern("\\d+"))
                            .contentType("application/json")
                            .body("error.type", equalTo("rate_limit_error"))
                            .body("error.code", equalTo("rate_limit_exceeded"));
                }
            }
        }
    }

    @Test
    void everyServedNameIsAModel() throws InterruptedException {
        DemoServer.awaitReady();
        given().get("/v1/models")
                .then()
                .body("data.id", hasItem("demo"))
                .body("data.id", hasItem("org/demo"));
        for (String path :
                new String[] {"/v1/models/demo", "/v1/models/org/demo", "/v1/models/org%2Fdemo"}) {
            given().urlEncodingEnabled(false)
                    .get(path)
                    .then()
                    .statusCode(200)
                    .body("root", equalTo("demo"));
        }
        DemoServer.post(
                        "/v1/completions",
                        "{\"model\": \"org/demo\", \"prompt\": \"a\", \"max_tokens\": 1}")
                .statusCode(200)
                .body("model", equalTo("org/demo"));
        DemoServer.post("/v1/completions", "{\"model\": \"quire-demo\", \"prompt\": \"a\"}")
                .statusCode(404);
    }
}
