package quire.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import quire.grammar.schema.Goals.Goal;
import quire.grammar.schema.Goals.Origin;

/**
 * Arrays that satisfy some conditions.
 *
 * @param facts what their items satisfy, each fact speaks of all of them
 * @param contains what some of their items satisfy
 * @param min least number of items
 * @param max greatest number of items, -1 for none
 * @param unique where distinct items are asked for, null for nowhere
 */
record ArrayShape(List<Fact> facts, List<Contains> contains, int min, int max, Origin unique) {

    static final ArrayShape ALL = new ArrayShape(List.of(), List.of(), 0, -1, null);

    /**
     * One schema's {@code prefixItems} and {@code items}.
     *
     * @param rest what the items behind the first ones satisfy, null for anything
     * @param evaluates whether {@code unevaluatedItems} leaves these items alone
     */
    record Fact(List<Goal> first, Goal rest, boolean evaluates) {}

    /**
     * Some items.
     *
     * @param from index of the first item that counts
     * @param max -1 for none
     * @param evaluates whether {@code unevaluatedItems} leaves these items alone
     * @param origin the keyword that asks for them
     */
    record Contains(Goal goal, int from, int min, int max, boolean evaluates, Origin origin) {}

    static ArrayShape of(Fact fact) {
        return new ArrayShape(List.of(fact), List.of(), 0, -1, null);
    }

    static ArrayShape of(Contains contains) {
        return new ArrayShape(List.of(), List.of(contains), 0, -1, null);
    }

    static ArrayShape ofLength(int min, int max) {
        return new ArrayShape(List.of(), List.of(), min, max, null);
    }

    static ArrayShape distinct(Origin origin) {
        return new ArrayShape(List.of(), List.of(), 0, -1, origin);
    }

    ArrayShape and(ArrayShape other) {
        if (this == ALL || other == ALL) {
            return this == ALL ? other : this;
        }
        int lower = max < 0 ? other.max : other.max < 0 ? max : Math.min(max, other.max);
        return new ArrayShape(
                joined(facts, other.facts),
                joined(contains, other.contains),
                Math.max(min, other.min),
                lower,
                unique == null ? other.unique : unique);
    }

    private static <T> List<T> joined(List<T> one, List<T> other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        List<T> all = new ArrayList<>(one);
        other.stream().filter(part -> !one.contains(part)).forEach(all::add);
        return all;
    }

    /** As many items at the beginning have conditions of their own. */
    int first() {
        return facts.stream().mapToInt(fact -> fact.first().size()).max().orElse(0);
    }

    /** What the item of an index satisfies; all from {@link #first} on do the same. */
    Goal goal(int index, Goals goals) {
        Goal goal = goals.anything;
        for (Fact fact : facts) {
            if (index < fact.first().size()) {
                goal = goals.and(goal, fact.first().get(index));
            } else if (fact.rest() != null) {
                goal = goals.and(goal, fact.rest());
            }
        }
        return goal;
    }

    /** The same items as seen by {@code unevaluatedItems}: all others are to satisfy. */
    Fact unevaluated(Goal others, Goals goals, Origin origin) {
        int known = 0;
        for (Fact fact : facts) {
            if (fact.evaluates()) {
                if (fact.rest() != null) {
                    return null;
                }
                known = Math.max(known, fact.first().size());
            }
        }
        Goal rest = others;
        for (Contains part : contains) {
            if (part.evaluates()) {
                rest = goals.or(rest, part.goal(), origin);
            }
        }
        List<Goal> first = new ArrayList<>();
        for (int i = 0; i < known; i++) {
            first.add(goals.anything);
        }
        return new Fact(first, rest, true);
    }
}
