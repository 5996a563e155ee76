package quire.grammar.schema;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import quire.grammar.Regex;
import quire.grammar.schema.Goals.Goal;
import quire.grammar.schema.Goals.Origin;

/**
 * The values that a shape leaves out, for {@code not}, {@code oneOf} and {@code if}.
 *
 * @param origin the keyword of whose meaning this is a part
 */
record Complement(Goals goals, Emptiness emptiness, Budget budget, Origin origin) {

    /**
     * All values that are not in the shape.
     *
     * @throws quire.grammar.GrammarException if that is no shape
     */
    Shape of(Shape shape) {
        return new Shape(
                !shape.hasNull(),
                !shape.hasTrue(),
                !shape.hasFalse(),
                outside(
                        shape.numbers(),
                        NumberSet.ALL,
                        NumberSet::complement,
                        NumberSet::and,
                        NumberSet::isNothing),
                outside(
                        shape.strings(),
                        StringSet.ALL,
                        StringSet::complement,
                        StringSet::and,
                        emptiness::isNothing),
                outside(
                        shape.arrays(),
                        ArrayShape.ALL,
                        this::outside,
                        ArrayShape::and,
                        emptiness::isNothing),
                outside(
                        shape.objects(),
                        ObjectShape.ALL,
                        this::outside,
                        ObjectShape::and,
                        emptiness::isNothing));
    }

    /** What none of the sets has. */
    private <T> List<T> outside(
            List<T> sets,
            T all,
            Function<T, List<T>> complement,
            BiFunction<T, T, T> and,
            Predicate<T> isNothing) {
        List<T> rest = List.of(all);
        for (T set : sets) {
            List<T> parts = complement.apply(set);
            List<T> next = new ArrayList<>();
            for (T one : rest) {
                for (T part : parts) {
                    T both = and.apply(one, part);
                    budget.spend(10 + next.size());
                    if (!next.contains(both) && !isNothing.test(both)) {
                        next.add(both);
                    }
                }
            }
            rest = next;
        }
        return rest;
    }

    private List<ArrayShape> outside(ArrayShape shape) {
        List<ArrayShape> parts = new ArrayList<>();
        if (shape.unique() != null) {
            throw SchemaNode.refused(
                    origin, "it negates 'uniqueItems', and equal items cannot be told from others");
        }
        for (ArrayShape.Fact fact : shape.facts()) {
            List<Goal> before = new ArrayList<>();
            for (Goal goal : fact.first()) {
                if (goal != goals.anything) {
                    List<Goal> first = new ArrayList<>(before);
                    first.add(goals.not(goal, origin));
                    parts.add(
                            ArrayShape.of(new ArrayShape.Fact(first, null, false))
                                    .and(ArrayShape.ofLength(first.size(), -1)));
                }
                before.add(goals.anything);
            }
            if (fact.rest() != null && fact.rest() != goals.anything) {
                Goal other = goals.not(fact.rest(), origin);
                parts.add(contains(other, before.size(), 1, -1));
            }
        }
        for (ArrayShape.Contains contains : shape.contains()) {
            if (contains.min() > 0) {
                parts.add(contains(contains.goal(), contains.from(), 0, contains.min() - 1));
            }
            if (contains.max() >= 0) {
                parts.add(contains(contains.goal(), contains.from(), contains.max() + 1, -1));
            }
        }
        if (shape.min() > 0) {
            parts.add(ArrayShape.ofLength(0, shape.min() - 1));
        }
        if (shape.max() >= 0) {
            parts.add(ArrayShape.ofLength(shape.max() + 1, -1));
        }
        return parts;
    }

    private ArrayShape contains(Goal goal, int from, int min, int max) {
        return ArrayShape.of(new ArrayShape.Contains(goal, from, min, max, false, origin));
    }

    private List<ObjectShape> outside(ObjectShape shape) {
        List<ObjectShape> parts = new ArrayList<>();
        for (ObjectShape.Fact fact : shape.facts()) {
            for (Map.Entry<String, Goal> property : fact.properties().entrySet()) {
                if (property.getValue() != goals.anything) {
                    Goal other = goals.not(property.getValue(), origin);
                    String name = property.getKey();
                    parts.add(
                            ObjectShape.with(name, other).and(ObjectShape.requiring(Set.of(name))));
                }
            }
            for (ObjectShape.Pattern pattern : fact.patterns()) {
                if (pattern.goal() != goals.anything) {
                    parts.add(some(pattern.names(), goals.not(pattern.goal(), origin)));
                }
            }
            if (fact.additional() != null && fact.additional() != goals.anything) {
                parts.add(some(others(fact), goals.not(fact.additional(), origin)));
            }
        }
        for (String name : shape.required()) {
            parts.add(ObjectShape.with(name, goals.nothing));
        }
        for (Goal names : shape.names()) {
            for (StringSet others : of(emptiness.shape(names)).strings()) {
                parts.add(some(others, goals.anything));
            }
        }
        for (ObjectShape.Some some : shape.some()) {
            ObjectShape.Pattern none =
                    new ObjectShape.Pattern(some.names(), goals.not(some.goal(), origin));
            parts.add(ObjectShape.of(new ObjectShape.Fact(Map.of(), List.of(none), null, false)));
        }
        if (shape.min() > 0) {
            parts.add(ObjectShape.counting(0, shape.min() - 1, null));
        }
        if (shape.max() >= 0) {
            parts.add(ObjectShape.counting(shape.max() + 1, -1, origin));
        }
        return parts;
    }

    private ObjectShape some(StringSet names, Goal goal) {
        return ObjectShape.having(new ObjectShape.Some(names, goal, origin));
    }

    /** Names that {@code additionalProperties} speaks of. */
    private static StringSet others(ObjectShape.Fact fact) {
        Set<Regex> excluded = new LinkedHashSet<>();
        if (!fact.properties().isEmpty()) {
            excluded.add(Regex.not(JsonText.spelled(fact.properties().keySet())));
        }
        fact.patterns().forEach(p -> excluded.add(Regex.not(p.names().everySpelling())));
        StringSet others = StringSet.ALL;
        for (Regex must : excluded) {
            others = others.and(StringSet.in(must));
        }
        return others;
    }
}
