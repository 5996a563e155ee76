package quire.grammar;

import java.util.Arrays;

/**
 * Where one text is in a grammar. Used by one thread at a time; its grammar's other matchers may be
 * on others. After a {@link GrammarLimitException} it is where it was before.
 */
public final class Matcher {

    /** No more bytes than this are foretold. */
    private static final int MAX_FORCED = 4096;

    private static final int FIRST_FORCED = 16;
    private static final byte[] NOTHING = {};

    private final CompiledGrammar grammar;
    private final Budget budget = new Budget();
    private Store store;
    private State state;
    private boolean ended;

    Matcher(CompiledGrammar grammar, Store store, State state) {
        this.grammar = grammar;
        this.store = store;
        this.state = state;
    }

    /**
     * Goes on by a token.
     *
     * @return false if it may not come, and then the state is as before
     */
    public boolean accept(int token) {
        Vocabulary vocabulary = grammar.vocabulary();
        if (token < 0 || token >= vocabulary.size()) {
            return false;
        }
        begin();
        if (vocabulary.isEnd(token) && mayEnd()) {
            ended = true;
            return true;
        }
        if (ended) {
            return false;
        }
        State to = store.nextByToken(state, token, budget);
        byte[] bytes = vocabulary.bytes(token);
        if (bytes != null && bytes.length > 0) {
            State read = read(bytes);
            to = to == State.DEAD ? read : store.union(to, read, budget);
        }
        if (to == State.DEAD) {
            return false;
        }
        state = to;
        return true;
    }

    /** Before an operation: in a store that has become too large, nobody goes on. */
    private void begin() {
        budget.refill();
        Store current = grammar.store();
        if (current != store) {
            state = current.adopt(state, budget);
            store = current;
        }
    }

    private State read(byte[] bytes) {
        State to = state;
        for (byte value : bytes) {
            to = store.next(to, value & 0xff, budget);
            if (to == State.DEAD) {
                return to;
            }
        }
        return to;
    }

    /**
     * Writes which tokens may come next.
     *
     * @param words a bit per id, at least {@code (size + 63) / 64} words; all of them are written
     */
    public void fillMask(long[] words) {
        if (ended) {
            Arrays.fill(words, 0);
        } else {
            begin();
            store.masks.of(state, budget).write(words);
        }
        if (mayEnd()) {
            grammar.vocabulary().addEnds(words);
        }
    }

    /** Whether the text is complete. */
    public boolean mayEnd() {
        return ended || state.accepting;
    }

    /** Whether the text is complete and nothing may follow. */
    public boolean mustEnd() {
        return ended || state.accepting && !state.goesOn() && state.tokens.length == 0;
    }

    /** The bytes that come next whatever is chosen, as far as that is to be seen; may be none. */
    public byte[] forced() {
        begin();
        byte[] bytes = NOTHING;
        int count = 0;
        State at = state;
        while (!ended && !at.accepting && at.tokens.length == 0 && count < MAX_FORCED) {
            int value = store.onlyByte(at, budget);
            if (value < 0) {
                break;
            }
            if (count == bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(FIRST_FORCED, 2 * count));
            }
            bytes[count++] = (byte) value;
            at = store.next(at, value, budget);
        }
        return count == 0 ? NOTHING : Arrays.copyOf(bytes, count);
    }

    /** Another matcher that is where this one is. */
    public Matcher copy() {
        Matcher copy = new Matcher(grammar, store, state);
        copy.goTo(this);
        return copy;
    }

    /** Goes where another matcher of the grammar is, and looks up only if that does. */
    public void goTo(Matcher other) {
        store = other.store;
        state = other.state;
        ended = other.ended;
        budget.lookUpOnly(other.budget.looksUpOnly());
    }

    /**
     * From now on operations use, or use no longer, only what some matcher of the grammar has
     * worked out already. They then take no lock and about a microsecond, and throw a {@link
     * NotKnownException}, after which the matcher is where it was, where that does not suffice.
     */
    public void lookUpOnly(boolean only) {
        budget.lookUpOnly(only);
    }
}
