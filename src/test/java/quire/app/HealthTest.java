package quire.app;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;

import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

@QuarkusTest
class HealthTest {

    @Test
    void liveFromTheFirstMoment() {
        given().get("/q/health/live")
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"))
                .body("checks.name", hasItems("engine moves"));
    }

    @Test
    void startedAndReadyOnceTheEngineMadeAToken() throws InterruptedException {
        while (given().get("/health").statusCode() != 200) {
            Thread.sleep(50);
        }
        given().get("/q/health/started")
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"))
                .body("checks.name", hasItems("model loaded"));
        given().get("/q/health/ready")
                .then()
                .statusCode(200)
                .body("status", equalTo("UP"))
                .body("checks.name", hasItems("engine made a token"));
        given().get("/q/health").then().statusCode(200).body("checks.size()", equalTo(3));
    }
}
