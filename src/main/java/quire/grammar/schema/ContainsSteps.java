package quire.grammar.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import quire.grammar.Symbol;
import quire.grammar.schema.ArrayShape.Contains;
import quire.grammar.schema.Goals.Goal;

/** Items of which some are counted by what they satisfy. */
final class ContainsSteps implements Series.Steps<ContainsSteps.State> {

    /**
     * What is known of the items so far.
     *
     * @param index how many came, as far as that matters
     * @param counts of those that satisfy each condition, as far as that matters
     */
    record State(int index, List<Integer> counts) {}

    private final ArrayShape shape;
    private final Function<Goal, Symbol> symbols;
    private final Goals goals;
    private final int lastIndex;

    ContainsSteps(ArrayShape shape, Function<Goal, Symbol> symbols, Goals goals) {
        this.shape = shape;
        this.symbols = symbols;
        this.goals = goals;
        int last = Math.max(shape.first(), Math.max(shape.min(), shape.max()));
        for (Contains contains : shape.contains()) {
            last = Math.max(last, contains.from());
        }
        this.lastIndex = last;
    }

    State start() {
        return new State(0, shape.contains().stream().map(contains -> 0).toList());
    }

    @Override
    public boolean mayEnd(State state) {
        if (state.index < shape.min()) {
            return false;
        }
        for (int i = 0; i < shape.contains().size(); i++) {
            if (state.counts.get(i) < shape.contains().get(i).min()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public List<Series.Step<State>> from(State state) {
        List<Series.Step<State>> steps = new ArrayList<>();
        if (shape.max() < 0 || state.index < shape.max()) {
            Goal item = shape.goal(state.index, goals);
            add(state, 0, item, new ArrayList<>(), steps);
        }
        return steps;
    }

    /** Decides of one condition after the other whether the next item counts for it. */
    private void add(
            State state, int at, Goal item, List<Integer> counts, List<Series.Step<State>> steps) {
        if (item == goals.nothing) {
            return;
        }
        if (at == shape.contains().size()) {
            int index = Math.min(state.index + 1, lastIndex);
            State next = new State(index, List.copyOf(counts));
            steps.add(new Series.Step<>(symbols.apply(item), next));
            return;
        }
        Contains contains = shape.contains().get(at);
        int count = state.counts.get(at);
        boolean isLimited = contains.max() >= 0;
        boolean matters = state.index >= contains.from();
        counts.add(count);
        boolean decides = matters && isLimited;
        Goal plain =
                decides ? goals.and(item, goals.not(contains.goal(), contains.origin())) : item;
        add(state, at + 1, plain, counts, steps);
        counts.removeLast();
        if (matters && (isLimited ? count < contains.max() : count < contains.min())) {
            counts.add(count + 1);
            add(state, at + 1, goals.and(item, contains.goal()), counts, steps);
            counts.removeLast();
        }
    }

    @Override
    public State orFrom(State state) {
        return null;
    }
}
