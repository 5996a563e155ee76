package quire.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class RequestIdsTest {

    private static final String OWN = "[0-9a-f-]{36}";

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/health", "/v1/models", "/nope", "/docs", "/openapi.json", "/metrics"})
    void idThatCameGoesBack(String path) {
        given().header("X-Request-Id", "trace-1/a:b")
                .get(path)
                .then()
                .header("X-Request-Id", equalTo("trace-1/a:b"));
        given().get(path).then().header("X-Request-Id", matchesPattern(OWN));
    }

    @Test
    void answersStreamsAndRefusalsHaveIt() {
        for (String body :
                new String[] {
                    "{\"model\": \"quire-demo\", \"prompt\": \"a\", \"max_tokens\": 2}",
                    "{\"model\": \"quire-demo\", \"prompt\": \"a\", \"max_tokens\": 2, \"stream\":"
                            + " true}",
                    "{}",
                    "{"
                }) {
            given().header("X-Request-Id", "mine")
                    .contentType("application/json")
                    .body(body)
                    .post("/v1/completions")
                    .then()
                    .header("X-Request-Id", equalTo("mine"));
        }
    }

    @Test
    void idThatCannotBeCopiedIsReplaced() {
        assertEquals("a".repeat(128), RequestIds.of("a".repeat(128)));
        for (String unusable :
                new String[] {null, "", " ", "a b", "a".repeat(129), "a\tb", "ä", "a\r\nb"}) {
            String id = RequestIds.of(unusable);
            assertNotEquals(unusable, id);
            assertEquals(36, id.length());
        }
        assertNotEquals(RequestIds.of(null), RequestIds.of(null));
    }
}
