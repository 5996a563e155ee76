package quire.toolcall;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tools of a request: their names, and JSON Schemas of what they take.
 *
 * @param parameters the schema of each tool's arguments, by name; empty where a tool has none
 */
public record ToolSchemas(Map<String, Map<String, Object>> parameters) {

    public ToolSchemas {
        parameters = Map.copyOf(parameters);
    }

    /**
     * Reads tools as they come in requests.
     *
     * @param tools each with a {@code function} that has a {@code name} and maybe {@code
     *     parameters}
     */
    public static ToolSchemas of(List<Map<String, Object>> tools) {
        Map<String, Map<String, Object>> parameters = new LinkedHashMap<>();
        for (Map<String, Object> tool : tools) {
            Map<String, Object> function = object(tool.get("function"));
            parameters.put(
                    String.valueOf(function.get("name")), object(function.get("parameters")));
        }
        return new ToolSchemas(parameters);
    }

    /** Whether there is a tool of that name. */
    boolean has(String tool) {
        return parameters.containsKey(tool);
    }

    /**
     * The schema of one argument, with what it and its alternatives refer to in their places; empty
     * where the tool's says nothing of it.
     */
    Map<String, Object> argument(String tool, String name) {
        Map<String, Object> root = parameters.getOrDefault(tool, Map.of());
        Map<String, Object> schema = resolved(properties(tool).get(name), root);
        if (schema.get("allOf") instanceof List<?> all && all.size() == 1) {
            return resolved(all.getFirst(), root);
        }
        for (String choice : List.of("anyOf", "oneOf")) {
            if (schema.get(choice) instanceof List<?> alternatives) {
                schema.put(choice, alternatives.stream().map(one -> resolved(one, root)).toList());
            }
        }
        return schema;
    }

    /** The schema that a reference to a definition means, if it is no more than that. */
    private static Map<String, Object> resolved(Object schema, Map<String, Object> root) {
        Map<String, Object> own = object(schema);
        if (!(own.get("$ref") instanceof String reference) || !reference.startsWith("#/")) {
            return own;
        }
        Object at = root;
        for (String step : reference.substring(2).split("/")) {
            at = object(at).get(step.replace("~1", "/").replace("~0", "~"));
        }
        return at instanceof Map<?, ?> ? object(at) : own;
    }

    /** The name of the argument at a place, for languages that leave names out. */
    Optional<String> argumentAt(String tool, int place) {
        List<String> names = new ArrayList<>(properties(tool).keySet());
        return place < names.size() ? Optional.of(names.get(place)) : Optional.empty();
    }

    private Map<String, Object> properties(String tool) {
        Map<String, Object> root = parameters.getOrDefault(tool, Map.of());
        return object(resolved(root, root).get("properties"));
    }

    private static Map<String, Object> object(Object value) {
        Map<String, Object> object = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((key, entry) -> object.put(String.valueOf(key), entry));
        }
        return object;
    }
}
