package quire.generation;

import quire.scheduler.Step;

/**
 * Computes steps in the order of their launch, on the {@code quire-engine} thread. As many as the
 * scheduler's pipeline is deep may be launched and not yet awaited.
 */
public interface StepRunner {

    /**
     * Begins to compute a step, which may be done when this returns. Where it throws, the step is
     * not awaited.
     *
     * @throws quire.ops.StoppedException if {@link #stop} ended it early
     */
    void launch(Step step);

    /**
     * Whether the oldest step that was not awaited is computed, or failed, which {@link #await}
     * then tells.
     */
    boolean isDone();

    /**
     * Waits for a step and fills its result.
     *
     * @param step the oldest that was launched and not awaited; whatever comes of it, it is now
     * @throws quire.ops.StoppedException if {@link #stop} ended it early
     */
    void await(Step step);

    /** Makes all launched steps and those to come end soon, until {@link #resume}. Any thread. */
    void stop();

    /** Takes {@link #stop} back, while no step is under way. */
    void resume();
}
