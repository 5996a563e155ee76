package quire.grammar.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import quire.grammar.Regex;
import quire.grammar.schema.Goals.Goal;

/**
 * What a schema says of an object by itself.
 *
 * @param goal of a schema
 * @param patterns reads regular expressions
 */
record ObjectAssertions(
        SchemaDocument document,
        Function<SchemaNode, Goal> goal,
        Patterns patterns,
        Goals goals,
        Budget budget) {

    /** Reads the regular expression that a keyword has. */
    interface Patterns {

        Regex read(SchemaNode node, String keyword, JsonNode pattern);
    }

    /** The objects of some shapes that satisfy what the schema says. */
    List<ObjectShape> of(SchemaNode node, List<ObjectShape> shapes) {
        if (shapes.isEmpty()) {
            return shapes;
        }
        int min = Assertions.count(node, "minProperties", 0);
        int max = Assertions.count(node, "maxProperties", -1);
        ObjectShape all = ObjectShape.ALL;
        if (min > 0 || max >= 0) {
            all = ObjectShape.counting(min, max, min > 0 ? node.origin("minProperties") : null);
        }
        Map<String, Goal> properties = new LinkedHashMap<>();
        for (String name : names(node, "properties")) {
            properties.put(name, goal.apply(document.schema(node, "properties", name)));
        }
        List<ObjectShape.Pattern> named = new ArrayList<>();
        for (String source : names(node, "patternProperties")) {
            JsonNode text = TextNode.valueOf(source);
            named.add(
                    new ObjectShape.Pattern(
                            StringSet.in(patterns.read(node, "patternProperties", text)),
                            goal.apply(document.schema(node, "patternProperties", source))));
        }
        String others = "additionalProperties";
        Goal additional = node.has(others) ? goal.apply(document.schema(node, others)) : null;
        if (!properties.isEmpty() || !named.isEmpty() || additional != null) {
            all =
                    all.and(
                            ObjectShape.of(
                                    new ObjectShape.Fact(properties, named, additional, true)));
        }
        if (node.has("required")) {
            all = all.and(ObjectShape.requiring(texts(node, "required", node.get("required"))));
        }
        if (node.has("propertyNames")) {
            Goal names = goal.apply(document.schema(node, "propertyNames"));
            if (names != goals.anything) {
                all = all.and(ObjectShape.named(names));
            }
        }
        List<ObjectShape> parts = List.of(all);
        for (String keyword : List.of("dependentRequired", "dependencies")) {
            for (String name : names(node, keyword)) {
                JsonNode needed = node.get(keyword).get(name);
                if (needed.isArray()) {
                    parts = dependent(parts, name, texts(node, keyword, needed));
                }
            }
        }
        return parts;
    }

    /**
     * Properties that have, or lack, a name and what it needs; without a name there is no split.
     */
    private List<ObjectShape> dependent(List<ObjectShape> shapes, String name, Set<String> needed) {
        List<ObjectShape> parts = new ArrayList<>();
        for (ObjectShape shape : shapes) {
            budget.spend(100);
            if (!shape.required().contains(name)) {
                parts.add(shape.and(ObjectShape.with(name, goals.nothing)));
            }
            Set<String> all = new LinkedHashSet<>(Set.of(name));
            all.addAll(needed);
            parts.add(shape.and(ObjectShape.requiring(all)));
        }
        return parts;
    }

    private static Set<String> names(SchemaNode node, String keyword) {
        Set<String> names = new LinkedHashSet<>();
        if (node.has(keyword)) {
            if (!node.get(keyword).isObject()) {
                throw node.wrong(keyword, "an object");
            }
            node.get(keyword).fieldNames().forEachRemaining(names::add);
        }
        return names;
    }

    private static Set<String> texts(SchemaNode node, String keyword, JsonNode list) {
        Set<String> texts = new LinkedHashSet<>();
        for (JsonNode text : list) {
            if (!text.isTextual()) {
                throw node.wrong(keyword, "a list of names");
            }
            texts.add(text.asText());
        }
        if (!list.isArray()) {
            throw node.wrong(keyword, "a list of names");
        }
        return texts;
    }
}
