package quire.grammar;

/** The masks of a store's states over a vocabulary, each computed when it is first asked for. */
final class Masks {

    /** Of more terminals' masks one is not put together in no time. */
    private static final int FEW_TERMINALS = 8;

    private static final int FIRST_LETTER = ' ';
    private static final int LAST_LETTER = '~';

    private final Store store;
    private final Vocabulary vocabulary;

    Masks(Store store, Vocabulary vocabulary) {
        this.store = store;
        this.vocabulary = vocabulary;
    }

    /** The tokens that a state allows. */
    Mask of(State state, Budget budget) {
        Mask mask = state.mask;
        if (mask == null || mask.inners().length > FEW_TERMINALS) {
            budget.workOut();
        }
        if (mask == null) {
            mask = new MaskWalk(this, store, vocabulary, budget).of(state);
            store.account(mask.bytes());
            state.mask = mask;
        }
        return mask;
    }

    /** What a terminal's state allows by itself. */
    Inner inner(DfaState state, Budget budget) {
        Inner inner = state.inner;
        if (inner == null) {
            inner = computed(state, budget);
            // What others share as well is counted all the same, since it stays as long as this.
            store.account(inner.bytes());
            state.inner = inner;
        }
        return inner;
    }

    private Inner computed(DfaState state, Budget budget) {
        // A literal is quickly walked, and no other grammar has it.
        if (state.only >= 0) {
            return new InnerWalk(store, vocabulary, budget).of(state);
        }
        Regex near = Near.of(state.regex, vocabulary.longest);
        Inner kept = vocabulary.inners.of(near);
        if (kept != null) {
            return kept;
        }
        InnerWalk walk = new InnerWalk(store, vocabulary, budget);
        DfaState start = near == state.regex ? state : store.start(near, budget);
        DfaState like = like(start, budget);
        Inner known = like == start ? null : inner(like, budget);
        Inner inner =
                known == null || known.words() == null || known.scattered()
                        ? walk.of(start)
                        : walk.of(start, like, known);
        if (walk.wasLong()) {
            vocabulary.inners.keep(near, inner);
        }
        return inner;
    }

    /**
     * A state that allows much the same: without upper counts, or what most letters lead to, as all
     * but the first letters of some names lead back into a string.
     */
    private DfaState like(DfaState state, Budget budget) {
        DfaState free = store.findFree(state, budget);
        if (free != state) {
            return free;
        }
        DfaState often = state;
        int count = 0;
        // Boyer and Moore's majority vote.
        for (int letter = FIRST_LETTER; letter <= LAST_LETTER; letter++) {
            DfaState to = next(state, letter, budget);
            if (count == 0) {
                often = to;
            }
            count += to == often ? 1 : -1;
        }
        return often != state && often != DfaState.DEAD && isLoop(often, budget) ? often : state;
    }

    private boolean isLoop(DfaState state, Budget budget) {
        int loops = 0;
        for (int letter = FIRST_LETTER; letter <= LAST_LETTER; letter++) {
            loops += next(state, letter, budget) == state ? 1 : -1;
        }
        return loops > 0;
    }

    private DfaState next(DfaState state, int letter, Budget budget) {
        DfaState to = state.cached(letter);
        return to == null ? store.next(state, letter, budget) : to;
    }
}
