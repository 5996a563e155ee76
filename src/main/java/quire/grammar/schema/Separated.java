package quire.grammar.schema;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import quire.grammar.Automaton;
import quire.grammar.Grammar;
import quire.grammar.Symbol;

/**
 * The parts of an object or array between its brackets where what came decides what may come, with
 * something between two of them.
 *
 * @param separator index of what stands between, behind all parts
 * @param <S> states of the parts, equal by value
 */
record Separated<S>(Parts<S> parts, int separator) implements Automaton<Separated.State<S>> {

    /** What may come in a state. */
    interface Parts<S> {

        S start();

        /** Whether these may be all, or none. */
        boolean mayEnd(S state);

        /** The parts that may come next. */
        List<Step<S>> from(S state);

        /**
         * Whether an end can be reached by one part more, or several.
         *
         * @param usable the parts of which there are texts
         */
        boolean canGoOn(S state, BitSet usable);
    }

    private enum Place {
        FIRST,
        BEHIND_PART,
        BEHIND_SEPARATOR
    }

    /** Where it is between two parts, too. */
    record State<S>(S parts, Place place) {}

    /** The symbol of some parts. */
    static <S> Symbol symbol(
            Grammar.Builder builder, List<Symbol> symbols, Symbol separator, Parts<S> parts) {
        List<Symbol> all = new ArrayList<>(symbols);
        all.add(separator);
        return builder.series(all, new Separated<>(parts, symbols.size()));
    }

    @Override
    public State<S> start() {
        return new State<>(parts.start(), Place.FIRST);
    }

    @Override
    public boolean mayEnd(State<S> state) {
        return state.place != Place.BEHIND_SEPARATOR && parts.mayEnd(state.parts);
    }

    @Override
    public List<Step<State<S>>> from(State<S> state) {
        if (state.place == Place.BEHIND_PART) {
            State<S> behind = new State<>(state.parts, Place.BEHIND_SEPARATOR);
            return List.of(new Step<>(separator, behind));
        }
        List<Step<State<S>>> steps = new ArrayList<>();
        for (Step<S> step : parts.from(state.parts)) {
            steps.add(new Step<>(step.part(), new State<>(step.next(), Place.BEHIND_PART)));
        }
        return steps;
    }

    @Override
    public boolean canEnd(State<S> state, BitSet usable) {
        return mayEnd(state) || parts.canGoOn(state.parts, usable);
    }
}
