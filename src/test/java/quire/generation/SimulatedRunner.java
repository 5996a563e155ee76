package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Random;
import java.util.stream.IntStream;
import quire.ops.StoppedException;
import quire.scheduler.FakeModel;
import quire.scheduler.Step;

/**
 * An accelerator in slow motion: steps wait in its queue until {@link #compute} is called, their
 * tokens stay with it until they are awaited, and the next step begins with those that its slots
 * sampled last. It fails at random, at a launch or later.
 */
final class SimulatedRunner implements StepRunner {

    /** A fault of the test's. */
    static final class Planted extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Planted() {
            super("planted", null, false, false);
        }
    }

    private final Random random;
    private final FakeModel model;
    private final int depth;
    private final double failureRate;
    private final ArrayDeque<Step> launched = new ArrayDeque<>();
    private int numComputed;
    private boolean stopped;
    int numFailures;
    int numStopped;
    int numPending;

    /** Steps that were launched behind another after some had been stopped. */
    int numAheadAgain;

    SimulatedRunner(Random random, FakeModel model, int depth, double failureRate) {
        this.random = random;
        this.model = model;
        this.depth = depth;
        this.failureRate = failureRate;
    }

    @Override
    public void launch(Step step) {
        assertTrue(launched.size() < depth, "more steps than there are buffers");
        if (random.nextDouble() < failureRate) {
            numFailures++;
            throw new Planted();
        }
        numAheadAgain += numStopped > 0 && !launched.isEmpty() ? 1 : 0;
        launched.addLast(step);
    }

    /** Computes the next step in the queue, if there is one and it is not stopped. */
    void compute() {
        if (numComputed < launched.size() && !stopped) {
            Step next =
                    launched.stream()
                            .skip(numComputed)
                            .findFirst()
                            .orElseThrow(AssertionError::new);
            boolean all = launched.size() == depth;
            assertTrue(!all || launched.stream().anyMatch(SimulatedRunner::isWanted), "for nobody");
            for (int i = 0; i < next.size(); i++) {
                numPending += next.isPending(i) ? 1 : 0;
            }
            model.execute(next);
            numComputed++;
        }
    }

    private static boolean isWanted(Step step) {
        return IntStream.range(0, step.size()).anyMatch(i -> !step.sequence(i).isFinished());
    }

    @Override
    public boolean isDone() {
        assertTrue(launched.size() > 0, "nothing is under way");
        if (random.nextDouble() < failureRate / 10) {
            numFailures++;
            throw new Planted();
        }
        return numComputed > 0 || stopped;
    }

    @Override
    public void await(Step step) {
        if (numComputed == 0 && !stopped) {
            compute();
        }
        assertSame(launched.removeFirst(), step);
        if (numComputed == 0) {
            numStopped++;
            throw new StoppedException();
        }
        numComputed--;
        if (random.nextDouble() < failureRate) {
            numFailures++;
            throw new Planted();
        }
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public void resume() {
        assertEquals(0, launched.size(), "a stop is taken back under a step");
        stopped = false;
    }

    /** Whether steps wait or are computed and not awaited. */
    boolean isBusy() {
        return !launched.isEmpty();
    }
}
