package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** Schemas of all keywords over few names and values, so that these meet, and values for them. */
final class RandomSchema {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String[] NAMES = {"a", "b", "ab", "ü", "x-1", "c", "\"q", "😀", "d", "e"};
    private static final String[] PATTERNS = {
        "^a", "b$", "^[a-c]*$", "^x-", ".", "^(a|ü)+$", "\\d{2}", "^.{2,3}$", "^\\S+$", "😀", "[^a]"
    };
    private static final String[] FORMATS = {"date", "ipv4", "uuid", "date-time"};
    private static final String[] STRINGS = {
        "a",
        "b",
        "ab",
        "ü",
        "x-1",
        "",
        "abc",
        "12",
        "2020-01-31",
        "127.0.0.1",
        "😀",
        "a b",
        "c\"",
        "aü",
        "\\n",
        "2020-01-31T00:00:00Z",
        "\t",
        "\u0001"
    };
    private static final String[] NUMBERS = {
        "0", "1", "2", "-1", "1.5", "3", "10", "0.5", "-2.25", "100", "7", "12.75", "1000000000000"
    };
    private static final String[] UNITS = {"2", "0.5", "3", "1", "0.25"};

    private final Random random;

    RandomSchema(Random random) {
        this.random = random;
    }

    /** One of draft 2020-12. */
    ObjectNode next() {
        ObjectNode schema = NODES.objectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        about(schema, 1 + random.nextInt(3));
        ObjectNode named = schema.putObject("$defs");
        named.set("P", assertions(NODES.objectNode(), 0));
        named.set("Q", assertions(NODES.objectNode(), 0));
        return schema;
    }

    private boolean oneIn(int number) {
        return random.nextInt(number) == 0;
    }

    private String any(String... choice) {
        return choice[random.nextInt(choice.length)];
    }

    private JsonNode number() {
        return DecimalNode.valueOf(new BigDecimal(any(NUMBERS)));
    }

    private JsonNode scalar() {
        return switch (random.nextInt(7)) {
            case 0 -> NullNode.instance;
            case 1 -> BooleanNode.valueOf(random.nextBoolean());
            case 2, 3 -> number();
            default -> TextNode.valueOf(any(STRINGS));
        };
    }

    private JsonNode schema(int depth) {
        return oneIn(25)
                ? BooleanNode.valueOf(!oneIn(4))
                : about(NODES.objectNode(), Math.max(0, depth));
    }

    private ObjectNode about(ObjectNode schema, int depth) {
        for (int i = oneIn(4) ? 2 : 1; i > 0; i--) {
            assertions(schema, depth);
        }
        if (depth > 0 && oneIn(3)) {
            combination(schema, depth - 1);
        }
        if (oneIn(12)) {
            schema.put("$ref", "#/$defs/" + any("P", "Q"));
        }
        return schema;
    }

    private ObjectNode assertions(ObjectNode schema, int depth) {
        switch (random.nextInt(depth == 0 ? 5 : 12)) {
            case 0 -> numbers(type(schema, any("integer", "number")));
            case 1 -> strings(type(schema, "string"));
            case 2 -> schema.set("enum", list(1 + random.nextInt(4), () -> value(1)));
            case 3 -> schema.set("const", scalar());
            case 4 -> type(schema, any("null", "boolean", "string"));
            case 5, 6 -> items(type(schema, "array"), depth - 1);
            default -> properties(type(schema, "object"), depth - 1);
        }
        return schema;
    }

    private ObjectNode type(ObjectNode schema, String type) {
        if (schema.has("uniqueItems")) {
            return schema;
        }
        if (oneIn(6)) {
            schema.putArray("type").add(type).add("null");
        } else if (!oneIn(8)) {
            schema.put("type", type);
        }
        return schema;
    }

    /** Distinct ones, as a list of values has them. */
    private ArrayNode list(int size, Supplier<JsonNode> one) {
        Set<String> seen = new TreeSet<>();
        ArrayNode list = NODES.arrayNode();
        for (int i = 0; i < size; i++) {
            JsonNode next = one.get();
            if (seen.add(next.toString())) {
                list.add(next);
            }
        }
        return list;
    }

    private ArrayNode names(int size) {
        return list(size, () -> TextNode.valueOf(any(NAMES)));
    }

    private void numbers(ObjectNode schema) {
        maybe(3, schema, any("minimum", "exclusiveMinimum"), this::number);
        maybe(3, schema, any("maximum", "exclusiveMaximum"), this::number);
        maybe(5, schema, "multipleOf", () -> DecimalNode.valueOf(new BigDecimal(any(UNITS))));
    }

    private ObjectNode strings(ObjectNode schema) {
        maybe(3, schema, "minLength", () -> count(4));
        maybe(3, schema, "maxLength", () -> count(5));
        maybe(3, schema, "pattern", () -> TextNode.valueOf(any(PATTERNS)));
        maybe(6, schema, "format", () -> TextNode.valueOf(any(FORMATS)));
        return schema;
    }

    private void maybe(int number, ObjectNode schema, String keyword, Supplier<JsonNode> value) {
        if (oneIn(number)) {
            schema.set(keyword, value.get());
        }
    }

    private JsonNode count(int limit) {
        return NODES.numberNode(random.nextInt(limit));
    }

    private void items(ObjectNode schema, int depth) {
        maybe(2, schema, "items", () -> schema(depth));
        maybe(4, schema, "prefixItems", () -> list(2, () -> schema(depth)));
        maybe(3, schema, "minItems", () -> count(3));
        maybe(3, schema, "maxItems", () -> count(4));
        maybe(4, schema, "contains", () -> schema(depth));
        maybe(6, schema, "minContains", () -> count(2));
        if (oneIn(6)) {
            // The other library looks for equal values in objects, too.
            schema.put("type", "array").put("uniqueItems", true);
        }
        maybe(10, schema, "unevaluatedItems", () -> schema(depth));
    }

    private void properties(ObjectNode schema, int depth) {
        maybe(1, schema, "properties", () -> map(1 + random.nextInt(10), NAMES, depth));
        maybe(2, schema, "required", () -> names(1 + random.nextInt(9)));
        maybe(
                3,
                schema,
                "additionalProperties",
                () -> oneIn(2) ? BooleanNode.FALSE : schema(depth));
        maybe(5, schema, "patternProperties", () -> map(1 + random.nextInt(2), PATTERNS, depth));
        maybe(7, schema, "propertyNames", () -> strings(NODES.objectNode()));
        maybe(6, schema, "minProperties", () -> count(4));
        maybe(6, schema, "maxProperties", () -> count(6));
        maybe(6, schema, "dependentRequired", () -> NODES.objectNode().set(any(NAMES), names(2)));
        maybe(8, schema, "dependentSchemas", () -> map(1, NAMES, depth));
        maybe(
                8,
                schema,
                "unevaluatedProperties",
                () -> oneIn(2) ? BooleanNode.FALSE : schema(depth));
    }

    private ObjectNode map(int size, String[] names, int depth) {
        ObjectNode map = NODES.objectNode();
        for (int i = 0; i < size; i++) {
            map.set(any(names), schema(depth));
        }
        return map;
    }

    private void combination(ObjectNode schema, int depth) {
        switch (random.nextInt(6)) {
            case 0, 1, 2 ->
                    schema.set(
                            any("anyOf", "allOf", "oneOf"),
                            list(1 + random.nextInt(3), () -> schema(depth)));
            case 3 -> schema.set("not", schema(depth));
            default -> {
                schema.set("if", schema(depth));
                maybe(1, schema, "then", () -> schema(depth));
                maybe(2, schema, "else", () -> schema(depth));
            }
        }
    }

    private JsonNode value(int depth) {
        int kind = depth == 0 ? 0 : random.nextInt(6);
        if (kind >= 3) {
            ObjectNode object = NODES.objectNode();
            for (int i = random.nextInt(5); i > 0; i--) {
                object.set(any(NAMES), value(depth - 1));
            }
            return object;
        }
        return kind == 0 ? scalar() : list(random.nextInt(4), () -> value(depth - 1));
    }

    /** A value that has a chance of being allowed. */
    JsonNode valueFor(JsonNode schema) {
        if (!schema.isObject() || oneIn(12)) {
            return value(2);
        }
        if (schema.has("const")) {
            return schema.get("const");
        }
        for (String keyword : List.of("enum", "anyOf", "oneOf", "allOf")) {
            if (schema.has(keyword) && (keyword.equals("enum") || oneIn(2))) {
                JsonNode one = schema.get(keyword).get(random.nextInt(schema.get(keyword).size()));
                return keyword.equals("enum") ? one : valueFor(one);
            }
        }
        JsonNode type = schema.path("type");
        String name = type.isArray() ? type.get(0).asText() : type.asText();
        boolean isObject = name.equals("object") || schema.has("properties");
        if (isObject || name.equals("array")) {
            return isObject ? objectFor(schema) : arrayFor(schema);
        }
        return switch (name) {
            case "integer", "number" -> schema.has("minimum") ? schema.get("minimum") : number();
            case "string" -> TextNode.valueOf(any(STRINGS));
            case "boolean" -> BooleanNode.valueOf(random.nextBoolean());
            case "null" -> NullNode.instance;
            default -> value(2);
        };
    }

    private JsonNode arrayFor(JsonNode schema) {
        ArrayNode array = NODES.arrayNode();
        for (int i = random.nextInt(3) + schema.path("minItems").asInt(); i > 0; i--) {
            JsonNode first = schema.path("prefixItems").path(array.size());
            String rest = schema.has("contains") && oneIn(2) ? "contains" : "items";
            array.add(valueFor(first.isMissingNode() ? schema.path(rest) : first));
        }
        return array;
    }

    private JsonNode objectFor(JsonNode schema) {
        Set<String> required = new TreeSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        Set<String> chosen = new TreeSet<>(required);
        schema.path("properties").fieldNames().forEachRemaining(chosen::add);
        List<String> order = new ArrayList<>(chosen);
        Collections.shuffle(order, random);
        ObjectNode object = NODES.objectNode();
        for (String name : order) {
            if (required.contains(name) ? !oneIn(30) : oneIn(2)) {
                JsonNode declared = schema.path("properties").path(name);
                String others = "additionalProperties";
                object.set(
                        name, valueFor(declared.isMissingNode() ? schema.path(others) : declared));
            }
        }
        return object;
    }

    /** Nearly the same value. */
    JsonNode changed(JsonNode value) {
        if (value.isObject() && !value.isEmpty()) {
            ObjectNode object = value.deepCopy();
            List<Map.Entry<String, JsonNode>> all = List.copyOf(value.properties());
            Map.Entry<String, JsonNode> one = all.get(random.nextInt(all.size()));
            object.remove(one.getKey());
            String name = oneIn(4) ? any(NAMES) : one.getKey();
            return oneIn(4) ? object : object.set(name, changed(one.getValue()));
        }
        if (value.isArray() && !value.isEmpty()) {
            ArrayNode array = value.deepCopy();
            JsonNode one = array.remove(random.nextInt(array.size()));
            return oneIn(4) ? array : array.add(oneIn(3) ? one : changed(one)).add(one);
        }
        return value.isNumber() && !oneIn(3)
                ? DecimalNode.valueOf(
                        value.decimalValue().add(new BigDecimal(any("1", "-1", "0.5"))))
                : value(1);
    }
}
