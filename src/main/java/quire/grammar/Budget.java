package quire.grammar;

/**
 * How much a matcher may still compute, in steps of some nanoseconds each, so that a hostile
 * grammar fails the call that meets it and takes nothing from others. Each operation adds to it:
 * one that is hard now and then is done, and a matcher of which all are is not.
 */
final class Budget {

    /** What there is at first, and at most: about half a second on a slow core. */
    private static final long STEPS = 10_000_000;

    /** What an operation adds: several walks of a whole vocabulary. */
    private static final long MORE = 1_000_000;

    private long left = STEPS;
    private boolean looksUpOnly;

    /** Whether {@link #workOut} refuses. */
    void lookUpOnly(boolean only) {
        looksUpOnly = only;
    }

    boolean looksUpOnly() {
        return looksUpOnly;
    }

    /**
     * Before something is worked out, under a lock that others may hold for long.
     *
     * @throws NotKnownException where only what is known is to be used
     */
    void workOut() {
        if (looksUpOnly) {
            throw NotKnownException.INSTANCE;
        }
    }

    /** For the next operation. */
    void refill() {
        left = Math.min(STEPS, Math.max(0, left) + MORE);
    }

    /**
     * Memory that stays: what takes all of the steps has made some 40 MB of it.
     *
     * @throws GrammarLimitException when nothing is left
     */
    void allocate(long bytes) {
        spend(bytes / 4);
    }

    /**
     * @throws GrammarLimitException when nothing is left
     */
    void spend(long steps) {
        left -= steps;
        if (left < 0) {
            throw new GrammarLimitException(
                    "the grammar is too ambiguous or too large: a step of it takes more than "
                            + STEPS
                            + " operations, or many take more than "
                            + MORE
                            + " each; give it fewer alternatives, or smaller counts");
        }
    }
}
