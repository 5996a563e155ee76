package quire.grammar.tag;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;

/**
 * A schema taken apart for a notation without quotes, in which a string is bare text and everything
 * else JSON, and the reader takes for JSON what looks like a value of a type that the schema has.
 *
 * @param strings schemas of strings
 * @param others schemas of everything else
 * @param otherTypes the types of those
 */
record BareValues(List<JsonNode> strings, List<JsonNode> others, Set<String> otherTypes) {

    /** What says nothing of which values are right. */
    private static final Set<String> NOTES =
            Set.of("title", "description", "default", "examples", "deprecated", "$comment");

    /** What speaks of values that are no strings. */
    private static final Set<String> OF_OTHERS =
            Set.of(
                    "minimum",
                    "maximum",
                    "exclusiveMinimum",
                    "exclusiveMaximum",
                    "multipleOf",
                    "items",
                    "prefixItems",
                    "minItems",
                    "maxItems",
                    "uniqueItems",
                    "contains",
                    "properties",
                    "required",
                    "additionalProperties");

    private static final int MAX_DEPTH = 16;

    private static final Regex BYTES = Regex.not(Regex.nothing());

    static boolean saysNothingOfStrings(String keyword) {
        return keyword.equals("type") || NOTES.contains(keyword) || OF_OTHERS.contains(keyword);
    }

    /**
     * @throws GrammarException if it does not show which of its values are strings
     */
    static BareValues of(NamedArguments.Argument argument, JsonNode root) {
        BareValues values =
                new BareValues(new ArrayList<>(), new ArrayList<>(), new LinkedHashSet<>());
        values.add(argument.schema(), root, argument.pointer(), 0);
        return values;
    }

    private void add(JsonNode schema, JsonNode root, String pointer, int depth) {
        JsonNode own = NamedArguments.resolved(schema, root);
        if (depth > MAX_DEPTH) {
            throw new GrammarException("the alternatives lie too deep in one another", pointer);
        }
        for (String alternatives : List.of("anyOf", "oneOf", "allOf")) {
            JsonNode several = own.path(alternatives);
            boolean isChoice = !alternatives.equals("allOf") || several.size() == 1;
            if (several.isArray() && isChoice && hasOnlyNotesBeside(alternatives, own)) {
                several.forEach(one -> add(one, root, pointer, depth + 1));
                return;
            }
        }
        JsonNode type = own.path("type");
        if (type.isArray()) {
            type.forEach(one -> addTyped(own, one.asText()));
        } else if (type.isTextual()) {
            addTyped(own, type.asText());
        } else {
            addUntyped(own, pointer);
        }
    }

    private void addTyped(JsonNode schema, String type) {
        if (type.equals("string")) {
            strings.add(schema);
        } else {
            others.add(((ObjectNode) schema.deepCopy()).put("type", type));
            otherTypes.add(type);
        }
    }

    private void addUntyped(JsonNode schema, String pointer) {
        if (hasOnlyNotesBeside("", schema)) {
            // Any value is right, and so is whatever the text is taken for.
            strings.add(schema);
            return;
        }
        String listing = schema.has("const") ? "const" : "enum";
        if (!schema.has(listing) || !hasOnlyNotesBeside(listing, schema)) {
            throw new GrammarException(
                    "a value in XML wants a 'type', an 'enum' or a 'const' in its schema, and no"
                            + " other conditions without",
                    pointer,
                    "type");
        }
        JsonNode listed = schema.get(listing);
        for (JsonNode value : listing.equals("enum") ? listed : List.of(listed)) {
            ObjectNode one = JsonNodeFactory.instance.objectNode();
            one.set("const", value);
            if (value.isTextual()) {
                strings.add(one);
            } else {
                others.add(one);
                otherTypes.add(type(value));
            }
        }
    }

    private static String type(JsonNode value) {
        return switch (value.getNodeType()) {
            case NULL -> "null";
            case BOOLEAN -> "boolean";
            case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
            case ARRAY -> "array";
            case OBJECT -> "object";
            case STRING, BINARY, MISSING, POJO -> throw new IllegalArgumentException();
        };
    }

    private static boolean hasOnlyNotesBeside(String keyword, JsonNode schema) {
        for (String field : (Iterable<String>) schema::fieldNames) {
            if (!field.equals(keyword) && !NOTES.contains(field)) {
                return false;
            }
        }
        return true;
    }

    /** Texts that are taken for one of the others. */
    Regex spelledLikeOthers() {
        List<Regex> spelled = new ArrayList<>();
        for (String type : otherTypes) {
            spelled.add(
                    switch (type) {
                        case "null" -> PatternSyntax.parse("(?i:null)", Dialect.RUST);
                        case "boolean" -> PatternSyntax.parse("true|false", Dialect.RUST);
                        case "integer" -> PatternSyntax.parse("-?[0-9]+", Dialect.RUST);
                        case "number" ->
                                PatternSyntax.parse(
                                        "-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?", Dialect.RUST);
                        case "object" -> Regex.seq(Regex.literal("{"), BYTES);
                        default -> Regex.seq(Regex.literal("["), BYTES);
                    });
        }
        return spelled.isEmpty()
                ? Regex.nothing()
                : Regex.seq(
                        LineCalls.SPACE,
                        Regex.anyOf(spelled.toArray(Regex[]::new)),
                        LineCalls.SPACE);
    }
}
