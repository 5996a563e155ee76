package quire.generation;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Tells a slow step from one that hangs. How slow this machine is with this model shows in the
 * warm-up's last step; a step may take longer by its number of tokens, and by a wide margin more,
 * for its tokens may look back on long contexts and the machine be busy. Any thread.
 */
final class StepClock {

    /** No step is thought to hang before, however fast the warm-up was. */
    static final Duration LEAST_ALLOWED = Duration.ofMinutes(1);

    private static final int MARGIN = 20;

    private final LongSupplier nanoTime;
    private volatile long beganNanos;
    private volatile int numTokens;
    private volatile long tokenNanos;
    private volatile long allowedTokenNanos;

    StepClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A step was handed to the engine. */
    void began(int theNumTokens, long nowNanos) {
        numTokens = theNumTokens;
        beganNanos = nowNanos;
    }

    /** Its result is there; returns how long it took. */
    long ended() {
        long nanos = nanoTime.getAsLong() - beganNanos;
        tokenNanos = nanos / numTokens;
        beganNanos = 0;
        return nanos;
    }

    /** The last step is what others are measured by. */
    void calibrate() {
        allowedTokenNanos = MARGIN * tokenNanos;
    }

    /** How long the step in flight has been running; zero when there is none. */
    Duration running() {
        long began = beganNanos;
        return began == 0 ? Duration.ZERO : Duration.ofNanos(nanoTime.getAsLong() - began);
    }

    /** Whether the step in flight has been running for longer than any honest one of its size. */
    boolean isOverdue() {
        Duration allowed = Duration.ofNanos(allowedTokenNanos).multipliedBy(numTokens);
        return running().compareTo(LEAST_ALLOWED) > 0 && running().compareTo(allowed) > 0;
    }
}
