package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import quire.scheduler.Scenario.Outcome;

/**
 * A million steps of random lives. {@code -Dquire.simulation.seed} and {@code
 * -Dquire.simulation.steps} choose others; a failure says which scenario broke.
 */
class SchedulerSimulationTest {

    private static final int STEPS_OF_A_SCENARIO = 1000;

    @ParameterizedTest(name = "steps in flight: {0}")
    @ValueSource(ints = {1, 2, 3})
    void everyInvariantHoldsAfterEachOfAMillionSteps(int depth) {
        long seed = Long.getLong("quire.simulation.seed", 20_260_801L);
        long numSteps = Long.getLong("quire.simulation.steps", 1_000_000L) / (depth > 2 ? 10 : 1);
        Outcome all = run(seed, STEPS_OF_A_SCENARIO, depth);
        while (all.steps() < numSteps) {
            seed++;
            all = all.plus(run(seed, STEPS_OF_A_SCENARIO, depth));
        }
        if (numSteps >= 100_000) {
            String happened = "too little happened: " + all;
            assertTrue(all.numEnded() > numSteps / 50, happened);
            assertTrue(all.numPreemptions() > numSteps / 50, happened);
            assertTrue(all.prefixHits() > numSteps / 5, happened);
            assertTrue(all.numEndedInFlight() > numSteps / 1000, happened);
            assertTrue(all.numFailed() > numSteps / 20_000, happened);
            assertTrue(all.numRetreats() > numSteps / 20_000, happened);
            assertTrue(all.numForced() > numSteps / 50, happened);
            assertTrue(all.numSatOut() > numSteps / 50, happened);
        }
    }

    @ParameterizedTest(name = "steps in flight: {0}")
    @ValueSource(ints = {1, 2})
    void theSameEventsGiveTheSameSteps(int depth) {
        for (long seed = 1; seed <= 20; seed++) {
            assertEquals(run(seed, 300, depth), run(seed, 300, depth), "seed " + seed);
        }
        assertNotEquals(run(1, 300, depth), run(2, 300, depth));
    }

    private static Outcome run(long seed, int numSteps, int depth) {
        try {
            return new Scenario(seed, depth).run(numSteps);
        } catch (Throwable broken) {
            throw new AssertionError(
                    "rerun with -Dquire.simulation.seed=" + seed + " -Dquire.simulation.steps=1",
                    broken);
        }
    }
}
