package quire.generation;

import java.util.Optional;
import java.util.function.Function;
import quire.scheduler.Step;

/**
 * The way of one step to the engine thread and back; reused for later steps. Written by the engine
 * thread until it reports the step back, then read by the executor.
 */
final class Flight {

    private final Runnable report;
    private Step step;
    private Optional<Throwable> failure = Optional.empty();
    private boolean launched;
    private long endedNanos;

    /**
     * @param reportOf makes what tells the executor of this
     */
    Flight(Function<Flight, Runnable> reportOf) {
        report = reportOf.apply(this);
    }

    /** A new step takes this way. */
    void begin(Step theStep) {
        step = theStep;
        failure = Optional.empty();
        launched = false;
    }

    /** It is under way, as a whole. */
    void launched() {
        launched = true;
    }

    /** It was not computed. */
    void fail(Throwable theFailure) {
        failure = Optional.of(theFailure);
    }

    /** Nothing more is done to it. */
    void end(long nowNanos) {
        endedNanos = nowNanos;
    }

    Step step() {
        return step;
    }

    /** What went wrong, {@link quire.ops.StoppedException} if the step ended early. */
    Optional<Throwable> failure() {
        return failure;
    }

    boolean hasFailed() {
        return failure.isPresent();
    }

    /** Whether it was under way as a whole when it failed. */
    boolean wasLaunched() {
        return launched;
    }

    /** When the engine thread was done with it. */
    long endedNanos() {
        return endedNanos;
    }

    /** What tells the executor that the step is back. */
    Runnable report() {
        return report;
    }
}
