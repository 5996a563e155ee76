package quire.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds what tokens a state allows: what its terminals allow by themselves, and below each node
 * where one may end, what the continuation allows.
 */
final class MaskWalk {

    /** More tokens beside those of terminals are kept as bits. */
    private static final int MAX_TOKENS = 4_096;

    private final Masks masks;
    private final Store store;
    private final Vocabulary trie;
    private final Budget budget;
    private final State[] path;
    private final List<long[]> inners = new ArrayList<>();
    private int[] tokens = new int[16];
    private int numTokens;
    private long[] words;

    MaskWalk(Masks masks, Store store, Vocabulary vocabulary, Budget budget) {
        this.masks = masks;
        this.store = store;
        this.trie = vocabulary;
        this.budget = budget;
        this.path = new State[vocabulary.longest + 1];
    }

    /** The tokens that the state allows. Called once. */
    Mask of(State state) {
        if (!addTerminals(state)) {
            inners.clear();
            walk(state, 0);
        }
        for (int token : state.tokens) {
            add(token);
        }
        return new Mask(inners.toArray(long[][]::new), Arrays.copyOf(tokens, numTokens), words);
    }

    /** Adds what comes of each terminal; false if one has too many exits, and some is missing. */
    private boolean addTerminals(State state) {
        for (int i = 0; i < state.terminals.length; i++) {
            Inner inner = masks.inner(state.terminals[i], budget);
            if (inner.words() != null) {
                inners.add(inner.words());
            }
            for (int token : inner.tokens()) {
                add(token);
            }
            if (inner.exits().length > 0 || inner.scattered()) {
                State behind = store.behind(state.behind[i], budget);
                if (behind.goesOn() && inner.scattered()) {
                    return false;
                }
                if (behind.goesOn()) {
                    for (int exit : inner.exits()) {
                        walk(behind, exit);
                    }
                }
            }
        }
        return true;
    }

    /** Adds what the state allows below a node. */
    private void walk(State state, int top) {
        int base = trie.depth[top];
        path[0] = state;
        int stop = trie.end[top];
        int node = top + 1;
        int steps = 0;
        while (node < stop) {
            steps++;
            int depth = trie.depth[node] - base;
            State from = path[depth - 1];
            int value = trie.label[node] & 0xff;
            State to = from.cached(value);
            if (to == null) {
                to = store.next(from, value, budget);
            }
            if (to == State.DEAD) {
                node = trie.end[node];
                continue;
            }
            path[depth] = to;
            int next = trie.firstId[node + 1];
            for (int i = trie.firstId[node]; i < next; i++) {
                add(trie.ids[i]);
            }
            node++;
        }
        budget.spend(1 + steps / 4);
    }

    private void add(int token) {
        if (words != null) {
            words[token >> 6] |= 1L << token;
            return;
        }
        if (numTokens == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * numTokens);
        }
        tokens[numTokens++] = token;
        if (numTokens > MAX_TOKENS) {
            words = new long[trie.words()];
            for (int i = 0; i < numTokens; i++) {
                words[tokens[i] >> 6] |= 1L << tokens[i];
            }
            numTokens = 0;
        }
    }
}
