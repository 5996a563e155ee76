package quire.grammar.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import quire.grammar.schema.Goals.Goal;
import quire.grammar.schema.Goals.Origin;

/**
 * Turns schemas into shapes: what a schema says of a value by itself, and what the schemas do that
 * it applies to the same value. Properties and items stay goals, which are turned when their turn
 * comes, so that recursive schemas end.
 */
final class Expansion {

    /** Every combination of branches may have been met by a value: 2^n of them. */
    private static final int MAX_COMBINED = 6;

    private final SchemaDocument document;
    private final Goals goals;
    private final Budget budget;
    private final Assertions assertions;
    private final Emptiness emptiness;
    private final List<SchemaNode> nodes = new ArrayList<>();
    private final Map<Integer, Shape> ofNodes = new HashMap<>();
    private final Map<Goal, Shape> ofGoals = new HashMap<>();
    private final Set<Integer> running = new HashSet<>();

    Expansion(SchemaDocument document, Goals goals, SchemaOptions options, Budget budget) {
        this.document = document;
        this.goals = goals;
        this.budget = budget;
        this.emptiness = new Emptiness(goals, this::shape, budget);
        this.assertions = new Assertions(document, this::goal, goals, options, budget);
    }

    Emptiness emptiness() {
        return emptiness;
    }

    /** The goal of satisfying a schema. */
    Goal goal(SchemaNode node) {
        if (node.id() >= 0) {
            while (nodes.size() <= node.id()) {
                nodes.add(null);
            }
            nodes.set(node.id(), node);
        }
        return goals.of(node);
    }

    /** The values that a goal allows. */
    Shape shape(Goal goal) {
        Shape known = ofGoals.get(goal);
        if (known != null) {
            return known;
        }
        Shape shape = Shape.ALL;
        for (int literal : goal.literals()) {
            if ((literal & 1) == 0) {
                shape = and(shape, shape(nodes.get(literal >> 1)));
            } else {
                Goal negated = goals.get(literal >> 1);
                shape = and(shape, complement(goals.origin(negated)).of(shape(negated)));
            }
        }
        ofGoals.put(goal, shape);
        return shape;
    }

    private Complement complement(Origin origin) {
        return new Complement(goals, emptiness, budget, origin);
    }

    private Shape and(Shape one, Shape other) {
        return one.and(other, emptiness, budget);
    }

    private Shape or(Shape one, Shape other) {
        return one.or(other, document.hasUnevaluated(), budget);
    }

    /** The values that a schema allows. */
    private Shape shape(SchemaNode node) {
        if (node.json().isBoolean()) {
            return node.json().asBoolean() ? Shape.ALL : Shape.NOTHING;
        }
        Shape known = ofNodes.get(node.id());
        if (known != null) {
            return known;
        }
        running.add(node.id());
        budget.enter(node.pointer());
        try {
            Shape shape = expanded(node);
            ofNodes.put(node.id(), shape);
            return shape;
        } finally {
            budget.leave();
            running.remove(node.id());
        }
    }

    private Shape expanded(SchemaNode node) {
        if (document.draft().isOld() && node.has("$ref")) {
            return referred(node, "$ref");
        }
        Shape shape = assertions.of(node);
        for (String keyword : List.of("$ref", "$dynamicRef", "$recursiveRef")) {
            if (node.has(keyword)) {
                shape = and(shape, referred(node, keyword));
            }
        }
        if (node.has("allOf")) {
            for (Shape branch : branches(node, "allOf")) {
                shape = and(shape, branch);
            }
        }
        if (node.has("anyOf")) {
            shape = and(shape, anyOf(node));
        }
        if (node.has("oneOf")) {
            shape = and(shape, oneOf(node, shape));
        }
        if (node.has("not")) {
            Shape negated = shape(document.schema(node, "not"));
            shape = without(shape, negated, node.origin("not"));
        }
        if (node.has("if") && (node.has("then") || node.has("else") || document.hasUnevaluated())) {
            shape = conditional(node, shape);
        }
        for (String keyword : List.of("dependentSchemas", "dependencies")) {
            if (node.has(keyword)) {
                shape = dependent(node, keyword, shape);
            }
        }
        return unevaluated(node, shape);
    }

    private Shape referred(SchemaNode node, String keyword) {
        SchemaNode target = document.referred(node, keyword);
        if (running.contains(target.id())) {
            throw node.refused(
                    keyword, "it leads back to itself without a property or an item between");
        }
        return shape(target);
    }

    private List<Shape> branches(SchemaNode node, String keyword) {
        if (!node.get(keyword).isArray() || node.get(keyword).isEmpty()) {
            throw node.wrong(keyword, "a list of schemas, not empty");
        }
        List<Shape> branches = new ArrayList<>();
        for (int i = 0; i < node.get(keyword).size(); i++) {
            branches.add(shape(document.schema(node, keyword, i)));
        }
        return branches;
    }

    private Shape anyOf(SchemaNode node) {
        List<Shape> branches = branches(node, "anyOf");
        Shape any = Shape.NOTHING;
        boolean combines =
                document.hasUnevaluated()
                        && branches.stream()
                                .anyMatch(b -> !b.objects().isEmpty() || !b.arrays().isEmpty());
        if (!combines) {
            for (Shape branch : branches) {
                any = or(any, branch);
            }
            return any;
        }
        if (branches.size() > MAX_COMBINED) {
            throw node.refused(
                    "anyOf",
                    "beside unevaluatedItems or unevaluatedProperties it may have "
                            + MAX_COMBINED
                            + " branches and has "
                            + branches.size());
        }
        for (int chosen = 1; chosen < 1 << branches.size(); chosen++) {
            Shape all = Shape.ALL;
            for (int i = 0; i < branches.size(); i++) {
                all = (chosen >> i & 1) == 0 ? all : and(all, branches.get(i));
            }
            any = or(any, all);
        }
        return any;
    }

    /** Each branch without those of the others that have something in common with it. */
    private Shape oneOf(SchemaNode node, Shape around) {
        List<Shape> branches = branches(node, "oneOf");
        Shape any = Shape.NOTHING;
        for (int i = 0; i < branches.size(); i++) {
            Shape one = and(around, branches.get(i));
            for (int j = 0; j < branches.size(); j++) {
                if (j != i) {
                    one = without(one, branches.get(j), node.origin("oneOf"));
                }
            }
            any = or(any, one);
        }
        return any;
    }

    /** The values of one shape that are not in another, which is negated only where they meet. */
    private Shape without(Shape shape, Shape other, Origin origin) {
        Shape common = shape.and(other, emptiness, budget).pruned(emptiness);
        if (common.isNothing()) {
            return shape;
        }
        Shape met =
                new Shape(
                        other.hasNull(),
                        other.hasTrue(),
                        other.hasFalse(),
                        common.numbers().isEmpty() ? List.of() : other.numbers(),
                        common.strings().isEmpty() ? List.of() : other.strings(),
                        common.arrays().isEmpty() ? List.of() : other.arrays(),
                        common.objects().isEmpty() ? List.of() : other.objects());
        return and(shape, complement(origin).of(met)).pruned(emptiness);
    }

    private Shape conditional(SchemaNode node, Shape shape) {
        Shape condition = shape(document.schema(node, "if"));
        Shape then = node.has("then") ? shape(document.schema(node, "then")) : Shape.ALL;
        Shape otherwise = node.has("else") ? shape(document.schema(node, "else")) : Shape.ALL;
        Shape met = and(and(shape, condition), then);
        Shape unmet = and(without(shape, condition, node.origin("if")), otherwise);
        return or(met, unmet);
    }

    private Shape dependent(SchemaNode node, String keyword, Shape shape) {
        if (!node.get(keyword).isObject()) {
            throw node.wrong(keyword, "an object");
        }
        Shape all = shape;
        for (var entry : node.get(keyword).properties()) {
            if (entry.getValue().isArray()) {
                continue;
            }
            String name = entry.getKey();
            Shape lacks = Shape.ifObject(ObjectShape.with(name, goals.nothing));
            Shape has = Shape.NOTHING.withObjects(List.of(ObjectShape.requiring(Set.of(name))));
            Shape then = and(has, shape(document.schema(node, keyword, name)));
            all = and(all, or(lacks, then));
        }
        return all;
    }

    private Shape unevaluated(SchemaNode node, Shape shape) {
        Shape all = shape;
        if (node.has("unevaluatedItems")) {
            Goal others = goal(document.schema(node, "unevaluatedItems"));
            List<ArrayShape> arrays = new ArrayList<>();
            for (ArrayShape array : all.arrays()) {
                var fact = array.unevaluated(others, goals, node.origin("unevaluatedItems"));
                arrays.add(fact == null ? array : ArrayShape.of(fact).and(array));
            }
            all = all.withArrays(arrays);
        }
        if (node.has("unevaluatedProperties")) {
            Goal others = goal(document.schema(node, "unevaluatedProperties"));
            List<ObjectShape> objects = new ArrayList<>();
            for (ObjectShape object : all.objects()) {
                var fact = object.unevaluated(others, goals);
                objects.add(fact == null ? object : object.and(ObjectShape.of(fact)));
            }
            all = all.withObjects(objects);
        }
        return all;
    }
}
