package quire.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
@TestProfile(ApiKeyTest.WithKeys.class)
class ApiKeyTest {

    public static final class WithKeys implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quire.api-key", "first-key\nsecond-key");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/models",
                "/version",
                "/load",
                "/engine/live",
                "/page/",
                "/page/none.js",
                "/page/main.js/",
                "/metrics",
                "/q/metrics",
                "/nope",
                "/q/nope",
                "/health/x",
                "//v1/models",
                "/health/../v1/models",
                "/q/health/../metrics",
                "/q/swagger-ui/../metrics",
                "/q/openapi/../metrics",
                "/docs/x"
            })
    void everyRouteNeedsAKey(String path) {
        given().urlEncodingEnabled(false)
                .get(path)
                .then()
                .statusCode(401)
                .header("WWW-Authenticate", startsWith("Bearer"))
                .body("error.code", equalTo("invalid_api_key"))
                .body("error.type", equalTo("invalid_request_error"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize"})
    void everyPostNeedsAKey(String path) {
        given().contentType("application/json").body("{}").post(path).then().statusCode(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer",
                "Bearer ",
                "Bearer first",
                "Bearer first-key2",
                "Bearer FIRST-KEY",
                "Basic first-key",
                "first-key",
                "Bearer first-key,second-key"
            })
    void wrongKeyIsRefused(String header) {
        given().header("Authorization", header).get("/v1/models").then().statusCode(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer first-key", "Bearer second-key", "bearer first-key"})
    void eachKeyOpens(String header) {
        given().header("Authorization", header).get("/version").then().statusCode(200);
    }

    @Test
    void probesNeedNoKey() throws InterruptedException {
        DemoServer.awaitReady();
        given().get("/ping").then().statusCode(200);
        given().get("/q/health").then().statusCode(200);
        given().get("/q/health/live").then().statusCode(200);
        given().get("/q/health/ready").then().statusCode(200);
    }

    @Test
    void pageForPeopleLoadsWithoutOne() {
        Page.paths().forEach(path -> given().get(path).then().statusCode(200));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/docs", "/openapi.json", "/q/openapi", "/q/swagger-ui/"})
    void pagesThatExplainTheApiNeedNone(String path) {
        given().get(path).then().statusCode(200);
    }
}
