package quire.generation;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import quire.error.Fault;
import quire.error.QuireException;
import quire.ops.StoppedException;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerStats;
import quire.scheduler.SchedulerWatch;
import quire.scheduler.Step;

/**
 * Keeps the engine thread busy: plans steps, hands over as many as the scheduler's pipeline is
 * deep, and takes them back in their order. Owned by the executor, but for what any thread may ask.
 *
 * <p>A finished step is committed and the next one planned and handed over first; only then are the
 * finished one's tokens given out, so that slow listeners cost the engine nothing but the planning.
 * A failure is told first, for it takes all steps in flight along: their sequences end, but where a
 * launch found no memory they are computed again. The engine goes on, unless the failure reaches as
 * far as the process or is one of several in a row.
 */
final class StepsInFlight {

    private static final System.Logger LOG = System.getLogger("quire.generation");

    /** Steps that fail one after the other with none between that did not. */
    private static final int MOST_FAILURES = 3;

    /** Launches that find no memory, with a pause behind each, before their sequences fail. */
    private static final int MOST_TRIES = 20;

    private final Scheduler scheduler;
    private final StepPace pace;
    private final Generations generations;
    private final EngineThread engine;
    private final int depth;
    private final ArrayDeque<Step> steps;
    private final Consumer<Throwable> lastFailure;

    /** Those in flight are told to end early: none is handed over behind them. */
    private boolean stopping;

    private boolean closed;
    private int numFailures;
    private int numTries;

    // Any thread may read.
    private final StepClock clock;
    private volatile SchedulerStats stats;
    private volatile long numSteps;

    /**
     * @param stepTimeout before a step is thought to hang
     * @param guard runs what is to be done on the executor when a step is back
     * @param lastFailure hears, with the steps still in flight, of a failure after which the engine
     *     cannot go on
     */
    StepsInFlight(
            Scheduler scheduler,
            StepPace pace,
            StepRunner runner,
            Generations generations,
            Executor executor,
            Duration stepTimeout,
            Consumer<Runnable> guard,
            Consumer<Throwable> lastFailure) {
        this.scheduler = scheduler;
        this.pace = pace;
        this.generations = generations;
        this.depth = scheduler.pipeline().depth();
        this.steps = new ArrayDeque<>(depth);
        this.clock = new StepClock(System::nanoTime, depth, stepTimeout);
        this.lastFailure = lastFailure;
        this.stats = scheduler.stats();
        this.engine =
                new EngineThread(
                        runner,
                        depth,
                        executor,
                        flight -> {
                            Runnable back = () -> takeBack(flight);
                            return () -> guard.accept(back);
                        });
    }

    /** The thread that computes. */
    EngineThread engine() {
        return engine;
    }

    /** Hands the engine thread what it has room for and what there is to compute. */
    void advance() {
        while (steps.size() < depth && !closed && (steps.isEmpty() || mayPlanAhead())) {
            stopping = false;
            Step step = scheduler.plan(pace);
            stats = scheduler.stats();
            if (step.isEmpty()) {
                return;
            }
            long now = System.nanoTime();
            generations.scheduled(step, now);
            steps.addLast(step);
            clock.handedOver(step.totalTokens(), now);
            engine.compute(step);
        }
    }

    /**
     * Not past a sequence with a guide, which would be in one of so many steps as are in flight:
     * the time between two steps is less than a step.
     */
    private boolean mayPlanAhead() {
        return !stopping && !scheduler.awaitsGuidedToken();
    }

    /**
     * Ends the steps in flight early if all their sequences ended meanwhile: all of them or none,
     * for one that is stopped takes along those behind it.
     */
    void stopUnwanted() {
        if (steps.isEmpty() || stopping) {
            return;
        }
        for (Step step : steps) {
            if (isWanted(step)) {
                return;
            }
        }
        stopping = true;
        engine.stop();
    }

    private static boolean isWanted(Step step) {
        for (int i = 0; i < step.size(); i++) {
            if (!step.sequence(i).isFinished()) {
                return true;
            }
        }
        return false;
    }

    private void takeBack(Flight back) {
        numSteps++;
        if (back.hasFailed()) {
            clock.stopped();
        }
        long nanos = back.hasFailed() ? 0 : clock.ended(back.endedNanos());
        if (closed) {
            return;
        }
        if (back.hasFailed()) {
            fail(back);
        } else {
            succeed(back.step(), nanos);
        }
        stopUnwanted();
        stats = scheduler.stats();
    }

    private void succeed(Step step, long nanos) {
        numFailures = 0;
        numTries = 0;
        steps.removeFirst();
        pace.learn(step, nanos);
        scheduler.commit(step);
        advance();
        generations.deliver(step);
        if (steps.isEmpty()) {
            // What was delivered may have let others enter.
            advance();
        }
    }

    private void fail(Flight back) {
        Throwable failure = back.failure().orElseThrow();
        Fault.Extent extent = Fault.extentOf(failure);
        if (extent == Fault.Extent.MEMORY && !back.wasLaunched() && numTries < MOST_TRIES) {
            tryAgain(failure);
            return;
        }
        numTries = 0;
        boolean stopped = failure instanceof StoppedException;
        numFailures += stopped ? 0 : 1;
        if (extent == Fault.Extent.PROCESS || numFailures == MOST_FAILURES) {
            lastFailure.accept(failure);
            return;
        }
        if (!stopped) {
            log("a step of " + back.step().size() + " sequences failed", failure);
        }
        lose(failure);
        engine.discard();
        advance();
    }

    private void tryAgain(Throwable shortage) {
        if (numTries++ == 0) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "a step found no memory and is tried again: " + Fault.describe(shortage));
        }
        scheduler.retreat(steps.getFirst());
        steps.clear();
        engine.discard();
        advance();
    }

    /** A fault is told in one line; a defect of ours with the place where it is. */
    static void log(String what, Throwable failure) {
        if (failure instanceof Fault) {
            LOG.log(System.Logger.Level.ERROR, what + ": " + failure.getMessage());
            LOG.log(System.Logger.Level.DEBUG, "where it was", failure);
        } else {
            LOG.log(System.Logger.Level.ERROR, what, failure);
        }
    }

    private void lose(Throwable failure) {
        if (!steps.isEmpty()) {
            scheduler.fail(steps.getFirst());
        }
        // Before the next plan, which uses the steps again.
        generations.fail(steps, failure);
        steps.clear();
    }

    /**
     * Plans no further step and ends all that is inside with an error.
     *
     * @param failure of the steps in flight, which have failed or are given up
     * @param refusal of those that are in none of them
     */
    void die(Throwable failure, QuireException refusal) {
        closed = true;
        clock.stopped();
        lose(failure);
        generations.leaveAll(refusal);
        stats = scheduler.stats();
    }

    /** Plans no further step and ends those in flight early; one that does not soon end hangs. */
    void end() {
        closed = true;
        engine.stop();
        clock.hurry();
    }

    boolean isClosed() {
        return closed;
    }

    /** The last step is what others are measured by. */
    void calibrate() {
        clock.calibrate();
    }

    /** Whether a step runs for longer than any honest one. */
    boolean isOverdue() {
        return clock.isOverdue();
    }

    /** How long the oldest step may be running. */
    Duration allowed() {
        return clock.allowed();
    }

    SchedulerStats stats() {
        return stats;
    }

    /** Somebody who watches who holds which blocks. */
    SchedulerWatch watch() {
        return scheduler.watch();
    }

    /** Steps that came back, so far. */
    long numSteps() {
        return numSteps;
    }
}
