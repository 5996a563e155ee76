package quire.grammar.schema;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import quire.grammar.Grammar;
import quire.grammar.Symbol;

/**
 * The parts of an object or array between its brackets, with what is to stand between two of them:
 * rules for each state of an automaton whose steps are parts.
 *
 * @param <S> states, equal by value
 */
final class Series<S> {

    /** One part, and the state behind it. */
    record Step<S>(Symbol part, S next) {}

    /** What may come in a state. */
    interface Steps<S> {

        /** Whether this may be the last part, or there may be none. */
        boolean mayEnd(S state);

        /** The parts that may come next. */
        List<Step<S>> from(S state);

        /** A state whose parts may come as well, null for none. */
        S orFrom(S state);
    }

    private final Grammar.Builder builder;
    private final Steps<S> steps;
    private final Symbol separator;
    private final Budget budget;
    private final Map<S, Symbol> next = new HashMap<>();
    private final Map<S, Symbol> behind = new HashMap<>();
    private final Queue<Runnable> open = new ArrayDeque<>();

    Series(Grammar.Builder builder, Steps<S> steps, Symbol separator, Budget budget) {
        this.builder = builder;
        this.steps = steps;
        this.separator = separator;
        this.budget = budget;
    }

    /** All parts from the first state on. */
    Symbol from(S start) {
        Symbol parts = next(start);
        Symbol all = steps.mayEnd(start) ? builder.choice(builder.sequence(), parts) : parts;
        while (!open.isEmpty()) {
            open.remove().run();
        }
        return all;
    }

    /** At least one part. */
    private Symbol next(S state) {
        Symbol known = next.get(state);
        if (known != null) {
            return known;
        }
        budget.spend(5);
        Symbol rule = builder.rule("parts");
        next.put(state, rule);
        open.add(
                () -> {
                    List<Symbol> choices = new ArrayList<>();
                    for (Step<S> step : steps.from(state)) {
                        budget.spend(2);
                        choices.add(builder.sequence(step.part(), behind(step.next())));
                    }
                    S other = steps.orFrom(state);
                    if (other != null) {
                        choices.add(next(other));
                    }
                    builder.define(rule, builder.choice(choices.toArray(Symbol[]::new)));
                });
        return rule;
    }

    /** What may stand behind a part. */
    private Symbol behind(S state) {
        Symbol known = behind.get(state);
        if (known == null) {
            Symbol more = builder.sequence(separator, next(state));
            known = steps.mayEnd(state) ? builder.choice(builder.sequence(), more) : more;
            behind.put(state, known);
        }
        return known;
    }
}
