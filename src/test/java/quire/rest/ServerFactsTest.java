package quire.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ServerFactsTest {

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    @Test
    void modelsAreListedAndDescribed() {
        given().get("/v1/models")
                .then()
                .statusCode(200)
                .body("object", equalTo("list"))
                .body("data.id", hasItem("quire-demo"))
                .body("data[0].object", equalTo("model"))
                .body("data[0].owned_by", equalTo("quire"))
                .body("data[0].max_model_len", equalTo(4096))
                .body("data[0].created", greaterThan(1_700_000_000));
        given().get("/v1/models/quire-demo")
                .then()
                .statusCode(200)
                .body("id", equalTo("quire-demo"))
                .body("root", equalTo("quire-demo"))
                .body("", hasKey("parent"));
    }

    @Test
    void versionAndLoadAreTold() {
        given().get("/version")
                .then()
                .statusCode(200)
                .body("version", matchesPattern("\\d+\\.\\d+\\..*"));
        given().get("/load").then().statusCode(200).body("server_load", equalTo(0));
    }

    @Test
    void goldenPromptsTokenizeAndDetokenize() throws IOException {
        for (JsonNode golden : DemoServer.goldenCases()) {
            JsonNode ids = golden.get("prompt_ids");
            JsonNode tokenized =
                    DemoServer.MAPPER.readTree(
                            DemoServer.post(
                                            "/tokenize",
                                            "{\"model\": \"quire-demo\", \"prompt\": "
                                                    + golden.get("prompt")
                                                    + "}")
                                    .statusCode(200)
                                    .body("count", equalTo(ids.size()))
                                    .body("max_model_len", equalTo(4096))
                                    .extract()
                                    .asString());
            assertEquals(ids, tokenized.get("tokens"));
            assertTrue(tokenized.get("token_strs").isNull());
            DemoServer.post("/detokenize", "{\"tokens\": " + ids + "}")
                    .statusCode(200)
                    .body("prompt", equalTo(golden.get("prompt").asText()));
        }
    }

    @Test
    void messagesTokenizeThroughTheTemplate() {
        DemoServer.post(
                        "/tokenize",
                        "{\"messages\": [{\"role\": \"user\", \"content\":"
                                + " \"Name the capital of Iraq.\"}], \"return_token_strs\": true}")
                .statusCode(200)
                .body("count", equalTo(16))
                .body("token_strs[0]", equalTo("<|im_start|>"))
                .body("token_strs[5]", equalTo("Ġthe"));
        DemoServer.post(
                        "/tokenize",
                        "{\"messages\": [{\"role\": \"user\", \"content\": \"Name the capital of"
                                + " Iraq.\"}], \"add_generation_prompt\": false}")
                .statusCode(200)
                .body("count", equalTo(12));
    }

    @Test
    void tokenizerIsNotDescribedUnlessTheServerIsToldTo() {
        given().get("/tokenizer_info").then().statusCode(404);
    }

    @Test
    void specificationIsServedWithoutNotesToTheGenerator() {
        given().accept("application/json")
                .get("/q/openapi")
                .then()
                .statusCode(200)
                .body("openapi", equalTo("3.1.0"))
                .body("paths", hasKey("/v1/chat/completions"));
        String document =
                given().get("/openapi.json")
                        .then()
                        .statusCode(200)
                        .contentType("application/json")
                        .extract()
                        .asString();
        assertTrue(document.contains("\"/v1/completions\""), "no completions in the specification");
        given().get("/openapi.json").then().body(not(containsString("x-quire")));
    }

    @Test
    void everyExampleOfTheSpecificationWorks() throws IOException {
        JsonNode paths =
                DemoServer.MAPPER
                        .readTree(given().get("/openapi.json").then().extract().asString())
                        .get("paths");
        int examples = 0;
        for (Map.Entry<String, JsonNode> path : paths.properties()) {
            JsonNode bodies =
                    path.getValue().at("/post/requestBody/content/application~1json/examples");
            for (JsonNode example : bodies) {
                DemoServer.post(path.getKey(), example.get("value").toString()).statusCode(200);
                examples++;
            }
        }
        assertTrue(examples >= 10, "examples " + examples);
    }

    @Test
    void swaggerUiIsThere() {
        given().redirects()
                .follow(false)
                .get("/docs")
                .then()
                .statusCode(302)
                .header("Location", equalTo("/q/swagger-ui/"));
        given().get("/q/swagger-ui/").then().statusCode(200).body(containsString("swagger-ui"));
    }
}
