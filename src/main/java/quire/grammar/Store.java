package quire.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The automaton of a grammar, as far as matchers have gone in it. Threads read what is there and
 * take the lock to add to it.
 */
final class Store {

    /** More terminals at once are refused. */
    private static final int MAX_TERMINALS = 20_000;

    private static final int STATE_BYTES = 150;
    private static final int PAIR_BYTES = 8;
    private static final int ROW_BYTES = 256 * 4 + 16;

    private final ReentrantLock lock = new ReentrantLock();
    private final Dfa dfa = new Dfa();
    private final Nodes nodes = new Nodes();
    private final Map<State, State> states = new HashMap<>();
    private long bytes;

    /** The rules of a grammar, of which this is to be the store. */
    Rules rules(Grammar grammar, Vocabulary vocabulary, Budget budget) {
        return Normalizer.of(grammar, vocabulary, dfa, budget);
    }

    /** About how much memory its parts take. */
    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** The state where texts begin. */
    State start(Rules rules, Budget budget) {
        lock.lock();
        try {
            return closed(
                    nodes.of(List.of(new Entry(rules.start(), 0, Node.ROOT)), budget), budget);
        } finally {
            lock.unlock();
        }
    }

    /** The state after one more byte, {@link State#DEAD} if there is none. */
    State next(State state, int value, Budget budget) {
        State known = state.cached(value);
        if (known != null) {
            return known;
        }
        lock.lock();
        try {
            State to = computed(state, value, budget);
            if (state.only >= 0) {
                state.next = to;
            } else {
                if (state.row == null) {
                    state.row = new State[256];
                    bytes += ROW_BYTES;
                    budget.spend(ROW_BYTES / 4);
                }
                state.row[value] = to;
            }
            return to;
        } finally {
            lock.unlock();
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
        lock.lock();
        try {
            return joined(pairs(one), one, other, budget);
        } finally {
            lock.unlock();
        }
    }

    /** The one byte that may come next, or -1 if there are several or none. */
    int onlyByte(State state, Budget budget) {
        if (state.only >= 0) {
            return state.only;
        }
        int found = -1;
        for (int value = 0; value < 256; value++) {
            if (next(state, value, budget) != State.DEAD) {
                if (found >= 0) {
                    return -1;
                }
                found = value;
            }
        }
        return found;
    }

    /** The tokens that a state allows. */
    Mask mask(State state, Vocabulary vocabulary, Budget budget) {
        Mask mask = state.mask;
        if (mask == null) {
            mask = new MaskWalk(this, vocabulary, budget).of(state);
            state.mask = mask;
        }
        return mask;
    }

    /** The state where a continuation begins. */
    State behind(Node node, Budget budget) {
        State known = node.closed;
        if (known != null) {
            return known;
        }
        lock.lock();
        try {
            return closed(node, budget);
        } finally {
            lock.unlock();
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
            lock.unlock();
        }
    }

    private State computed(State state, int value, Budget budget) {
        Map<DfaState, Node> kept = new LinkedHashMap<>();
        List<Entry> ends = new ArrayList<>();
        for (int i = 0; i < state.terminals.length; i++) {
            DfaState to = dfa.next(state.terminals[i], value, budget);
            if (to.nullable) {
                ends.add(new Entry(Place.END, 0, state.behind[i]));
            }
            if (dfa.goesOn(to, budget)) {
                add(to, state.behind[i], kept, budget);
            }
        }
        if (ends.isEmpty()) {
            return state(kept, Map.of(), false, budget);
        }
        State follower = closed(nodes.of(ends, budget), budget);
        return kept.isEmpty() ? follower : joined(kept, State.DEAD, follower, budget);
    }

    private static Map<DfaState, Node> pairs(State state) {
        Map<DfaState, Node> pairs = new LinkedHashMap<>();
        for (int i = 0; i < state.terminals.length; i++) {
            pairs.put(state.terminals[i], state.behind[i]);
        }
        return pairs;
    }

    /** The union of two states; the pairs of the first are given by themselves, to be added to. */
    private State joined(Map<DfaState, Node> pairs, State one, State other, Budget budget) {
        for (int i = 0; i < other.terminals.length; i++) {
            add(other.terminals[i], other.behind[i], pairs, budget);
        }
        Map<Integer, Node> tokens = new TreeMap<>();
        for (int i = 0; i < one.tokens.length; i++) {
            tokens.put(one.tokens[i], one.behindTokens[i]);
        }
        for (int i = 0; i < other.tokens.length; i++) {
            tokens.merge(
                    other.tokens[i],
                    other.behindTokens[i],
                    (known, more) -> nodes.union(known, more, budget));
        }
        return state(pairs, tokens, one.accepting || other.accepting, budget);
    }

    private void add(DfaState terminal, Node behind, Map<DfaState, Node> to, Budget budget) {
        Node there = to.putIfAbsent(terminal, behind);
        if (there != null) {
            to.put(terminal, nodes.union(there, behind, budget));
        }
    }

    private State closed(Node node, Budget budget) {
        if (node.closed == null) {
            Closure closure = new Closure(nodes, budget).from(node);
            Map<DfaState, Node> terminals = new LinkedHashMap<>();
            Map<Integer, Node> tokens = new TreeMap<>();
            closure.calls()
                    .forEach(
                            (element, entries) -> {
                                switch (element.kind) {
                                    case TERMINAL -> begin(element, entries, terminals, budget);
                                    case TOKEN ->
                                            tokens.put(element.token, nodes.of(entries, budget));
                                    case RULE -> {
                                        // What it begins with is among the calls.
                                    }
                                }
                            });
            node.closed = state(terminals, tokens, closure.accepting(), budget);
        }
        return node.closed;
    }

    private void begin(Element element, List<Entry> behind, Map<DfaState, Node> to, Budget budget) {
        DfaState start = dfa.start(element.regex, budget);
        if (dfa.goesOn(start, budget)) {
            to.put(start, nodes.of(behind, budget));
        }
    }

    private State state(
            Map<DfaState, Node> pairs,
            Map<Integer, Node> tokens,
            boolean accepting,
            Budget budget) {
        if (pairs.isEmpty() && tokens.isEmpty() && !accepting) {
            return State.DEAD;
        }
        if (pairs.size() > MAX_TERMINALS) {
            throw new GrammarLimitException(
                    "more than "
                            + MAX_TERMINALS
                            + " terminals may come at one place; literals in"
                            + " one choice count as one");
        }
        List<DfaState> terminals = new ArrayList<>(pairs.keySet());
        terminals.sort((one, other) -> Integer.compare(one.id, other.id));
        State made =
                new State(
                        states.size() + 1,
                        terminals.toArray(DfaState[]::new),
                        terminals.stream().map(pairs::get).toArray(Node[]::new),
                        tokens.keySet().stream().mapToInt(id -> id).toArray(),
                        tokens.values().toArray(Node[]::new),
                        accepting);
        State known = states.putIfAbsent(made, made);
        if (known != null) {
            return known;
        }
        long size = STATE_BYTES + (long) PAIR_BYTES * (pairs.size() + tokens.size());
        bytes += size;
        budget.spend(size / 4);
        return made;
    }
}
