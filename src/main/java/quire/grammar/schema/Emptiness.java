package quire.grammar.schema;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import quire.grammar.GrammarException;
import quire.grammar.GrammarLimitException;
import quire.grammar.schema.Goals.Goal;

/**
 * Finds shapes that no value has, to leave them out of products and to prove that schemas have
 * nothing in common. It looks a few levels deep and says no where it is not sure.
 */
final class Emptiness {

    private static final int MAX_DEPTH = 4;

    private final Goals goals;
    private final Function<Goal, Shape> shapes;
    private final Budget budget;
    private final Map<StringSet, Boolean> strings = new HashMap<>();
    private final Map<Goal, Boolean> known = new HashMap<>();
    private final Set<Goal> running = new HashSet<>();
    private int depth;

    /** How often it was not looked deeper. */
    private int unsure;

    Emptiness(Goals goals, Function<Goal, Shape> shapes, Budget budget) {
        this.goals = goals;
        this.shapes = shapes;
        this.budget = budget;
    }

    /** The values of a goal. */
    Shape shape(Goal goal) {
        return shapes.apply(goal);
    }

    boolean isNothing(StringSet set) {
        if (set.values() != null || set.musts().isEmpty()) {
            return set.isNothing();
        }
        Boolean before = strings.get(set);
        if (before == null) {
            budget.spend(100);
            before = set.isNothing();
            strings.put(set, before);
        }
        return before;
    }

    boolean isNothing(ArrayShape shape) {
        if (shape.max() >= 0 && shape.min() > shape.max()) {
            return true;
        }
        int looked = Math.min(shape.min(), shape.first() + 1);
        for (int i = 0; i < looked; i++) {
            if (isNothing(shape.goal(i, goals))) {
                return true;
            }
        }
        for (ArrayShape.Contains contains : shape.contains()) {
            boolean impossible = contains.max() >= 0 && contains.min() > contains.max();
            if (impossible || contains.min() > 0 && isNothing(contains.goal())) {
                return true;
            }
        }
        return false;
    }

    boolean isNothing(ObjectShape shape) {
        if (shape.max() >= 0 && Math.max(shape.min(), shape.required().size()) > shape.max()) {
            return true;
        }
        for (String name : shape.required()) {
            if (isNothing(shape.goal(name, goals, shapes))) {
                return true;
            }
        }
        for (ObjectShape.Some some : shape.some()) {
            if (isNothing(some.names()) || isNothing(some.goal())) {
                return true;
            }
        }
        return false;
    }

    boolean isNothing(Goal goal) {
        if (goal == goals.anything || goal == goals.nothing) {
            return goal == goals.nothing;
        }
        Boolean before = known.get(goal);
        if (before != null) {
            return before;
        }
        if (depth == MAX_DEPTH || !running.add(goal)) {
            unsure++;
            return false;
        }
        depth++;
        int unsureBefore = unsure;
        try {
            Shape shape = shapes.apply(goal);
            boolean isNothing =
                    !shape.hasNull()
                            && !shape.hasTrue()
                            && !shape.hasFalse()
                            && shape.numbers().stream().allMatch(NumberSet::isNothing)
                            && shape.strings().stream().allMatch(this::isNothing)
                            && shape.arrays().stream().allMatch(this::isNothing)
                            && shape.objects().stream().allMatch(this::isNothing);
            if (isNothing || unsure == unsureBefore) {
                known.put(goal, isNothing);
            }
            return isNothing;
        } catch (GrammarLimitException e) {
            throw e;
        } catch (GrammarException e) {
            // What cannot be kept there is told when the grammar of that part is made.
            return false;
        } finally {
            depth--;
            running.remove(goal);
        }
    }
}
