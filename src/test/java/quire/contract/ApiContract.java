package quire.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import quire.rest.api.model.CreateChatCompletionStreamResponse;
import quire.rest.api.model.CreateCompletionResponse;

/**
 * What {@code openapi.yaml} promises of answers, taken at its word: a field that it does not name
 * may not come either, though clients are told to expect some.
 */
final class ApiContract {

    private static final String ERROR = "#/$defs/ErrorResponse";
    private static final String JSON = "application/json";
    private static final JsonMapper MAPPER = new JsonMapper();

    /** What the build generates for the events of each route's stream. */
    private static final Map<String, Class<?>> EVENTS =
            Map.of(
                    "/v1/chat/completions", CreateChatCompletionStreamResponse.class,
                    "/v1/completions", CreateCompletionResponse.class);

    private final ObjectNode document;
    private final List<Route> routes = new ArrayList<>();
    private final JsonSchemaFactory factory = JsonSchemaFactory.getInstance(VersionFlag.V202012);
    private final Map<String, JsonSchema> schemas = new ConcurrentHashMap<>();

    /**
     * @param methods the path's entry in the specification, by method in lower case
     */
    private record Route(Pattern path, JsonNode methods) {}

    /** An answer's head. */
    record Head(String method, String path, int status, String contentType) {

        String mediaType() {
            return contentType.split(";")[0].strip();
        }

        boolean isStream() {
            return mediaType().equals("text/event-stream");
        }
    }

    ApiContract() {
        try {
            // A schema may stand among others under one name, which is not that of OpenAPI.
            String text =
                    Files.readString(Path.of("src/main/openapi/openapi.yaml"))
                            .replace("#/components/schemas/", "#/$defs/");
            document = (ObjectNode) new YAMLMapper().readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        removeNotes(document);
        document.at("/components/schemas").forEach(ApiContract::close);
        for (Map.Entry<String, JsonNode> path : document.get("paths").properties()) {
            String pattern = path.getKey().replaceAll("\\{\\w+}", ".+");
            routes.add(new Route(Pattern.compile(pattern), path.getValue()));
        }
    }

    /** Takes out what is no JSON Schema, of which the validator would warn. */
    private static void removeNotes(JsonNode node) {
        if (node instanceof ObjectNode object) {
            List<String> names = object.properties().stream().map(Map.Entry::getKey).toList();
            object.remove(
                    names.stream()
                            .filter(name -> name.startsWith("x-") || name.equals("example"))
                            .toList());
        }
        node.forEach(ApiContract::removeNotes);
    }

    /** Leaves no room for fields that are not named. */
    private static void close(JsonNode schema) {
        if (schema.has("properties") && !schema.has("additionalProperties")) {
            ((ObjectNode) schema).put("additionalProperties", false);
        }
    }

    /**
     * What is wrong with a whole body, or with the data of one event of a stream.
     *
     * @param body the empty string for none
     */
    Optional<String> fault(Head head, String body) {
        Optional<JsonNode> response = response(head);
        Optional<String> schema;
        if (head.isStream() && body.equals("[DONE]")) {
            return Optional.empty();
        } else if (head.isStream() && body.startsWith("{\"error\"")) {
            schema = Optional.of(ERROR);
        } else if (response.isPresent()) {
            JsonNode content = response.get().path("content");
            if (content.isMissingNode() || !body.isEmpty() && !content.has(head.mediaType())) {
                return body.isEmpty()
                        ? Optional.empty()
                        : Optional.of(head + ": such a body is not promised: " + body);
            }
            schema = Optional.of(content.path(head.mediaType()).at("/schema/$ref").asText());
        } else {
            schema = head.status() >= 400 ? Optional.of(ERROR) : Optional.empty();
        }
        boolean isEvent = head.isStream() && !schema.equals(Optional.of(ERROR));
        return schema.flatMap(name -> faultIn(head, body, name))
                .or(() -> isEvent ? faultAsObject(head, body) : Optional.empty());
    }

    /** What keeps an event from being read into the class that is generated for it. */
    private static Optional<String> faultAsObject(Head head, String event) {
        try {
            MAPPER.readValue(event, EVENTS.get(head.path()));
            return Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.of(head + " " + event + ": " + e.getMessage());
        }
    }

    private Optional<String> faultIn(Head head, String body, String schema) {
        try {
            JsonNode json = MAPPER.readTree(body);
            var faults = schema(schema).validate(json);
            return faults.isEmpty()
                    ? Optional.empty()
                    : Optional.of(head + " " + body + ": " + faults);
        } catch (JsonProcessingException e) {
            return Optional.of(head + ": this is no JSON: " + body);
        }
    }

    /** The specification's entry for the answer, if it has one. */
    private Optional<JsonNode> response(Head head) {
        String method = head.method().equals("HEAD") ? "get" : head.method().toLowerCase();
        return routes.stream()
                .filter(route -> route.path().matcher(head.path()).matches())
                .map(
                        route ->
                                route.methods()
                                        .path(method)
                                        .path("responses")
                                        .path(Integer.toString(head.status())))
                .filter(response -> !response.isMissingNode())
                .map(
                        response ->
                                response.has("$ref")
                                        ? document.at(response.get("$ref").asText().substring(1))
                                        : response)
                .findFirst();
    }

    private JsonSchema schema(String reference) {
        return schemas.computeIfAbsent(
                reference,
                name -> {
                    ObjectNode root = MAPPER.createObjectNode();
                    root.put("$ref", name);
                    root.set("$defs", document.at("/components/schemas"));
                    return factory.getSchema(root);
                });
    }
}
