package quire.grammar.tag;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.Symbol;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;
import quire.grammar.schema.JsonSchema;
import quire.grammar.schema.SchemaOptions;

/**
 * The arguments of a call as Qwen3-Coder writes them, each between {@code <parameter=NAME>} and
 * {@code </parameter>}: a string as it is, anything else as JSON. They come in the order of the
 * schema, and the schema has to name them all.
 */
final class XmlArguments {

    private static final String END = "</parameter>";

    /** What says nothing of which strings are right. */
    private static final Set<String> NOTES =
            Set.of("type", "title", "description", "default", "examples", "deprecated", "$comment");

    private final Pieces pieces;
    private final SchemaOptions options;

    XmlArguments(Pieces pieces, SchemaOptions options) {
        this.pieces = pieces;
        this.options = options;
    }

    /** All arguments of a schema. */
    Symbol of(JsonNode schema) {
        JsonNode properties = schema.path("properties");
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        List<Symbol> parts = new ArrayList<>();
        for (Map.Entry<String, JsonNode> property : properties.properties()) {
            Symbol one = argument(property.getKey(), property.getValue(), schema);
            parts.add(required.remove(property.getKey()) ? one : pieces.repeat(one, 0, 1));
        }
        if (!required.isEmpty()) {
            throw new GrammarException(
                    "the arguments " + required + " are required and not among the properties",
                    "/required");
        }
        return pieces.sequence(parts.toArray(Symbol[]::new));
    }

    private Symbol argument(String name, JsonNode schema, JsonNode root) {
        JsonNode own = resolved(schema, root);
        String pointer = "/properties/" + name;
        Symbol value =
                mayBeString(own)
                        ? pieces.terminal(string(own, pointer))
                        : pieces.include(
                                JsonSchema.grammar(withDefinitions(schema, root), options));
        return pieces.sequence(
                pieces.exactly("<parameter=" + name + ">\n"),
                value,
                pieces.exactly("\n" + END + "\n"));
    }

    /** The schema that a reference to a definition means, if it is no more than that. */
    private static JsonNode resolved(JsonNode schema, JsonNode root) {
        JsonNode reference = schema.path("$ref");
        if (reference.isTextual() && reference.textValue().startsWith("#/")) {
            JsonNode named = root.at(reference.textValue().substring(1));
            return named.isObject() && !named.has("$ref") ? named : schema;
        }
        return schema;
    }

    private static boolean mayBeString(JsonNode schema) {
        JsonNode type = schema.path("type");
        if (type.isMissingNode()) {
            JsonNode values =
                    schema.has("const") ? schema.get("const") : schema.path("enum").path(0);
            return values.isTextual();
        }
        boolean listed = false;
        for (JsonNode one : type) {
            listed |= one.asText().equals("string");
        }
        return listed || type.asText().equals("string");
    }

    /** A string as it stands between the marks, in which it cannot have the mark of its end. */
    private Regex string(JsonNode schema, String pointer) {
        Regex all = pieces.textWithout(List.of(END));
        for (Map.Entry<String, JsonNode> entry : schema.properties()) {
            JsonNode value = entry.getValue();
            switch (entry.getKey()) {
                case "const" -> all = Regex.both(all, Regex.literal(value.asText()));
                case "enum" -> {
                    List<Regex> texts = new ArrayList<>();
                    value.forEach(one -> texts.add(Regex.literal(one.asText())));
                    all = Regex.both(all, Regex.anyOf(texts.toArray(Regex[]::new)));
                }
                case "pattern" ->
                        all = Regex.both(all, PatternSyntax.parse(value.asText(), Dialect.ECMA));
                case "minLength" ->
                        all = Regex.both(all, Regex.repeat(Regex.anyCodePoint(), count(value), -1));
                case "maxLength" ->
                        all = Regex.both(all, Regex.repeat(Regex.anyCodePoint(), 0, count(value)));
                default -> {
                    if (!NOTES.contains(entry.getKey())) {
                        throw new GrammarException(
                                "'" + entry.getKey() + "' is not supported of a string in XML",
                                pointer + "/" + entry.getKey(),
                                entry.getKey());
                    }
                }
            }
        }
        return all;
    }

    private static int count(JsonNode value) {
        return Math.max(0, value.asInt());
    }

    private static JsonNode withDefinitions(JsonNode schema, JsonNode root) {
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
