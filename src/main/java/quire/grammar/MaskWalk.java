package quire.grammar;

/** Walks the trie of a vocabulary to find what tokens a state allows. */
final class MaskWalk {

    private final Store store;
    private final Vocabulary vocabulary;
    private final Budget budget;
    private final long[] words;

    MaskWalk(Store store, Vocabulary vocabulary, Budget budget) {
        this.store = store;
        this.vocabulary = vocabulary;
        this.budget = budget;
        this.words = new long[vocabulary.words()];
    }

    /** The tokens that the state allows. */
    Mask of(State state) {
        walk(state, 0);
        for (int token : state.tokens) {
            add(token);
        }
        return new Mask(words);
    }

    private void add(int token) {
        words[token >> 6] |= 1L << token;
    }

    /** Adds what the state allows below a node. */
    private void walk(State state, int top) {
        Vocabulary trie = vocabulary;
        int base = trie.depth[top];
        State[] path = new State[trie.longest + 1];
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
            for (int i = trie.firstId[node]; i < trie.firstId[node + 1]; i++) {
                add(trie.ids[i]);
            }
            node++;
        }
        budget.spend(steps / 4);
    }
}
