package quire.grammar.schema;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import quire.grammar.Automaton.Step;

/**
 * Properties in any order, those that are declared once each. Parts are first these, then the
 * others.
 */
final class AnyOrder implements Separated.Parts<AnyOrder.State> {

    /**
     * What is known of the properties so far.
     *
     * @param seen the declared ones that came
     * @param count how many came, as far as that matters
     * @param open which of the properties that are asked for are still missing
     */
    record State(BitSet seen, int count, BitSet open) {}

    private final int declared;
    private final BitSet required = new BitSet();
    private final int asked;
    private final int min;
    private final int max;

    /** By part, which of the properties that are asked for it is. */
    private final List<BitSet> satisfies = new ArrayList<>();

    /**
     * @param asked how many properties are asked for by language
     * @param min of all properties; at most 1 if there are others
     * @param max -1 for none
     */
    AnyOrder(
            List<ObjectSteps.Property> properties,
            List<ObjectSteps.Other> others,
            int asked,
            int min,
            int max) {
        this.declared = properties.size();
        this.asked = asked;
        this.min = min;
        this.max = max;
        for (ObjectSteps.Property property : properties) {
            required.set(satisfies.size(), property.isRequired());
            satisfies.add(property.satisfies());
        }
        others.forEach(other -> satisfies.add(other.satisfies()));
    }

    @Override
    public State start() {
        BitSet open = new BitSet();
        open.set(0, asked);
        return new State(new BitSet(), 0, open);
    }

    @Override
    public boolean mayEnd(State state) {
        return missing(state).isEmpty() && state.count >= min && state.open.isEmpty();
    }

    private BitSet missing(State state) {
        return without(required, state.seen);
    }

    private static BitSet without(BitSet set, BitSet other) {
        BitSet rest = (BitSet) set.clone();
        rest.andNot(other);
        return rest;
    }

    @Override
    public List<Step<State>> from(State state) {
        List<Step<State>> steps = new ArrayList<>();
        if (max >= 0 && state.count >= max) {
            return steps;
        }
        int count = Math.min(state.count + 1, Math.max(min, max));
        for (int i = 0; i < satisfies.size(); i++) {
            if (state.seen.get(i)) {
                continue;
            }
            BitSet seen = state.seen;
            if (i < declared) {
                seen = (BitSet) seen.clone();
                seen.set(i);
            }
            BitSet open = state.open.isEmpty() ? state.open : without(state.open, satisfies.get(i));
            steps.add(new Step<>(i, new State(seen, count, open)));
        }
        return steps;
    }

    @Override
    public boolean canGoOn(State state, BitSet usable) {
        BitSet missing = missing(state);
        if (!without(missing, usable).isEmpty()) {
            return false;
        }
        BitSet left = without(usable, state.seen);
        left.clear(satisfies.size());
        boolean endless = left.length() > declared;
        int least = missing.cardinality() + least(asked(state, missing), left);
        boolean isEnough = endless || state.count + left.cardinality() >= min;
        return isEnough
                && (max < 0 || min <= max)
                && !left.isEmpty()
                && (max < 0 || state.count + Math.max(least, 1) <= max)
                && least < Integer.MAX_VALUE / 2;
    }

    /** What is still asked for when the required ones have come. */
    private BitSet asked(State state, BitSet missing) {
        BitSet open = (BitSet) state.open.clone();
        missing.stream().forEach(i -> open.andNot(satisfies.get(i)));
        return open;
    }

    /** How few parts are all that is asked for; much more than there are if none can be. */
    private int least(BitSet open, BitSet left) {
        if (open.isEmpty()) {
            return 0;
        }
        int first = open.nextSetBit(0);
        Set<BitSet> ways = new LinkedHashSet<>();
        left.stream().mapToObj(satisfies::get).filter(s -> s.get(first)).forEach(ways::add);
        int least = Integer.MAX_VALUE / 2;
        for (BitSet way : ways) {
            least = Math.min(least, 1 + least(without(open, way), left));
        }
        return least;
    }
}
