package quire.grammar;

/**
 * How much one operation may still compute, in steps of some nanoseconds each, so that a hostile
 * grammar fails the call that meets it and takes nothing from others.
 */
final class Budget {

    /** About half a second on a slow core. */
    static final long STEPS = 20_000_000;

    private long left;

    Budget() {
        refill();
    }

    /** For the next operation. */
    void refill() {
        left = STEPS;
    }

    /**
     * @throws GrammarLimitException when nothing is left
     */
    void spend(long steps) {
        left -= steps;
        if (left < 0) {
            throw new GrammarLimitException(
                    "the grammar is too ambiguous or too large: one step of it takes more than "
                            + STEPS
                            + " operations; give it fewer alternatives, or smaller counts");
        }
    }
}
