package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import quire.grammar.schema.Goals.Goal;

/**
 * Values that a schema lists.
 *
 * @param goal of a schema
 */
record Literals(
        SchemaDocument document, Function<SchemaNode, Goal> goal, Goals goals, Budget budget) {

    private static final int MAX_DIGITS = 1000;

    /** What of a shape is in a list. Arrays and objects of the list become shapes of their own. */
    Shape among(Shape shape, List<JsonNode> values, SchemaNode node, String keyword) {
        boolean hasNull = false;
        boolean hasTrue = false;
        boolean hasFalse = false;
        TreeSet<BigDecimal> numbers = new TreeSet<>();
        Set<String> strings = new LinkedHashSet<>();
        Set<JsonNode> arrays = new LinkedHashSet<>();
        Set<JsonNode> objects = new LinkedHashSet<>();
        budget.spend(values.size());
        for (JsonNode value : values) {
            switch (value.getNodeType()) {
                case NULL -> hasNull = true;
                case BOOLEAN -> {
                    hasTrue |= value.asBoolean();
                    hasFalse |= !value.asBoolean();
                }
                case NUMBER -> numbers.add(value(value, MAX_DIGITS, node, keyword));
                case STRING -> strings.add(value.asText());
                case ARRAY -> arrays.add(value);
                default -> objects.add(value);
            }
        }
        NumberSet listed = NumberSet.of(numbers);
        StringSet texts = StringSet.of(strings);
        return new Shape(
                shape.hasNull() && hasNull,
                shape.hasTrue() && hasTrue,
                shape.hasFalse() && hasFalse,
                shape.numbers().stream()
                        .map(set -> set.and(listed))
                        .filter(set -> !set.isNothing())
                        .toList(),
                shape.strings().stream()
                        .map(set -> set.and(texts))
                        .filter(set -> !set.isNothing())
                        .toList(),
                shape.arrays().stream()
                        .flatMap(s -> arrays.stream().map(v -> s.and(array(v, node, keyword))))
                        .toList(),
                shape.objects().stream()
                        .flatMap(s -> objects.stream().map(v -> s.and(object(v, node, keyword))))
                        .toList());
    }

    private ArrayShape array(JsonNode value, SchemaNode node, String keyword) {
        List<Goal> first = new ArrayList<>();
        for (JsonNode item : value) {
            first.add(constant(item, node, keyword));
        }
        return ArrayShape.of(new ArrayShape.Fact(first, null, false))
                .and(ArrayShape.ofLength(first.size(), first.size()));
    }

    private ObjectShape object(JsonNode value, SchemaNode node, String keyword) {
        Map<String, Goal> properties = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> property : value.properties()) {
            properties.put(property.getKey(), constant(property.getValue(), node, keyword));
        }
        ObjectShape.Fact fact = new ObjectShape.Fact(properties, List.of(), goals.nothing, false);
        return ObjectShape.of(fact).and(ObjectShape.requiring(properties.keySet()));
    }

    private Goal constant(JsonNode value, SchemaNode node, String keyword) {
        budget.spend(1);
        return goal.apply(document.constant(value, node, keyword));
    }

    /** A number in its simplest form, so that equal ones are equal. */
    static BigDecimal value(JsonNode number, int maxDigits, SchemaNode node, String keyword) {
        BigDecimal value = number.decimalValue().stripTrailingZeros();
        long whole = (long) value.precision() - value.scale();
        if (value.precision() > maxDigits || whole > maxDigits || value.scale() > maxDigits) {
            throw node.refused(
                    keyword, "a number has more than " + maxDigits + " digits without exponent");
        }
        return value;
    }
}
