package quire.rest;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each parameter of the specification does what that says, and a bad value of each is refused by
 * its name. A parameter without a row in the tables fails the test.
 */
@QuarkusTest
@TestProfile(ParametersTest.Permissive.class)
@Timeout(300)
class ParametersTest {

    /** A server that lets requests do all they may, one sequence at a time. */
    public static final class Permissive implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quire.max-num-seqs", "1",
                    "quire.kv-cache-memory-bytes", "64M",
                    "quire.served-model-name", "quire-demo,other-name",
                    "quire.scheduling-policy", "priority",
                    "quire.trust-request-chat-template", "true",
                    "quire.default-chat-template-kwargs", "{\"usual\": true}",
                    "quire.enable-tokenizer-info-endpoint", "true",
                    "quire.reasoning-parser", "qwen3");
        }
    }

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    private static Map<String, ParameterCase> table(Asker asker) {
        Map<String, ParameterCase> table = new HashMap<>(SharedParameters.TABLE);
        table.putAll(TokenParameters.TABLE);
        table.putAll(asker.isChat() ? ChatParameters.TABLE : CompletionParameters.TABLE);
        return table;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyParameterOfTheSpecificationHasARow(boolean isChat) throws IOException {
        Asker asker = new Asker(isChat);
        assertEquals(names(asker), new TreeSet<>(table(asker).keySet()));
    }

    /** Of all parameters in the specification of a route. */
    static Set<String> names(Asker asker) throws IOException {
        JsonNode document =
                new YAMLMapper().readTree(Path.of("src/main/openapi/openapi.yaml").toFile());
        TreeSet<String> names = new TreeSet<>();
        document.at("/components/schemas/" + asker.schema() + "/properties")
                .fieldNames()
                .forEachRemaining(names::add);
        return names;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void everyParameterDoesAsItSays(boolean isChat) throws Exception {
        Asker asker = new Asker(isChat);
        for (ParameterCase one : table(asker).values()) {
            try {
                one.effect().show(asker);
            } catch (AssertionError e) {
                throw new AssertionError(asker.path() + ", " + one.name(), e);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void badValuesAreRefusedByName(boolean isChat) throws IOException {
        Asker asker = new Asker(isChat);
        for (ParameterCase one : table(asker).values()) {
            assertTrue(one.badValues().length > 0, one.name());
            for (String value : one.badValues()) {
                ObjectNode body = asker.body();
                body.set(one.name(), DemoServer.MAPPER.readTree(value));
                Response response = asker.post(body);
                String what = one.name() + ": " + value + " is answered " + response.asString();
                assertTrue(response.statusCode() == 400 || response.statusCode() == 404, what);
                String param = response.jsonPath().getString("error.param");
                assertTrue(param.split("\\.")[0].equals(one.name()), what);
                assertTrue(response.jsonPath().getString("error.message").length() > 10, what);
            }
        }
    }

    @Test
    void idOfTheHeaderGoesFirst() {
        Asker asker = new Asker(false);
        String body = asker.body().put("request_id", "asked").toString();
        Response response =
                given().header("X-Request-Id", "came")
                        .contentType("application/json")
                        .body(body)
                        .post(asker.path());
        assertEquals("cmpl-came", response.jsonPath().getString("id"));
        assertEquals("came", response.header("X-Request-Id"));
    }

    @Test
    void tokenizeTakesATemplateToo() {
        ObjectNode body =
                new Asker(true).body().put("chat_template", "<|im_start|>{{ 'a' if usual }}");
        body.retain("model", "messages", "chat_template");
        Response response =
                given().contentType("application/json").body(body.toString()).post("/tokenize");
        assertEquals(2, response.jsonPath().getInt("count"));
    }

    @Test
    void tokenizerInfoIsTheModelsConfiguration() {
        given().get("/tokenizer_info")
                .then()
                .statusCode(200)
                .body("tokenizer_class", equalTo("TokenizersBackend"))
                .body("eos_token", equalTo("<|im_end|>"))
                .body("model_max_length", equalTo(4096))
                .body("chat_template", containsString("<tool_call>"));
    }
}
