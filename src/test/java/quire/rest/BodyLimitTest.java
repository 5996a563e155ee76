package quire.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.io.ByteArrayInputStream;
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
import org.junit.jupiter.params.provider.ValueSource;

/** The framework's limit on bodies, where it is lower than ours, is kept in our words. */
@QuarkusTest
@TestProfile(BodyLimitTest.Narrow.class)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class BodyLimitTest {

    public static final class Narrow implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.http.limits.max-body-size", "2K");
        }
    }

    @TestHTTPResource("/")
    URI server;

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    private static String prompt(int bytes) {
        String body = "{\"prompt\": \"%s\"}";
        return body.formatted("a".repeat(bytes - body.length() + 2));
    }

    @Test
    void announcedBodiesAreMeasured() {
        DemoServer.post("/tokenize", prompt(2048)).statusCode(200);
        DemoServer.post("/tokenize", prompt(2049))
                .statusCode(413)
                .body("error.message", containsString("2048 bytes"));
        given().get("/v1/models").then().statusCode(200);
    }

    @Test
    void chunksAreCounted() throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
            assertEquals(200, post(client, prompt(2048)).statusCode());
            HttpResponse<String> refusal = post(client, prompt(2049));
            assertEquals(413, refusal.statusCode());
            assertTrue(refusal.body().contains("2048 bytes"), refusal.body());
        }
    }

    private HttpResponse<String> post(HttpClient client, String body) throws Exception {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return client.send(
                HttpRequest.newBuilder(server.resolve("/tokenize"))
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes)))
                        .build(),
                BodyHandlers.ofString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneStreamsBodyEndsNoOther(boolean announced) throws Exception {
        try (Http2Wire wire = new Http2Wire(server)) {
            wire.request(
                    1,
                    """
                    {"model": "quire-demo", "prompt": "Once", "stream": true, "max_tokens": 300,
                     "ignore_eos": true}\
                    """,
                    Http2Wire.post("/v1/completions"));
            String body = prompt(announced ? 2049 : 8000);
            String[] length = {"content-length", Integer.toString(body.length())};
            wire.request(3, body, Http2Wire.post("/tokenize", announced ? length : new String[0]));
            Http2Wire.Answer refusal = wire.await(3);
            assertEquals("413", refusal.status);
            assertEquals("null", refusal.connection);
            assertTrue(refusal.body.toString().contains("2048 bytes"), refusal.body.toString());
            assertTrue(wire.await(1).body.toString().endsWith("data: [DONE]\n\n"));
            assertFalse(wire.isGoingAway());
        }
    }
}
