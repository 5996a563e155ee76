package quire.grammar;

import java.util.Arrays;

/**
 * A set of pairs of a terminal's state and the continuation behind it, with the special tokens that
 * may come instead. Made by a {@link Store}, which has one for each set; read by any thread.
 */
final class State {

    /** The one that nothing leads out of, and that is no end. */
    static final State DEAD =
            new State(0, new DfaState[0], new Node[0], new int[0], new Node[0], false);

    /** Of {@link #only}: there is no such byte. */
    static final int NONE = -1;

    final int id;
    final DfaState[] terminals;
    final Node[] behind;

    /** Ids, ascending. */
    final int[] tokens;

    final Node[] behindTokens;

    /** Whether what was read is complete. */
    final boolean accepting;

    /** The one byte that may come next, where the terminals say so at once; else {@link #NONE}. */
    final int only;

    /** Where {@link #only} leads. */
    State next;

    /** By byte, where there is no {@link #only}; null: nobody asked yet. */
    State[] row;

    /** When somebody asked. */
    Mask mask;

    /**
     * The one byte that may come next or {@link #NONE}, two more than it is; 0: nobody asked yet,
     * as threads see it that come by the state without a lock.
     */
    short sole;

    private final int hash;

    State(
            int id,
            DfaState[] terminals,
            Node[] behind,
            int[] tokens,
            Node[] behindTokens,
            boolean accepting) {
        this.id = id;
        this.terminals = terminals;
        this.behind = behind;
        this.tokens = tokens;
        this.behindTokens = behindTokens;
        this.accepting = accepting;
        this.only = terminals.length == 1 ? terminals[0].only : NONE;
        int h = accepting ? 1 : 0;
        for (int i = 0; i < terminals.length; i++) {
            h = h * 31 + terminals[i].id * 17 + behind[i].id;
        }
        for (int i = 0; i < tokens.length; i++) {
            h = h * 31 + tokens[i] * 17 + behindTokens[i].id;
        }
        this.hash = h ^ h >>> 15;
    }

    /** The state after a byte, {@link #DEAD} where there is none, or null if nobody asked yet. */
    State cached(int value) {
        if (only >= 0) {
            return value == only ? next : DEAD;
        }
        State[] known = row;
        return known == null ? null : known[value];
    }

    /** Whether a byte may follow. */
    boolean goesOn() {
        return terminals.length > 0;
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** Whether it is the same set: whoever asks is the table that makes states unique. */
    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof State o
                        && hash == o.hash
                        && accepting == o.accepting
                        && Arrays.equals(tokens, o.tokens)
                        && Arrays.equals(terminals, o.terminals)
                        && Arrays.equals(behind, o.behind)
                        && Arrays.equals(behindTokens, o.behindTokens);
    }
}
