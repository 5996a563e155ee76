package quire.toolcall;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Gives values that a model wrote as bare text the types that their schemas ask for. */
final class TypedText {

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final Pattern INTEGER = Pattern.compile("-?(0|[1-9]\\d{0,999})");
    private static final Pattern ZEROS = Pattern.compile("[+-]?\\d{1,999}(\\.0*)?");
    private static final Pattern NUMBER =
            Pattern.compile("-?(0|[1-9]\\d{0,999})(\\.\\d{1,999})?([eE][+-]?\\d{1,3})?");

    /** What schemas made by hand call the types of JSON. */
    private static final Map<String, String> PYTHON_TYPES =
            Map.of(
                    "str", "string",
                    "int", "integer",
                    "float", "number",
                    "bool", "boolean",
                    "dict", "object",
                    "list", "array",
                    "tuple", "array");

    private TypedText() {}

    /**
     * The value as JSON. Where the schema allows a string, only what is written as JSON writes it
     * is something else; where it says nothing, only objects and lists are. What does not fit is a
     * string.
     *
     * @param schema JSON Schema of the value
     */
    static String json(String text, Map<String, Object> schema) {
        Set<String> types = types(schema);
        String bare = text.strip();
        if (types.isEmpty()) {
            boolean isNested = bare.startsWith("{") || bare.startsWith("[");
            return (isNested ? nested(bare) : Optional.<String>empty()).orElse(quoted(text));
        }
        boolean mayBeText = types.contains("string");
        for (String type : List.of("null", "integer", "number", "boolean", "object", "array")) {
            if (types.contains(type)) {
                Optional<String> value = as(type, bare, mayBeText);
                if (value.isPresent()) {
                    return value.get();
                }
            }
        }
        return quoted(text);
    }

    /** A string in quotes. */
    static String quoted(String text) {
        return new TextNode(text).toString();
    }

    private static Optional<String> as(String type, String bare, boolean mayBeText) {
        String word = bare.toLowerCase(Locale.ROOT);
        return switch (type) {
            case "null" ->
                    word.equals("null") || !mayBeText && word.equals("none")
                            ? Optional.of("null")
                            : Optional.empty();
            case "integer" -> {
                if (INTEGER.matcher(bare).matches()) {
                    yield Optional.of(bare);
                }
                yield !mayBeText && ZEROS.matcher(bare).matches()
                        ? Optional.of(new BigDecimal(bare).toBigInteger().toString())
                        : Optional.empty();
            }
            case "number" -> {
                if (NUMBER.matcher(bare).matches()) {
                    yield Optional.of(bare);
                }
                yield !mayBeText && ZEROS.matcher(bare).matches()
                        ? Optional.of(new BigDecimal(bare).toPlainString())
                        : Optional.empty();
            }
            case "boolean" ->
                    bare.equals("true")
                                    || bare.equals("false")
                                    || !mayBeText && (word.equals("true") || word.equals("false"))
                            ? Optional.of(word)
                            : Optional.empty();
            default ->
                    bare.startsWith(type.equals("object") ? "{" : "[")
                            ? nested(bare)
                            : Optional.empty();
        };
    }

    /** An object or a list, as JSON or as Python writes it. */
    private static Optional<String> nested(String bare) {
        try {
            JSON.readTree(bare);
            return Optional.of(bare);
        } catch (JsonProcessingException e) {
            return PythonLiteral.json(bare);
        }
    }

    /** The types that a schema allows; none where it does not say. */
    private static Set<String> types(Map<String, Object> schema) {
        Set<String> types = new HashSet<>();
        collectFrom(schema, types);
        for (String choice : List.of("anyOf", "oneOf")) {
            if (schema.get(choice) instanceof Collection<?> alternatives) {
                for (Object alternative : alternatives) {
                    if (alternative instanceof Map<?, ?> one) {
                        collectFrom(one, types);
                    }
                }
            }
        }
        return types;
    }

    /** What a schema says, or the values that it lists. */
    private static void collectFrom(Map<?, ?> schema, Set<String> types) {
        if (schema.get("type") != null) {
            collect(schema.get("type"), types);
        } else if (schema.containsKey("const")) {
            types.add(typeOf(schema.get("const")));
        } else if (schema.get("enum") instanceof Collection<?> values) {
            values.forEach(value -> types.add(typeOf(value)));
        }
    }

    private static String typeOf(Object value) {
        return switch (value) {
            case null -> "null";
            case Boolean any -> "boolean";
            case Integer any -> "integer";
            case Long any -> "integer";
            case BigInteger any -> "integer";
            case Number any -> "number";
            case Map<?, ?> any -> "object";
            case Collection<?> any -> "array";
            default -> "string";
        };
    }

    private static void collect(Object type, Set<String> types) {
        if (type instanceof String one) {
            String word = one.toLowerCase(Locale.ROOT);
            types.add(PYTHON_TYPES.getOrDefault(word, word));
        } else if (type instanceof Collection<?> several) {
            several.forEach(one -> collect(one, types));
        }
    }
}
