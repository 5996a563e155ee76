package quire.scheduler;

/**
 * How steps follow each other.
 *
 * @param depth steps in flight: with two, the next is planned and handed over while one is being
 *     computed, before its tokens are known
 * @param maxRun most tokens that a step gives a sequence that decodes
 */
public record Pipeline(int depth, int maxRun) {

    public Pipeline {
        if (depth < 1 || maxRun < 1) {
            throw new IllegalArgumentException(depth + " steps of " + maxRun + " tokens");
        }
    }

    /** So many steps in flight, each of which gives a sequence one token. */
    public static Pipeline ofDepth(int depth) {
        return new Pipeline(depth, 1);
    }
}
