package quire.grammar;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * The states of all terminals of a grammar, made when they are first reached. Guarded by its
 * owner's lock.
 */
final class Dfa {

    private static final int STATE_BYTES = 250;
    private static final int ROW_BYTES = 256 * 4 + 16;

    private final Map<Regex, DfaState> states = new HashMap<>();
    private final Derivative derivative = new Derivative();
    private long bytes;

    /** About how much memory the states take. */
    long bytes() {
        return bytes;
    }

    /** The state of which the whole language is left; it may be dead. */
    DfaState start(Regex regex, Budget budget) {
        DfaState state = intern(regex, budget);
        isAlive(state, budget);
        return state;
    }

    /** The state after one more byte; never a dead one but {@link DfaState#DEAD} itself. */
    DfaState next(DfaState state, int value, Budget budget) {
        DfaState cached = state.cached(value);
        return cached == null ? computed(state, value, budget) : cached;
    }

    /** Whether a state's language has a string that is not empty. */
    boolean goesOn(DfaState state, Budget budget) {
        for (int value = 0; state.goesOn == 0; value++) {
            if (value > 255) {
                state.goesOn = -1;
            } else if (next(state, value, budget) != DfaState.DEAD) {
                state.goesOn = 1;
            }
        }
        return state.goesOn > 0;
    }

    private DfaState intern(Regex regex, Budget budget) {
        if (regex == Regex.NOTHING) {
            return DfaState.DEAD;
        }
        DfaState state = states.get(regex);
        if (state == null) {
            long size = STATE_BYTES + 16L * regex.parts.length;
            budget.allocate(size);
            state = new DfaState(regex, states.size());
            states.put(regex, state);
            bytes += size;
        }
        return state;
    }

    private DfaState computed(DfaState state, int value, Budget budget) {
        DfaState to = intern(derivative.of(state.regex, value, budget), budget);
        ByteSet alike = derivative.alike();
        // Readers without the lock are to see no state that may turn out to be dead.
        DfaState shown = isAlive(to, budget) ? to : DfaState.DEAD;
        if (state.only >= 0) {
            state.next = shown;
            return shown;
        }
        if (state.row == null) {
            budget.allocate(ROW_BYTES);
            state.row = new DfaState[256];
            bytes += ROW_BYTES;
        }
        for (int i = 0; i < 256; i++) {
            if (alike.has(i)) {
                state.row[i] = shown;
            }
        }
        return shown;
    }

    /** Whether a string is in the state's language: looks for one, the shortest way first. */
    private boolean isAlive(DfaState state, Budget budget) {
        if (state.alive == 0) {
            new Search(budget).run(state);
        }
        return state.alive > 0;
    }

    private final class Search {
        private final Budget budget;
        private final Map<DfaState, DfaState> cameFrom = new HashMap<>();
        private final PriorityQueue<DfaState> open =
                new PriorityQueue<>(Comparator.comparingInt(state -> state.regex.shortest));

        Search(Budget budget) {
            this.budget = budget;
        }

        void run(DfaState start) {
            reach(start, start);
            while (!open.isEmpty()) {
                DfaState at = open.poll();
                for (DfaState to : followers(at)) {
                    if (to.alive > 0) {
                        mark(at);
                        return;
                    }
                    reach(to, at);
                }
            }
            cameFrom.keySet().forEach(state -> state.alive = -1);
        }

        private void reach(DfaState state, DfaState from) {
            if (state.alive == 0 && cameFrom.putIfAbsent(state, from) == null) {
                open.add(state);
            }
        }

        private void mark(DfaState last) {
            DfaState at = last;
            while (at.alive == 0) {
                at.alive = 1;
                at = cameFrom.get(at);
            }
        }

        private List<DfaState> followers(DfaState state) {
            List<DfaState> found = new ArrayList<>();
            ByteSet left = ByteSet.ALL;
            for (int value = 0; value < 256; value++) {
                if (left.has(value)) {
                    found.add(intern(derivative.of(state.regex, value, budget), budget));
                    left = left.and(derivative.alike().not());
                }
            }
            return found;
        }
    }
}
