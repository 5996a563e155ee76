package quire.toolcall;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A tool that takes arguments of random types.
 *
 * @param kinds what its arguments may be, by name
 */
record RandomTool(String name, Map<String, Kind> kinds) {

    /** What an argument may be. */
    enum Kind {
        STRING,
        INTEGER,
        NUMBER,
        BOOLEAN,
        ARRAY,
        OBJECT,
        STRING_OR_NULL,
        INTEGER_OR_NULL,
        ANYTHING
    }

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final List<String> NAMES =
            List.of("get_weather", "get-time", "f", "search.files", "lookup_2", "runCommand");

    private static final List<String> ARGUMENTS =
            List.of("city", "days", "q", "file_path", "options", "a1", "unit", "name", "flags");

    /** Texts that formats may stumble over. */
    private static final List<String> HARD =
            List.of(
                    "Bonn",
                    "",
                    " ",
                    "00501",
                    "true",
                    "None",
                    "3",
                    "-1.5e3",
                    "say \"hi\"",
                    "it's",
                    "'",
                    "\"\"\"",
                    "back\\slash\\",
                    "\\n",
                    "two\nlines\n",
                    "\n\nfirst",
                    "a\ttab",
                    "{\"name\": \"f\", \"arguments\": {}}",
                    "}}]",
                    "]])",
                    "f(a=1)",
                    "[f(a=1)]",
                    "x = [1, {2}], (3",
                    "<tool_call>",
                    "</tool_call>",
                    "see </tool_call>\n<tool_call>",
                    "[TOOL_CALLS][",
                    "[ARGS]{",
                    "<|python_tag|>",
                    "<|python_start|>[",
                    "<|python_end|>",
                    "```json\n{}\n```",
                    "`code",
                    "~~~",
                    "Zürich 東京 🌧",
                    "👩‍👩‍👧\u0301",
                    "\u0001\u007f",
                    "<function=f>",
                    "</function>",
                    "<parameter=q>",
                    "</parameter> x",
                    "<｜tool▁call▁end｜>",
                    "<｜tool▁calls▁end｜>",
                    "<think>",
                    "</think>",
                    "; {",
                    "a, b=2",
                    "https://a.b/c?d=e&f=%20#g",
                    "SELECT * FROM t WHERE a < 3;",
                    "{{ x }}");

    static RandomTool of(String name, Random random) {
        List<String> names = new ArrayList<>(ARGUMENTS);
        Collections.shuffle(names, random);
        Map<String, Kind> kinds = new LinkedHashMap<>();
        for (String argument : names.subList(0, random.nextInt(6))) {
            kinds.put(argument, Kind.values()[random.nextInt(Kind.values().length)]);
        }
        return new RandomTool(name, kinds);
    }

    /** Some tools of different names. */
    static List<RandomTool> several(Random random) {
        List<String> names = new ArrayList<>(NAMES);
        Collections.shuffle(names, random);
        return names.subList(0, 1 + random.nextInt(3)).stream()
                .map(name -> of(name, random))
                .toList();
    }

    /** As a request has it. */
    ObjectNode definition() {
        ObjectNode tool = NODES.objectNode().put("type", "function");
        ObjectNode parameters =
                tool.putObject("function").put("name", name).putObject("parameters");
        ObjectNode properties = parameters.put("type", "object").putObject("properties");
        kinds.forEach((argument, kind) -> properties.set(argument, schema(kind)));
        return tool;
    }

    private static ObjectNode schema(Kind kind) {
        ObjectNode schema = NODES.objectNode();
        switch (kind) {
            case STRING -> schema.put("type", "string");
            case INTEGER -> schema.put("type", "integer");
            case NUMBER -> schema.put("type", "number");
            case BOOLEAN -> schema.put("type", "boolean");
            case ARRAY -> schema.put("type", "array");
            case OBJECT -> schema.put("type", "object");
            case STRING_OR_NULL -> schema.putArray("type").add("string").add("null");
            case INTEGER_OR_NULL -> {
                ArrayNode choices = schema.putArray("anyOf");
                choices.addObject().put("type", "integer");
                choices.addObject().put("type", "null");
            }
            case ANYTHING -> schema.put("description", "anything");
        }
        return schema;
    }

    /** Some of its arguments, in any order. */
    ObjectNode arguments(Random random) {
        List<String> names = new ArrayList<>(kinds.keySet());
        Collections.shuffle(names, random);
        ObjectNode arguments = NODES.objectNode();
        for (String argument : names.subList(0, random.nextInt(names.size() + 1))) {
            arguments.set(argument, value(kinds.get(argument), random));
        }
        return arguments;
    }

    private static JsonNode value(Kind kind, Random random) {
        return switch (kind) {
            case STRING -> NODES.textNode(text(random));
            case INTEGER -> integer(random);
            case NUMBER -> random.nextBoolean() ? integer(random) : decimal(random);
            case BOOLEAN -> NODES.booleanNode(random.nextBoolean());
            case ARRAY -> array(random, 2);
            case OBJECT -> object(random, 2);
            case STRING_OR_NULL ->
                    random.nextInt(3) == 0 ? NODES.nullNode() : NODES.textNode(text(random));
            case INTEGER_OR_NULL -> random.nextInt(3) == 0 ? NODES.nullNode() : integer(random);
            case ANYTHING ->
                    switch (random.nextInt(3)) {
                        case 0 -> array(random, 1);
                        case 1 -> object(random, 1);
                        // Where a format has no quotes, what looks like a list is one.
                        default -> NODES.textNode("b" + text(random));
                    };
        };
    }

    static String text(Random random) {
        String text = HARD.get(random.nextInt(HARD.size()));
        return random.nextInt(4) == 0 ? text + HARD.get(random.nextInt(HARD.size())) : text;
    }

    private static JsonNode integer(Random random) {
        BigInteger value =
                switch (random.nextInt(5)) {
                    case 0 -> BigInteger.ZERO;
                    case 1 -> BigInteger.valueOf(9_007_199_254_740_993L);
                    case 2 -> new BigInteger(90, random);
                    default -> BigInteger.valueOf(random.nextInt(100_000));
                };
        return NODES.numberNode(random.nextInt(4) == 0 ? value.negate() : value);
    }

    private static JsonNode decimal(Random random) {
        int scale = 1 + random.nextInt(20);
        BigInteger digits = new BigInteger(60, random).add(BigInteger.TEN.pow(scale));
        return NODES.numberNode(new BigDecimal(digits, scale));
    }

    private static ArrayNode array(Random random, int depth) {
        ArrayNode array = NODES.arrayNode();
        for (int i = random.nextInt(4); i > 0; i--) {
            array.add(nested(random, depth));
        }
        return array;
    }

    private static ObjectNode object(Random random, int depth) {
        ObjectNode object = NODES.objectNode();
        for (int i = random.nextInt(4); i > 0; i--) {
            object.set(random.nextInt(3) == 0 ? text(random) : "k" + i, nested(random, depth));
        }
        return object;
    }

    private static JsonNode nested(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> integer(random);
            case 1 -> decimal(random);
            case 2 -> NODES.booleanNode(random.nextBoolean());
            case 3 -> NODES.nullNode();
            case 4 -> NODES.textNode(text(random));
            case 5 -> array(random, depth - 1);
            default -> object(random, depth - 1);
        };
    }
}
