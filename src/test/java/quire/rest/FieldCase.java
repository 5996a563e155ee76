package quire.rest;

import static io.restassured.RestAssured.given;

import com.fasterxml.jackson.databind.JsonNode;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A field within a request.
 *
 * @param name its schema in the specification and its own name, such as {@code
 *     StreamOptions.include_usage}
 * @param request a route and a JSON text, with apostrophes for quotes, that has {@code @} where the
 *     field's value belongs
 * @param effect asserts that the value changes what comes of the request as the specification says
 * @param badValues JSON texts that are refused there
 */
record FieldCase(String name, String request, Effect effect, String... badValues) {

    /** Sends the request with some values. */
    interface Effect {
        void show(FieldCase field) throws IOException;
    }

    static Map<String, FieldCase> table(FieldCase... cases) {
        Map<String, FieldCase> table = new LinkedHashMap<>();
        for (FieldCase one : cases) {
            if (table.put(one.name, one) != null) {
                throw new IllegalStateException("two rows for " + one.name);
            }
        }
        return table;
    }

    /** What is answered where the field has a value. */
    Response send(String value) {
        String asked = request.replace("'", "\"").replace("@", value.replace("'", "\""));
        String[] parts = asked.split(" ", 2);
        return parts.length == 1
                ? given().get(asked)
                : given().contentType("application/json").body(parts[1]).post(parts[0]);
    }

    /** What comes of a value that is fine. */
    String told(String value) {
        Response response = send(value);
        if (response.statusCode() != 200) {
            throw new AssertionError(name + ": " + value + " is answered " + response.asString());
        }
        return response.asString();
    }

    JsonNode answer(String value) {
        try {
            return DemoServer.MAPPER.readTree(told(value));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The text of a completion. */
    String text(String value) {
        return answer(value).at("/choices/0/text").asText();
    }

    /** The first call of a chat's answer. */
    JsonNode call(String value) {
        return answer(value).at("/choices/0/message/tool_calls/0/function");
    }

    /** The prompt that a chat template makes of messages, of what {@code /tokenize} says. */
    String rendered(String value) {
        List<Integer> ids = new ArrayList<>();
        answer(value).get("tokens").forEach(id -> ids.add(id.asInt()));
        Response response =
                given().contentType("application/json")
                        .body("{\"tokens\": " + ids + "}")
                        .post("/detokenize");
        return response.jsonPath().getString("prompt");
    }

    /** What an error's {@code param} has in it. A tool that is chosen is told as a whole. */
    String errorName() {
        return name.startsWith("ToolChoice.")
                ? "tool_choice"
                : name.substring(name.indexOf('.') + 1);
    }
}
