package quire.grammar;

import java.util.BitSet;
import java.util.List;

/**
 * Which of some parts may follow one another. States are made when a text reaches them, so that
 * there may be more of them than anybody could write down. Immutable.
 *
 * @param <S> states, immutable and equal by value
 */
public interface Automaton<S> {

    /**
     * A part, and the state behind it.
     *
     * @param part its index
     */
    record Step<S>(int part, S next) {}

    /** The state in front of all parts. */
    S start();

    /** Whether this may be the end. */
    boolean mayEnd(S state);

    /** What may come next. */
    List<Step<S>> from(S state);

    /**
     * Whether an end can be reached.
     *
     * @param usable the parts of which there are texts; more of them make more possible
     */
    boolean canEnd(S state, BitSet usable);
}
