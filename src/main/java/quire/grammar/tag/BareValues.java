package quire.grammar.tag;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.Regex;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;

/**
 * A schema taken apart for a notation without quotes, in which a string is bare text and everything
 * else JSON, and the reader takes for JSON what looks like a value of a type that the schema has.
 */
final class BareValues {

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

    /** Alternatives of one value; references may lead to the same ones again. */
    private static final int MAX_ALTERNATIVES = 1000;

    private static final Regex BYTES = Regex.not(Regex.nothing());

    private final List<JsonNode> strings = new ArrayList<>();
    private final List<JsonNode> others = new ArrayList<>();
    private final Set<String> otherTypes = new LinkedHashSet<>();
    private final JsonNode root;
    private final String pointer;
    private int alternatives;

    /**
     * @throws GrammarException if the schema does not show which of its values are strings
     */
    BareValues(NamedArguments.Argument argument, JsonNode root) {
        this.root = root;
        this.pointer = argument.pointer();
        add(argument.schema());
    }

    /** Schemas of strings. */
    List<JsonNode> strings() {
        return strings;
    }

    /** Schemas of everything else. */
    List<JsonNode> others() {
        return others;
    }

    static boolean saysNothingOfStrings(String keyword) {
        return keyword.equals("type") || NOTES.contains(keyword) || OF_OTHERS.contains(keyword);
    }

    private void add(JsonNode schema) {
        JsonNode own = NamedArguments.resolved(schema, root);
        if (++alternatives > MAX_ALTERNATIVES) {
            throw new GrammarLimitException(
                    "a value in XML has more than " + MAX_ALTERNATIVES + " alternatives", pointer);
        }
        for (String keyword : List.of("anyOf", "oneOf", "allOf")) {
            JsonNode several = own.path(keyword);
            boolean isChoice = !keyword.equals("allOf") || several.size() == 1;
            if (several.isArray() && isChoice && hasOnlyNotesBeside(keyword, own)) {
                several.forEach(this::add);
                return;
            }
        }
        JsonNode type = own.path("type");
        if (type.isArray()) {
            type.forEach(one -> addTyped(own, one.asText()));
        } else if (type.isTextual()) {
            addTyped(own, type.asText());
        } else {
            addUntyped(own);
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

    private void addUntyped(JsonNode schema) {
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
