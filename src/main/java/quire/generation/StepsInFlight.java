package quire.generation;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerStats;
import quire.scheduler.Step;

/**
 * Keeps the engine thread busy: plans steps, hands over as many as the scheduler's pipeline is
 * deep, and takes them back in their order. Owned by the executor, but for what any thread may ask.
 *
 * <p>A finished step is committed and the next one planned and handed over first; only then are the
 * finished one's tokens given out, so that slow listeners cost the engine nothing but the planning.
 * A failure is told first, for it takes all steps in flight along.
 */
final class StepsInFlight {

    private final Scheduler scheduler;
    private final StepPace pace;
    private final Generations generations;
    private final EngineThread engine;
    private final int depth;
    private final ArrayDeque<Step> steps;

    /** Those in flight are told to end early: none is handed over behind them. */
    private boolean stopping;

    private boolean closed;

    // Any thread may read.
    private final StepClock clock;
    private volatile SchedulerStats stats;
    private volatile long numSteps;

    /**
     * @param guard runs what is to be done on the executor when a step is back
     */
    StepsInFlight(
            Scheduler scheduler,
            StepPace pace,
            StepRunner runner,
            Generations generations,
            Executor executor,
            Consumer<Runnable> guard) {
        this.scheduler = scheduler;
        this.pace = pace;
        this.generations = generations;
        this.depth = scheduler.pipeline().depth();
        this.steps = new ArrayDeque<>(depth);
        this.clock = new StepClock(System::nanoTime, depth);
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
        while (steps.size() < depth && !closed && !(stopping && !steps.isEmpty())) {
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
        if (closed) {
            return;
        }
        if (back.hasFailed()) {
            fail(back.failure().orElseThrow());
        } else {
            succeed(back.step(), clock.ended(back.endedNanos()));
        }
        stopUnwanted();
        stats = scheduler.stats();
    }

    private void succeed(Step step, long nanos) {
        steps.removeFirst();
        pace.learn(step, nanos);
        scheduler.commit(step);
        advance();
        generations.deliver(step);
    }

    private void fail(Throwable failure) {
        scheduler.fail(steps.getFirst());
        engine.discard();
        clock.stopped();
        // Before the next plan, which uses the steps again.
        generations.fail(steps, failure);
        steps.clear();
        advance();
    }

    /** Plans no further step and ends those in flight early. */
    void end() {
        closed = true;
        clock.stopped();
        engine.stop();
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

    SchedulerStats stats() {
        return stats;
    }

    /** Steps that came back, so far. */
    long numSteps() {
        return numSteps;
    }
}
