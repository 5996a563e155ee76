package quire.grammar.tag;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import quire.grammar.GrammarException;

/**
 * The arguments of a schema one by one, for notations that name each. They come in the order of the
 * schema, which has to name them all.
 *
 * @param root the whole schema
 * @param isOpen whether it says nothing of its arguments, so that there may be any
 */
record NamedArguments(JsonNode root, List<Argument> all, boolean isOpen) {

    /**
     * @param schema as it stands in the root, whose definitions it may refer to
     */
    record Argument(String name, JsonNode schema, boolean required) {

        String pointer() {
            return "/properties/" + name;
        }
    }

    /** What bare texts of a notation may be called when it has any arguments. */
    static final int MAX_NAME_CHARS = 64;

    /** Conditions on all arguments together, which one after the other cannot keep. */
    private static final Set<String> TOGETHER =
            Set.of(
                    "allOf",
                    "anyOf",
                    "oneOf",
                    "not",
                    "if",
                    "enum",
                    "const",
                    "$dynamicRef",
                    "patternProperties",
                    "propertyNames",
                    "minProperties",
                    "maxProperties",
                    "dependentRequired",
                    "dependentSchemas",
                    "dependencies");

    /**
     * @throws GrammarException if the schema has conditions that concern several arguments
     */
    static NamedArguments of(JsonNode root) {
        JsonNode schema = resolved(root, root);
        for (Map.Entry<String, JsonNode> entry : schema.properties()) {
            if (TOGETHER.contains(entry.getKey())) {
                throw new GrammarException(
                        "'"
                                + entry.getKey()
                                + "' is not supported where a call writes its arguments one by"
                                + " one",
                        "/" + entry.getKey(),
                        entry.getKey());
            }
        }
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        List<Argument> all = new ArrayList<>();
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            boolean isRequired = required.remove(property.getKey());
            all.add(new Argument(property.getKey(), property.getValue(), isRequired));
        }
        if (!required.isEmpty()) {
            throw new GrammarException(
                    "the arguments " + required + " are required and not among the properties",
                    "/required");
        }
        JsonNode others = schema.path("additionalProperties");
        boolean isOpen = all.isEmpty() && (others.isMissingNode() || others.asBoolean(false));
        return new NamedArguments(root, all, isOpen);
    }

    /** The schema that a reference to a definition means, if it is no more than that. */
    static JsonNode resolved(JsonNode schema, JsonNode root) {
        JsonNode reference = schema.path("$ref");
        if (reference.isTextual() && reference.textValue().startsWith("#/")) {
            JsonNode named = root.at(reference.textValue().substring(1));
            return named.isObject() && !named.has("$ref") ? named : schema;
        }
        return schema;
    }

    /** A schema together with the definitions that it may refer to. */
    JsonNode withDefinitions(JsonNode schema) {
        if (!schema.isObject()) {
            return schema;
        }
        ObjectNode own = schema.deepCopy();
        for (String place : List.of("$defs", "definitions")) {
            if (root.has(place) && !own.has(place)) {
                own.set(place, root.get(place));
            }
        }
        return own;
    }
}
