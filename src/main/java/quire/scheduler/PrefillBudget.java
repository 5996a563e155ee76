package quire.scheduler;

/**
 * How much of prompts a step may compute, so that those who decode need not wait long for a prompt
 * to be read. Costs are in tokens at the start of a prompt: a later one costs more, because it
 * attends to everything before it.
 */
public interface PrefillBudget {

    /** Nothing but the tokens of a step limits its prompts. */
    PrefillBudget UNLIMITED =
            new PrefillBudget() {
                @Override
                public double limit(int numDecoding, long context) {
                    return Double.POSITIVE_INFINITY;
                }

                @Override
                public double cost(int first, int count) {
                    return count;
                }

                @Override
                public int tokens(double cost, int first) {
                    return (int) cost;
                }
            };

    /**
     * Cost that the prompts of a step may have.
     *
     * @param numDecoding sequences that the step decodes
     * @param context tokens of all of these
     */
    double limit(int numDecoding, long context);

    /** Cost of {@code count} tokens from position {@code first} on. */
    double cost(int first, int count);

    /** Most tokens from position {@code first} on that cost no more than that. */
    int tokens(double cost, int first);
}
