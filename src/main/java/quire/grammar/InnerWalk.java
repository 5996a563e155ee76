package quire.grammar;

import java.util.Arrays;

/** Walks the trie of a vocabulary along one terminal. */
final class InnerWalk {

    /** What was found in more steps is worth keeping for other grammars. */
    private static final int LONG = 2_000;

    private final Store store;
    private final Vocabulary trie;
    private final Budget budget;
    private final int[] exits = new int[Inner.MAX_EXITS];
    private int numExits;
    private int[] tokens = new int[16];
    private int numTokens;
    private long[] words;
    private int steps;

    InnerWalk(Store store, Vocabulary vocabulary, Budget budget) {
        this.store = store;
        this.trie = vocabulary;
        this.budget = budget;
    }

    /** What the state allows. Called once. */
    Inner of(DfaState state) {
        walk(state);
        return found();
    }

    /**
     * The same, where another state is known that allows much the same.
     *
     * @param like a state whose words are known, with what it allows
     */
    Inner of(DfaState state, DfaState like, Inner known) {
        words = known.words().clone();
        walk(state, like, known.exits());
        return found();
    }

    private Inner found() {
        budget.spend(steps / 4);
        boolean scattered = numExits > exits.length;
        return new Inner(
                words,
                words == null ? Arrays.copyOf(tokens, numTokens) : new int[0],
                scattered ? new int[0] : Arrays.copyOf(exits, numExits),
                scattered);
    }

    /** Whether the walk was a long one. */
    boolean wasLong() {
        return steps > LONG;
    }

    private void walk(DfaState start) {
        DfaState[] path = new DfaState[trie.longest + 1];
        path[0] = start;
        int stop = trie.end[0];
        int node = 1;
        while (node < stop) {
            steps++;
            int depth = trie.depth[node];
            DfaState from = path[depth - 1];
            int value = trie.label[node] & 0xff;
            DfaState to = from.cached(value);
            if (to == null) {
                to = store.next(from, value, budget);
            }
            if (to == DfaState.DEAD) {
                node = trie.end[node];
                continue;
            }
            path[depth] = to;
            int first = trie.firstId[node];
            int next = trie.firstId[node + 1];
            for (int i = first; i < next; i++) {
                add(trie.ids[i]);
            }
            if (to.nullable && trie.end[node] > node + 1) {
                addExit(node);
            }
            node++;
        }
    }

    /** Visits only what lies below nodes where both states differ. */
    private void walk(DfaState start, DfaState like, int[] likeExits) {
        DfaState[] path = new DfaState[trie.longest + 1];
        DfaState[] likePath = new DfaState[trie.longest + 1];
        path[0] = start;
        likePath[0] = like;
        int stop = trie.end[0];
        int node = 1;
        int exit = 0;
        while (node < stop) {
            steps++;
            int depth = trie.depth[node];
            int value = trie.label[node] & 0xff;
            DfaState to = next(path[depth - 1], value);
            DfaState likeTo = next(likePath[depth - 1], value);
            int end = trie.end[node];
            if (to.free == null) {
                store.findFree(to, budget);
            }
            if (to == likeTo || to.isLike(likeTo, trie.height[node])) {
                while (exit < likeExits.length && likeExits[exit] < node) {
                    exit++;
                }
                for (; exit < likeExits.length && likeExits[exit] < end; exit++) {
                    addExit(likeExits[exit]);
                }
                node = end;
                continue;
            }
            if (to == DfaState.DEAD) {
                remove(trie.firstId[node], trie.firstId[end]);
                node = end;
                continue;
            }
            path[depth] = to;
            likePath[depth] = likeTo;
            for (int i = trie.firstId[node]; i < trie.firstId[node + 1]; i++) {
                add(trie.ids[i]);
            }
            if (to.nullable && end > node + 1) {
                addExit(node);
            }
            node++;
        }
    }

    private DfaState next(DfaState from, int value) {
        if (from == DfaState.DEAD) {
            return from;
        }
        DfaState to = from.cached(value);
        return to == null ? store.next(from, value, budget) : to;
    }

    private void addExit(int node) {
        if (numExits < exits.length) {
            exits[numExits] = node;
        }
        numExits++;
    }

    private void remove(int first, int end) {
        for (int i = first; i < end; i++) {
            words[trie.ids[i] >> 6] &= ~(1L << trie.ids[i]);
        }
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
        if (numTokens > Inner.MAX_TOKENS) {
            words = new long[trie.words()];
            for (int i = 0; i < numTokens; i++) {
                words[tokens[i] >> 6] |= 1L << tokens[i];
            }
        }
    }
}
