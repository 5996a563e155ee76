package quire.scheduler;

/**
 * How steps follow each other.
 *
 * @param depth steps in flight: with two, the next is planned and handed over while one is being
 *     computed, before its tokens are known
 * @param maxRun most tokens that a step gives a sequence that decodes
 */
public record Pipeline(int depth, int maxRun) {

    /** Each step is planned from the tokens of the one before, and gives a sequence one. */
    public static final Pipeline ONE_BY_ONE = new Pipeline(1, 1);

    public Pipeline {
        if (depth < 1 || maxRun < 1) {
            throw new IllegalArgumentException(depth + " steps of " + maxRun + " tokens");
        }
    }
}
