package quire.grammar;

import java.util.BitSet;
import java.util.List;

/** Parts one after the other, as an automaton has them: what a {@link Symbol.Series} becomes. */
final class Series {

    private final Automaton<Object> automaton;
    private final List<Element> parts;

    /** Parts of which there are texts. */
    private final BitSet usable = new BitSet();

    @SuppressWarnings("unchecked") // States are the automaton's own.
    Series(Automaton<?> automaton, List<Element> parts) {
        this.automaton = (Automaton<Object>) automaton;
        this.parts = parts;
    }

    List<Element> parts() {
        return parts;
    }

    Object start() {
        return automaton.start();
    }

    boolean mayEnd(Object state) {
        return automaton.mayEnd(state);
    }

    /** Whether there is a text of it, where there are texts of some elements, by index. */
    boolean canBeHad(boolean[] productive) {
        for (int i = 0; i < parts.size(); i++) {
            usable.set(i, productive[parts.get(i).index]);
        }
        return automaton.canEnd(automaton.start(), usable);
    }

    /** What may come next, if it does not lead to where no end can be reached. */
    List<Automaton.Step<Object>> from(Object state) {
        return automaton.from(state).stream()
                .filter(step -> usable.get(step.part()) && automaton.canEnd(step.next(), usable))
                .toList();
    }

    Element part(Automaton.Step<Object> step) {
        return parts.get(step.part());
    }
}
