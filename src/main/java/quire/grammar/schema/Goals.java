package quire.grammar.schema;

import java.nio.IntBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What values are to satisfy: schemas and negated goals, all of them. One of a kind, so that
 * recursive schemas are met again.
 */
final class Goals {

    /** A schema or, as {@code 2 id + 1}, the negation of a goal; {@code 2 id} is a schema. */
    record Goal(int id, int[] literals) {

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return id;
        }
    }

    /** The keyword of whose meaning a negation is a part. */
    record Origin(String pointer, String keyword) {}

    private final List<Goal> all = new ArrayList<>();
    private final Map<IntBuffer, Goal> known = new HashMap<>();
    private final Map<Integer, Origin> origins = new HashMap<>();
    private final Budget budget;

    /** What every value satisfies. */
    final Goal anything;

    /** What no value satisfies. */
    final Goal nothing;

    Goals(Budget budget) {
        this.budget = budget;
        this.anything = intern();
        this.nothing = intern(2 * anything.id() + 1);
    }

    private Goal intern(int... literals) {
        return known.computeIfAbsent(
                IntBuffer.wrap(literals),
                key -> {
                    budget.spend(1 + literals.length);
                    Goal goal = new Goal(all.size(), literals);
                    all.add(goal);
                    return goal;
                });
    }

    Goal of(SchemaNode node) {
        if (node.json().isBoolean()) {
            return node.json().asBoolean() ? anything : nothing;
        }
        return intern(2 * node.id());
    }

    Goal and(Goal one, Goal other) {
        if (one == other || other == anything) {
            return one;
        }
        if (one == anything) {
            return other;
        }
        if (one == nothing || other == nothing) {
            return nothing;
        }
        int[] both =
                IntStream.concat(Arrays.stream(one.literals), Arrays.stream(other.literals))
                        .sorted()
                        .distinct()
                        .toArray();
        for (int literal : both) {
            if ((literal & 1) == 1 && contains(both, all.get(literal >> 1).literals)) {
                return nothing;
            }
        }
        return intern(both);
    }

    private static boolean contains(int[] sorted, int[] parts) {
        return Arrays.stream(parts).allMatch(part -> Arrays.binarySearch(sorted, part) >= 0);
    }

    /**
     * The values that the goal leaves out.
     *
     * @param origin the keyword that asks for it
     */
    Goal not(Goal goal, Origin origin) {
        if (goal == nothing) {
            return anything;
        }
        if (goal.literals.length == 1 && (goal.literals[0] & 1) == 1) {
            return all.get(goal.literals[0] >> 1);
        }
        origins.putIfAbsent(goal.id(), origin);
        return goal == anything ? nothing : intern(2 * goal.id() + 1);
    }

    Goal or(Goal one, Goal other, Origin origin) {
        return not(and(not(one, origin), not(other, origin)), origin);
    }

    Goal get(int id) {
        return all.get(id);
    }

    /** The keyword that first negated the goal. */
    Origin origin(Goal negated) {
        return origins.get(negated.id());
    }
}
