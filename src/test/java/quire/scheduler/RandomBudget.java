package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.Set;
import quire.sequence.Sequence;

/** Gives each step another limit, and checks what was planned within it. */
final class RandomBudget implements PrefillBudget {

    private static final double COST_OF_POSITION = 1.0 / 16;

    private final Random random;
    private final int most;
    private double limit;

    /**
     * @param most the highest limit, 0 = none
     */
    RandomBudget(Random random, int most) {
        this.random = random;
        this.most = most;
    }

    private boolean limits() {
        return most > 0;
    }

    /** Whether a step that is planned may have nothing of a running sequence. */
    boolean mayLeaveOut(Sequence sequence) {
        return limits() && !decodes(sequence);
    }

    /** Whether one token of a sequence that has given some is left to compute. */
    static boolean decodes(Sequence sequence) {
        int pending = sequence.leastPendingTokens();
        return sequence.numOutputTokens() + pending > 0
                && sequence.numTokens() + pending == sequence.numPlannedTokens() + 1;
    }

    @Override
    public double limit(int numDecoding, long context) {
        assertTrue(numDecoding == 0 ? context == 0 : context > numDecoding);
        limit = limits() ? most * random.nextDouble() : Double.POSITIVE_INFINITY;
        return limit;
    }

    @Override
    public double cost(int first, int count) {
        double cost = 0;
        for (int position = first; position < first + count; position++) {
            cost += 1 + COST_OF_POSITION * position;
        }
        return cost;
    }

    @Override
    public int tokens(double cost, int first) {
        if (cost == Double.POSITIVE_INFINITY) {
            return Integer.MAX_VALUE;
        }
        int count = 0;
        while (cost(first, count + 1) <= cost) {
            count++;
        }
        return count;
    }

    /**
     * All prompts together stay within the limit, unless there is but one token of one.
     *
     * @param running sequences that ran before the step was planned
     */
    void check(Step step, Set<Sequence> running) {
        double cost = 0;
        int tokens = 0;
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            boolean decodes =
                    running.contains(sequence)
                            && step.samples(i)
                            && step.numTokens(i) == 1
                            && sequence.numOutputTokens() + sequence.leastPendingTokens() > 1;
            cost += decodes ? 0 : cost(step.firstPosition(i), step.numTokens(i));
            tokens += decodes ? 0 : step.numTokens(i);
        }
        assertEquals(cost, step.prefillCost(), 1e-6);
        assertTrue(cost <= limit + 1e-6 || tokens == 1, cost + " is over " + limit);
    }
}
