package quire.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server with a key, which pages of one origin may use, and which has no pages of its own. */
@QuarkusTest
@TestProfile(CorsTest.OneOrigin.class)
class CorsTest {

    private static final String ORIGIN = "https://chat.example";

    public static final class OneOrigin implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quire.allowed-origins",
                    "[\"" + ORIGIN + "\", \"http://localhost:3000\"]",
                    "quire.allowed-methods",
                    "GET,POST",
                    "quire.allowed-headers",
                    "Authorization",
                    "quire.allow-credentials",
                    "true",
                    "quire.disable-docs",
                    "true",
                    "quire.disable-ui",
                    "true",
                    "quire.api-key",
                    "key");
        }
    }

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    private static ValidatableResponse ask(String origin, String method, String headers) {
        return given().header("Origin", origin)
                .header("Access-Control-Request-Method", method)
                .header("Access-Control-Request-Headers", headers)
                .options("/v1/chat/completions")
                .then();
    }

    @ParameterizedTest
    @ValueSource(strings = {ORIGIN, "http://localhost:3000"})
    void browserMayAskBeforeItsRequestWithoutAKey(String origin) {
        ask(origin, "POST", "authorization,content-type")
                .statusCode(204)
                .header("Access-Control-Allow-Origin", equalTo(origin))
                .header("Access-Control-Allow-Credentials", equalTo("true"))
                .header("Access-Control-Allow-Methods", equalTo("GET, POST"))
                .header("Access-Control-Allow-Headers", containsString("Authorization"))
                .header("Vary", containsString("Origin"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://evil.example, POST, authorization",
        "https://chat.example.evil, POST, authorization",
        "https://chat.example, DELETE, authorization",
        "https://chat.example, POST, x-other"
    })
    void whatFlagsDoNotAllowIsRefused(String origin, String method, String header) {
        ask(origin, method, header)
                .statusCode(403)
                .body("error.code", equalTo("origin_not_allowed"))
                .body("error.message", containsString("--allowed-origins"));
    }

    @Test
    void answersAndRefusalsMayBeReadByTheOriginAlone() {
        given().header("Origin", ORIGIN)
                .header("Authorization", "Bearer key")
                .get("/v1/models")
                .then()
                .statusCode(200)
                .header("Access-Control-Allow-Origin", equalTo(ORIGIN))
                .header("Access-Control-Expose-Headers", containsString("X-Request-Id"));
        given().header("Origin", ORIGIN)
                .get("/v1/models")
                .then()
                .statusCode(401)
                .header("Access-Control-Allow-Origin", equalTo(ORIGIN));
        given().header("Origin", "https://evil.example")
                .header("Authorization", "Bearer key")
                .get("/v1/models")
                .then()
                .statusCode(200)
                .header("Access-Control-Allow-Origin", nullValue());
        given().get("/health").then().header("Vary", nullValue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/page/main.js",
                "/docs",
                "/openapi.json",
                "/q/openapi",
                "/q/openapi.yaml",
                "/q/swagger-ui/"
            })
    void pagesThatWereTakenAwayAreNotThere(String path) {
        given().header("Authorization", "Bearer key")
                .redirects()
                .follow(false)
                .get(path)
                .then()
                .statusCode(404)
                .body("error.code", equalTo("not_found"));
    }
}
