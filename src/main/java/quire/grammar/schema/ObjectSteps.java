package quire.grammar.schema;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import quire.grammar.Symbol;

/**
 * In which order, and how many, properties come. In any order, which ones came is a set, and there
 * are 2^n of them: where there are many properties, only the required ones are remembered, so that
 * an optional one may come again, which says nothing else of the object; where there are many
 * required ones, these come in the schema's order, and the others between them.
 */
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
     * @param at in the order of the schema, the first property that may still come
     * @param seen in any order, the remembered ones that came
     * @param count how many came, as far as that matters
     * @param open which of the properties that are asked for are still missing
     */
    record State(int at, BitSet seen, int count, BitSet open) {}

    /** As many properties make up to 2^n rules in any order. */
    private static final int MAX_REMEMBERED = 7;

    private final List<Property> properties;
    private final List<Other> others;
    private final int asked;
    private final int min;
    private final int max;
    private final boolean inAnyOrder;

    /** By index, whether a property from there on is required. */
    private final BitSet needed = new BitSet();

    private final BitSet required = new BitSet();

    /** Properties that come once in any order. */
    private final BitSet remembered = new BitSet();

    /** Whether the required ones come in the schema's order. */
    private final boolean isChained;

    /**
     * @param asked how many properties are asked for by language
     * @param min of all properties
     * @param max -1 for none
     */
    ObjectSteps(
            List<Property> properties,
            List<Other> others,
            int asked,
            int min,
            int max,
            boolean inAnyOrder) {
        this.properties = properties;
        this.others = others;
        this.asked = asked;
        this.min = min;
        this.max = max;
        this.inAnyOrder = inAnyOrder;
        for (int i = properties.size() - 1; i >= 0; i--) {
            required.set(i, properties.get(i).isRequired);
            needed.set(i, properties.get(i).isRequired || needed.get(i + 1));
        }
        boolean remembersAll = properties.size() <= MAX_REMEMBERED;
        isChained = !remembersAll && required.cardinality() > MAX_REMEMBERED;
        if (remembersAll) {
            remembered.set(0, properties.size());
        } else if (!isChained) {
            remembered.or(required);
        }
    }

    /** Whether some properties may come more than once. */
    boolean repeats() {
        return inAnyOrder && remembered.cardinality() < properties.size();
    }

    State start() {
        BitSet open = new BitSet();
        open.set(0, asked);
        return new State(0, new BitSet(), 0, open);
    }

    @Override
    public boolean mayEnd(State state) {
        boolean hasRequired = !needed.get(state.at);
        if (inAnyOrder && !isChained) {
            BitSet missing = (BitSet) required.clone();
            missing.andNot(state.seen);
            hasRequired = missing.isEmpty();
        }
        return hasRequired && state.count >= min && state.open.isEmpty();
    }

    @Override
    public List<Series.Step<State>> from(State state) {
        List<Series.Step<State>> steps = new ArrayList<>();
        if (max >= 0 && state.count >= max) {
            return steps;
        }
        if (inAnyOrder) {
            for (int i = 0; i < properties.size(); i++) {
                addInAnyOrder(state, i, steps);
            }
        } else if (state.at < properties.size()) {
            steps.add(step(state, properties.get(state.at), state.at + 1, state.seen));
            return steps;
        }
        for (Other other : others) {
            State next = new State(state.at, state.seen, more(state), rest(state, other.satisfies));
            steps.add(new Series.Step<>(other.symbol, next));
        }
        return steps;
    }

    private void addInAnyOrder(State state, int i, List<Series.Step<State>> steps) {
        if (isChained && required.get(i)) {
            if (i == required.nextSetBit(state.at)) {
                steps.add(step(state, properties.get(i), i + 1, state.seen));
            }
        } else if (!remembered.get(i)) {
            steps.add(step(state, properties.get(i), state.at, state.seen));
        } else if (!state.seen.get(i)) {
            BitSet seen = (BitSet) state.seen.clone();
            seen.set(i);
            steps.add(step(state, properties.get(i), state.at, seen));
        }
    }

    private Series.Step<State> step(State state, Property property, int at, BitSet seen) {
        State next = new State(at, seen, more(state), rest(state, property.satisfies));
        return new Series.Step<>(property.symbol, next);
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
        boolean skips =
                !inAnyOrder && state.at < properties.size() && !properties.get(state.at).isRequired;
        return skips ? new State(state.at + 1, state.seen, state.count, state.open) : null;
    }
}
