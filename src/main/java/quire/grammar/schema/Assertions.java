package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.Regex;
import quire.grammar.regex.Dialect;
import quire.grammar.regex.PatternSyntax;
import quire.grammar.schema.Goals.Goal;
import quire.grammar.schema.NumberText.Bound;

/**
 * What a schema says of a value by itself: everything but the schemas applied to the same value.
 */
final class Assertions {

    /** More digits than doubles have on either side of the point. */
    private static final int MAX_DIGITS = 400;

    private static final int ENDLESS = 100_000_000;

    private final SchemaDocument document;
    private final Function<SchemaNode, Goal> goal;
    private final SchemaOptions options;
    private final Budget budget;
    private final Literals literals;
    private final ObjectAssertions objects;
    private final Map<String, Regex> patterns = new HashMap<>();

    Assertions(
            SchemaDocument document,
            Function<SchemaNode, Goal> goal,
            Goals goals,
            SchemaOptions options,
            Budget budget) {
        this.document = document;
        this.goal = goal;
        this.options = options;
        this.budget = budget;
        this.literals = new Literals(document, goal, goals, budget);
        this.objects = new ObjectAssertions(document, goal, this::pattern, goals, budget);
    }

    Shape of(SchemaNode node) {
        Shape types = types(node);
        Shape shape =
                new Shape(
                        types.hasNull(),
                        types.hasTrue(),
                        types.hasFalse(),
                        numbers(node, types.numbers()),
                        strings(node, types.strings()),
                        arrays(node, types.arrays()),
                        objects.of(node, types.objects()));
        if (node.has("const")) {
            shape = literals.among(shape, List.of(node.get("const")), node, "const");
        }
        if (node.has("enum")) {
            if (!node.get("enum").isArray()) {
                throw node.wrong("enum", "a list of values");
            }
            List<JsonNode> values = new ArrayList<>();
            node.get("enum").forEach(values::add);
            shape = literals.among(shape, values, node, "enum");
        }
        return shape;
    }

    private Shape types(SchemaNode node) {
        JsonNode type = node.get("type");
        if (type == null) {
            return Shape.ALL;
        }
        Shape all = Shape.NOTHING;
        if (type.isTextual()) {
            all = type(type, node);
        } else if (type.isArray() && !type.isEmpty()) {
            for (JsonNode one : type) {
                all = all.or(type(one, node), budget);
            }
        } else {
            throw node.wrong("type", "the name of a type or a list of such names");
        }
        boolean isNullable =
                document.draft() == Draft.UNSAID
                        && node.has("nullable")
                        && node.get("nullable").asBoolean();
        return isNullable ? all.or(Shape.NULL, budget) : all;
    }

    private static Shape type(JsonNode type, SchemaNode node) {
        Shape none = Shape.NOTHING;
        return switch (type.asText()) {
            case "null" -> Shape.NULL;
            case "boolean" ->
                    new Shape(false, true, true, List.of(), List.of(), List.of(), List.of());
            case "number" -> none.withNumbers(List.of(NumberSet.ALL));
            case "integer" -> none.withNumbers(List.of(NumberSet.INTEGERS));
            case "string" -> none.withStrings(List.of(StringSet.ALL));
            case "array" -> none.withArrays(List.of(ArrayShape.ALL));
            case "object" -> none.withObjects(List.of(ObjectShape.ALL));
            default ->
                    throw node.wrong(
                            "type", "of null, boolean, number, integer, string, array, object");
        };
    }

    private List<NumberSet> numbers(SchemaNode node, List<NumberSet> sets) {
        if (sets.isEmpty()) {
            return sets;
        }
        NumberSet conditions = NumberSet.ALL;
        for (String keyword : List.of("minimum", "maximum")) {
            boolean isLow = keyword.equals("minimum");
            String exclusive = isLow ? "exclusiveMinimum" : "exclusiveMaximum";
            boolean isFlag = node.has(exclusive) && node.get(exclusive).isBoolean();
            if (node.has(keyword)) {
                boolean isOpen = isFlag && node.get(exclusive).asBoolean();
                conditions = bounded(conditions, isLow, number(node, keyword), isOpen);
            }
            if (node.has(exclusive) && !isFlag) {
                conditions = bounded(conditions, isLow, number(node, exclusive), true);
            }
        }
        if (node.has("multipleOf")) {
            BigDecimal unit = number(node, "multipleOf");
            if (unit.signum() <= 0) {
                throw node.wrong("multipleOf", "more than 0");
            }
            if (Multiples.of(unit) == null) {
                throw node.refused(
                        "multipleOf",
                        "but for twos and fives, the digits of the number may be up to 13, as in"
                                + " 0.25, 3, 60 or 1000");
            }
            conditions = conditions.and(NumberSet.multiplesOf(unit));
        }
        NumberSet all = conditions.and(Formats.numbers(node));
        return all.equals(NumberSet.ALL) ? sets : sets.stream().map(set -> set.and(all)).toList();
    }

    private static NumberSet bounded(NumberSet set, boolean isLow, BigDecimal value, boolean open) {
        Bound bound = new Bound(value, open);
        return set.and(isLow ? NumberSet.from(bound) : NumberSet.to(bound));
    }

    private static BigDecimal number(SchemaNode node, String keyword) {
        if (!node.get(keyword).isNumber()) {
            throw node.wrong(keyword, "a number");
        }
        return Literals.value(node.get(keyword), MAX_DIGITS, node, keyword);
    }

    private List<StringSet> strings(SchemaNode node, List<StringSet> sets) {
        if (sets.isEmpty()) {
            return sets;
        }
        StringSet all =
                StringSet.ofLength(count(node, "minLength", 0), count(node, "maxLength", -1));
        if (node.has("pattern")) {
            all = all.and(StringSet.in(pattern(node, "pattern", node.get("pattern"))));
        }
        if (node.has("format") && options.formats() == SchemaOptions.Formats.ASSERTED) {
            all = all.and(Formats.strings(node));
        }
        StringSet conditions = all;
        return all.equals(StringSet.ALL)
                ? sets
                : sets.stream().map(set -> set.and(conditions)).toList();
    }

    private Regex pattern(SchemaNode node, String keyword, JsonNode pattern) {
        if (!pattern.isTextual()) {
            throw node.wrong(keyword, "a regular expression");
        }
        try {
            return patterns.computeIfAbsent(
                    pattern.asText(),
                    text ->
                            PatternSyntax.parse(
                                    text, Dialect.ECMA, set -> JsonText.codePoints(set.ranges())));
        } catch (GrammarLimitException e) {
            throw new GrammarLimitException(
                    "the keyword '" + keyword + "' is too large: " + e.getMessage(),
                    SchemaNode.place(node.at(keyword)));
        } catch (GrammarException e) {
            throw node.refused(keyword, e.getMessage());
        }
    }

    private List<ArrayShape> arrays(SchemaNode node, List<ArrayShape> shapes) {
        if (shapes.isEmpty()) {
            return shapes;
        }
        ArrayShape all =
                ArrayShape.ofLength(count(node, "minItems", 0), count(node, "maxItems", -1));
        JsonNode items = node.get("items");
        boolean isTuple = items != null && items.isArray();
        List<Goal> first = new ArrayList<>();
        String list = isTuple ? "items" : "prefixItems";
        if (node.has(list)) {
            if (!node.get(list).isArray()) {
                throw node.wrong(list, "a list of schemas");
            }
            for (int i = 0; i < node.get(list).size(); i++) {
                first.add(goal.apply(document.schema(node, list, i)));
            }
        }
        String others = isTuple ? "additionalItems" : "items";
        Goal rest = node.has(others) ? goal.apply(document.schema(node, others)) : null;
        if (rest != null || !first.isEmpty()) {
            all = all.and(ArrayShape.of(new ArrayShape.Fact(first, rest, true)));
        }
        if (node.has("contains")) {
            int min = count(node, "minContains", 1);
            int max = count(node, "maxContains", -1);
            Goal some = goal.apply(document.schema(node, "contains"));
            all =
                    all.and(
                            ArrayShape.of(
                                    new ArrayShape.Contains(
                                            some, 0, min, max, true, node.origin("contains"))));
        }
        if (node.has("uniqueItems") && node.get("uniqueItems").asBoolean()) {
            all = all.and(ArrayShape.distinct(node.origin("uniqueItems")));
        }
        return all.equals(ArrayShape.ALL) ? shapes : List.of(all);
    }

    /** A number of things. */
    static int count(SchemaNode node, String keyword, int otherwise) {
        if (!node.has(keyword)) {
            return otherwise;
        }
        JsonNode value = node.get(keyword);
        if (!value.isNumber() || value.decimalValue().signum() < 0 || !isWhole(value)) {
            throw node.wrong(keyword, "a whole number, 0 or more");
        }
        boolean isEndless = value.decimalValue().compareTo(BigDecimal.valueOf(ENDLESS)) > 0;
        return isEndless ? otherwise < 0 ? -1 : ENDLESS : value.decimalValue().intValue();
    }

    private static boolean isWhole(JsonNode number) {
        return number.decimalValue().stripTrailingZeros().scale() <= 0;
    }
}
