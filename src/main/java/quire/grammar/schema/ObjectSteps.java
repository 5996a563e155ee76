package quire.grammar.schema;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import quire.grammar.Symbol;

/** In the schema's order: how many properties come, the declared ones first, then the others. */
final class ObjectSteps implements Series.Steps<ObjectSteps.State> {

    /**
     * A property of a declared name.
     *
     * @param satisfies which of the properties that are asked for it is
     */
    record Property(Symbol symbol, boolean isRequired, BitSet satisfies) {}

    /** A property of another name. */
    record Other(Symbol symbol, BitSet satisfies) {}

    /**
     * What is known of the properties so far.
     *
     * @param at the first declared property that may still come
     * @param count how many came, as far as that matters
     * @param open which of the properties that are asked for are still missing
     */
    record State(int at, int count, BitSet open) {}

    private final List<Property> properties;
    private final List<Other> others;
    private final int asked;
    private final int min;
    private final int max;

    /** By index, whether a property from there on is required. */
    private final BitSet needed = new BitSet();

    /**
     * @param asked how many properties are asked for by language
     * @param min of all properties
     * @param max -1 for none
     */
    ObjectSteps(List<Property> properties, List<Other> others, int asked, int min, int max) {
        this.properties = properties;
        this.others = others;
        this.asked = asked;
        this.min = min;
        this.max = max;
        for (int i = properties.size() - 1; i >= 0; i--) {
            needed.set(i, properties.get(i).isRequired || needed.get(i + 1));
        }
    }

    State start() {
        BitSet open = new BitSet();
        open.set(0, asked);
        return new State(0, 0, open);
    }

    @Override
    public boolean mayEnd(State state) {
        return !needed.get(state.at) && state.count >= min && state.open.isEmpty();
    }

    @Override
    public List<Series.Step<State>> from(State state) {
        List<Series.Step<State>> steps = new ArrayList<>();
        if (max >= 0 && state.count >= max) {
            return steps;
        }
        if (state.at < properties.size()) {
            Property next = properties.get(state.at);
            steps.add(step(state, next.symbol, next.satisfies, state.at + 1));
            return steps;
        }
        for (Other other : others) {
            steps.add(step(state, other.symbol, other.satisfies, state.at));
        }
        return steps;
    }

    private Series.Step<State> step(State state, Symbol symbol, BitSet satisfies, int at) {
        return new Series.Step<>(symbol, new State(at, more(state), rest(state, satisfies)));
    }

    /** One property more, counted only as far as it matters. */
    private int more(State state) {
        return Math.min(state.count + 1, Math.max(min, max));
    }

    private static BitSet rest(State state, BitSet satisfied) {
        BitSet open = (BitSet) state.open.clone();
        open.andNot(satisfied);
        return open;
    }

    @Override
    public State orFrom(State state) {
        boolean skips = state.at < properties.size() && !properties.get(state.at).isRequired;
        return skips ? new State(state.at + 1, state.count, state.open) : null;
    }
}
