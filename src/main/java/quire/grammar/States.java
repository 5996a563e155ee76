package quire.grammar;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All states of a store. Guarded by its lock. */
final class States {

    /** More terminals at once are refused. */
    private static final int MAX_TERMINALS = 20_000;

    private static final int STATE_BYTES = 150;
    private static final int PAIR_BYTES = 8;

    private final Dfa dfa;
    private final Nodes nodes;
    private final Map<State, State> states = new HashMap<>();
    private long bytes;

    States(Dfa dfa, Nodes nodes) {
        this.dfa = dfa;
        this.nodes = nodes;
    }

    /** About how much memory the states take. */
    long bytes() {
        return bytes;
    }

    /** The state after one more byte. */
    State after(State state, int value, Budget budget) {
        if (state.terminals.length == 1) {
            return afterOne(state, value, budget);
        }
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
            return state(kept, budget);
        }
        State follower = closed(nodes.of(ends, budget), budget);
        return kept.isEmpty() ? follower : joined(kept, State.DEAD, follower, budget);
    }

    /** The same where nothing is to be put together, as a rule. */
    private State afterOne(State state, int value, Budget budget) {
        DfaState to = dfa.next(state.terminals[0], value, budget);
        Node behind = state.behind[0];
        if (to == DfaState.DEAD) {
            return State.DEAD;
        }
        if (!to.nullable) {
            boolean same = to == state.terminals[0] && state.tokens.length == 0;
            return same && !state.accepting ? state : state(Map.of(to, behind), budget);
        }
        State follower = closed(behind, budget);
        if (!dfa.goesOn(to, budget)) {
            return follower;
        }
        Map<DfaState, Node> kept = new LinkedHashMap<>();
        kept.put(to, behind);
        return joined(kept, State.DEAD, follower, budget);
    }

    private State state(Map<DfaState, Node> pairs, Budget budget) {
        return state(pairs, Map.of(), false, budget);
    }

    private static Map<DfaState, Node> pairs(State state) {
        Map<DfaState, Node> pairs = new LinkedHashMap<>();
        for (int i = 0; i < state.terminals.length; i++) {
            pairs.put(state.terminals[i], state.behind[i]);
        }
        return pairs;
    }

    /** What may come in one state or in the other. */
    State union(State one, State other, Budget budget) {
        return joined(pairs(one), one, other, budget);
    }

    /** The state that {@code state} is in another store. */
    State adopt(State state, Budget budget) {
        Move move = new Move(nodes, budget);
        Map<DfaState, Node> pairs = new LinkedHashMap<>();
        for (int i = 0; i < state.terminals.length; i++) {
            DfaState terminal = dfa.start(state.terminals[i].regex, budget);
            pairs.put(terminal, move.of(state.behind[i]));
        }
        Map<Integer, Node> tokens = new TreeMap<>();
        for (int i = 0; i < state.tokens.length; i++) {
            tokens.put(state.tokens[i], move.of(state.behindTokens[i]));
        }
        return state(pairs, tokens, state.accepting, budget);
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

    /** The state where a continuation begins. */
    State closed(Node node, Budget budget) {
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
                                    case RULE, SERIES -> {
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
        budget.allocate(size);
        return made;
    }
}
