package quire.grammar.schema;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import quire.grammar.schema.Goals.Goal;
import quire.grammar.schema.Goals.Origin;

/**
 * Objects that satisfy some conditions.
 *
 * @param facts what values their properties have, each fact speaks of all of them
 * @param required names that they have
 * @param names goals that all their names satisfy, as strings
 * @param some properties that they have, named by a language
 * @param min least number of properties
 * @param max greatest number of properties, -1 for none
 * @param counts where a least number is asked for, null for nowhere
 */
record ObjectShape(
        List<Fact> facts,
        Set<String> required,
        List<Goal> names,
        List<Some> some,
        int min,
        int max,
        Origin counts) {

    static final ObjectShape ALL =
            new ObjectShape(List.of(), Set.of(), List.of(), List.of(), 0, -1, null);

    /**
     * One schema's {@code properties}, {@code patternProperties} and {@code additionalProperties}.
     *
     * @param additional null for none
     * @param evaluates whether {@code unevaluatedProperties} leaves these properties alone
     */
    record Fact(
            Map<String, Goal> properties,
            List<Pattern> patterns,
            Goal additional,
            boolean evaluates) {

        /** What a name's value is to satisfy by this fact. */
        Goal goal(String name, Goals goals) {
            Goal goal = properties.get(name);
            for (Pattern pattern : patterns) {
                if (pattern.names().has(name)) {
                    goal = goal == null ? pattern.goal() : goals.and(goal, pattern.goal());
                }
            }
            if (goal != null) {
                return goal;
            }
            return additional == null ? goals.anything : additional;
        }
    }

    /** Names of a language, and what their values satisfy. */
    record Pattern(StringSet names, Goal goal) {}

    /**
     * A property of some name, and what its value satisfies.
     *
     * @param origin the keyword that asks for it
     */
    record Some(StringSet names, Goal goal, Origin origin) {}

    static ObjectShape of(Fact fact) {
        return new ObjectShape(List.of(fact), Set.of(), List.of(), List.of(), 0, -1, null);
    }

    static ObjectShape requiring(Set<String> names) {
        return new ObjectShape(List.of(), names, List.of(), List.of(), 0, -1, null);
    }

    static ObjectShape named(Goal names) {
        return new ObjectShape(List.of(), Set.of(), List.of(names), List.of(), 0, -1, null);
    }

    static ObjectShape having(Some some) {
        return new ObjectShape(List.of(), Set.of(), List.of(), List.of(some), 0, -1, null);
    }

    static ObjectShape counting(int min, int max, Origin origin) {
        return new ObjectShape(List.of(), Set.of(), List.of(), List.of(), min, max, origin);
    }

    /** Objects in which a name has a certain value, or does not occur where that is nothing. */
    static ObjectShape with(String name, Goal goal) {
        return of(new Fact(Map.of(name, goal), List.of(), null, false));
    }

    ObjectShape and(ObjectShape other) {
        if (this == ALL || other == ALL) {
            return this == ALL ? other : this;
        }
        int lower = max < 0 ? other.max : other.max < 0 ? max : Math.min(max, other.max);
        return new ObjectShape(
                joined(facts, other.facts),
                joined(required, other.required),
                joined(names, other.names),
                joined(some, other.some),
                Math.max(min, other.min),
                lower,
                counts == null || other.min > min && other.counts != null ? other.counts : counts);
    }

    private static <T> List<T> joined(List<T> one, List<T> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        return new ArrayList<>(joined(new LinkedHashSet<>(one), new LinkedHashSet<>(other)));
    }

    private static <T> Set<T> joined(Set<T> one, Set<T> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        Set<T> all = new LinkedHashSet<>(one);
        all.addAll(other);
        return all;
    }

    /** Names that some condition mentions, in their order. */
    Set<String> mentioned() {
        Set<String> mentioned = new LinkedHashSet<>();
        facts.forEach(fact -> mentioned.addAll(fact.properties().keySet()));
        mentioned.addAll(required);
        return mentioned;
    }

    /** What the value of a name is to satisfy; {@code goals.nothing} where it may not occur. */
    Goal goal(String name, Goals goals, Function<Goal, Shape> shapes) {
        for (Goal named : names) {
            if (shapes.apply(named).strings().stream().noneMatch(set -> set.has(name))) {
                return goals.nothing;
            }
        }
        Goal goal = goals.anything;
        for (Fact fact : facts) {
            goal = goals.and(goal, fact.goal(name, goals));
        }
        return goal;
    }

    /** The same properties as seen by {@code unevaluatedProperties}: all others are to satisfy. */
    Fact unevaluated(Goal others, Goals goals) {
        Map<String, Goal> properties = new LinkedHashMap<>();
        List<Pattern> patterns = new ArrayList<>();
        for (Fact fact : facts) {
            if (fact.evaluates()) {
                if (fact.additional() != null) {
                    return null;
                }
                fact.properties().keySet().forEach(name -> properties.put(name, goals.anything));
                for (Pattern pattern : fact.patterns()) {
                    patterns.add(new Pattern(pattern.names(), goals.anything));
                }
            }
        }
        return new Fact(properties, patterns, others, true);
    }
}
