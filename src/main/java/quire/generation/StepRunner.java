package quire.generation;

import quire.scheduler.Step;

/** Computes steps, on the {@code quire-engine} thread. */
@FunctionalInterface
public interface StepRunner {

    /**
     * Computes a step and fills its result.
     *
     * @throws quire.ops.StoppedException if {@link #stop} ended it early
     */
    void execute(Step step);

    /** Makes {@link #execute} end soon, until {@link #resume}. Any thread. */
    default void stop() {}

    /** Takes {@link #stop} back; on the {@code quire-engine} thread, before a step. */
    default void resume() {}
}
