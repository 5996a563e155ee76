package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What {@link ParametersTest} shows of the parameters of chats and completions, of every field
 * within them and of the other routes: it does what the specification says, and a bad value is
 * refused by its name. A field that a request can reach and that has no row in the tables fails the
 * test.
 */
@QuarkusTest
@TestProfile(ParametersTest.Permissive.class)
@Timeout(300)
class RequestFieldsTest {

    /** The two schemas whose own fields ParametersTest has. */
    private static final Set<String> ELSEWHERE =
            Set.of("CreateChatCompletionRequest", "CreateCompletionRequest");

    private static Map<String, FieldCase> table() {
        Map<String, FieldCase> table = new TreeMap<>(FormFields.TABLE);
        table.putAll(ConversationFields.TABLE);
        table.putAll(TokenizerFields.TABLE);
        return table;
    }

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    /** Fields of what requests carry, in bodies, paths, queries and headers. */
    private static final class Fields {

        private final JsonNode document;
        private final Set<String> schemas = new TreeSet<>();
        private final Set<String> names = new TreeSet<>();

        Fields(JsonNode document) {
            this.document = document;
            for (JsonNode path : document.get("paths")) {
                for (JsonNode operation : path) {
                    collect("", operation.at("/requestBody/content"));
                    for (JsonNode parameter : operation.path("parameters")) {
                        names.add(
                                operation.get("operationId").asText()
                                        + "."
                                        + parameter.get("name").asText());
                    }
                }
            }
        }

        private void collect(String schema, JsonNode node) {
            if (node.path("$ref").isTextual()) {
                String pointer = node.get("$ref").asText();
                String name = pointer.substring(pointer.lastIndexOf('/') + 1);
                if (schemas.add(name)) {
                    collect(name, document.at(pointer.substring(1)));
                }
                return;
            }
            if (!ELSEWHERE.contains(schema)) {
                node.path("properties")
                        .fieldNames()
                        .forEachRemaining(name -> names.add(schema + "." + name));
            }
            for (var field : node.properties()) {
                if (!field.getKey().startsWith("example")) {
                    collect(schema, field.getValue());
                }
            }
            if (node.isArray()) {
                node.forEach(one -> collect(schema, one));
            }
        }
    }

    @Test
    void everyFieldOfARequestHasARow() throws IOException {
        JsonNode document =
                new YAMLMapper().readTree(Path.of("src/main/openapi/openapi.yaml").toFile());
        assertEquals(new Fields(document).names, table().keySet());
    }

    @Test
    void everyFieldDoesAsItSays() throws IOException {
        for (FieldCase one : table().values()) {
            try {
                one.effect().show(one);
            } catch (AssertionError e) {
                throw new AssertionError(one.name() + ": " + e.getMessage(), e);
            }
        }
    }

    @Test
    void badValuesAreRefusedByName() {
        for (FieldCase one : table().values()) {
            assertTrue(one.badValues().length > 0, one.name());
            for (String value : one.badValues()) {
                Response response = one.send(value);
                String what = one.name() + ": " + value + " is answered " + response.asString();
                assertTrue(response.statusCode() == 400 || response.statusCode() == 404, what);
                String param = response.jsonPath().getString("error.param");
                String message = response.jsonPath().getString("error.message");
                // Within a structural tag it is the message that says where.
                assertTrue((param + message).contains(one.errorName()), what);
                assertTrue(message.length() > 10, what);
            }
        }
    }
}
