package quire.grammar;

import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The automaton of a grammar, as far as matchers have gone in it. Threads read what is there and
 * take the lock to add to it.
 */
final class Store {

    private static final int ROW_BYTES = 256 * 4 + 16;

    private final ReentrantLock lock = new ReentrantLock();
    private final Dfa dfa = new Dfa();
    private final Nodes nodes = new Nodes();
    private final States states = new States(dfa, nodes);

    /** What hangs on states: rows, masks. */
    private long bytes;

    /** Memory of all of it, written under the lock. */
    private volatile long allBytes;

    final Masks masks;

    Store(Vocabulary vocabulary) {
        masks = new Masks(this, vocabulary);
    }

    /** About how much memory it takes. */
    long bytes() {
        return allBytes;
    }

    /** The state of this store that is what {@code state} is in another one. */
    State adopt(State state, Budget budget) {
        if (state == State.DEAD) {
            return state;
        }
        budget.workOut();
        lock.lock();
        try {
            return states.adopt(state, budget);
        } finally {
            unlock();
        }
    }

    /** The rules of a grammar, of which this is to be the store. */
    Rules rules(Grammar grammar, Vocabulary vocabulary, Budget budget) {
        return Normalizer.of(grammar, vocabulary, dfa, budget);
    }

    /** The state where texts begin. */
    State start(Rules rules, Budget budget) {
        lock.lock();
        try {
            return states.closed(
                    nodes.of(List.of(new Entry(rules.start(), 0, Node.ROOT)), budget), budget);
        } finally {
            unlock();
        }
    }

    /** The state after one more byte, {@link State#DEAD} if there is none. */
    State next(State state, int value, Budget budget) {
        State known = state.cached(value);
        if (known != null) {
            return known;
        }
        budget.workOut();
        lock.lock();
        try {
            State to = states.after(state, value, budget);
            if (state.only >= 0) {
                state.next = to;
            } else {
                if (state.row == null) {
                    state.row = new State[256];
                    bytes += ROW_BYTES;
                    budget.allocate(ROW_BYTES);
                }
                state.row[value] = to;
            }
            return to;
        } finally {
            unlock();
        }
    }

    /** The state after a special token, {@link State#DEAD} if it may not come. */
    State nextByToken(State state, int token, Budget budget) {
        for (int i = 0; i < state.tokens.length; i++) {
            if (state.tokens[i] == token) {
                return behind(state.behindTokens[i], budget);
            }
        }
        return State.DEAD;
    }

    /** What may come in one state or in the other. */
    State union(State one, State other, Budget budget) {
        if (other == State.DEAD || one == other) {
            return one;
        }
        budget.workOut();
        lock.lock();
        try {
            return states.union(one, other, budget);
        } finally {
            unlock();
        }
    }

    /** The one byte that may come next, or {@link State#NONE} if there are several or none. */
    int onlyByte(State state, Budget budget) {
        if (state.only >= 0) {
            return state.only;
        }
        int known = state.sole;
        if (known == 0) {
            known = findOnlyByte(state, budget) + 2;
            state.sole = (short) known;
        }
        return known - 2;
    }

    private int findOnlyByte(State state, Budget budget) {
        int found = State.NONE;
        for (int value = 0; value < 256; value++) {
            if (next(state, value, budget) != State.DEAD) {
                if (found >= 0) {
                    return State.NONE;
                }
                found = value;
            }
        }
        return found;
    }

    /** Sets {@link DfaState#free}. */
    DfaState findFree(DfaState state, Budget budget) {
        if (state.free == null) {
            state.free = start(Near.free(state.regex), budget);
        }
        return state.free;
    }

    /** A terminal's state of which nothing was read. */
    DfaState start(Regex regex, Budget budget) {
        lock.lock();
        try {
            return dfa.start(regex, budget);
        } finally {
            unlock();
        }
    }

    private void unlock() {
        allBytes = bytes + dfa.bytes() + nodes.bytes() + states.bytes();
        lock.unlock();
    }

    /** Counts memory of what hangs on the store's states. */
    void account(long more) {
        lock.lock();
        try {
            bytes += more;
        } finally {
            unlock();
        }
    }

    /** The state where a continuation begins. */
    State behind(Node node, Budget budget) {
        State known = node.closed;
        if (known != null) {
            return known;
        }
        budget.workOut();
        lock.lock();
        try {
            return states.closed(node, budget);
        } finally {
            unlock();
        }
    }

    /** A terminal's state after one more byte. */
    DfaState next(DfaState state, int value, Budget budget) {
        DfaState known = state.cached(value);
        if (known != null) {
            return known;
        }
        lock.lock();
        try {
            return dfa.next(state, value, budget);
        } finally {
            unlock();
        }
    }
}
