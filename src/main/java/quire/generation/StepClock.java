package quire.generation;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Measures steps, and tells a slow one from one that hangs. Steps in flight are computed one after
 * the other: each begins when it is handed over, or when the one before ends.
 *
 * <p>How slow this machine is with this model shows in the warm-up's last step; a step may take
 * longer by its number of tokens, and by a wide margin more, for its tokens may look back on long
 * contexts and the machine be busy. No step is thought to hang before a time that somebody sets,
 * however fast the warm-up was. Steps are told by the executor; any thread may ask.
 */
final class StepClock {

    private static final int MARGIN = 20;

    /** What a step may still take that was told to end. */
    private static final Duration LEAVING = Duration.ofSeconds(10);

    private final LongSupplier nanoTime;
    private final Duration timeout;

    // The executor: steps in flight, of the n-th at place n modulo depth.
    private final long[] handedOverNanos;
    private final int[] numTokens;
    private long numHandedOver;
    private long numEnded;

    // Of the oldest step in flight; began is 0 where there is none.
    private volatile long beganNanos;
    private volatile int oldestTokens;

    /** What a step may take at most, whatever its size; empty = no limit. */
    private volatile Optional<Duration> most = Optional.empty();

    private volatile long tokenNanos;
    private volatile long allowedTokenNanos;

    /**
     * @param depth most steps in flight
     * @param timeout what any step may take
     */
    StepClock(LongSupplier nanoTime, int depth, Duration timeout) {
        this.nanoTime = nanoTime;
        this.timeout = timeout;
        this.handedOverNanos = new long[depth];
        this.numTokens = new int[depth];
    }

    /** A step was handed to the engine, behind those in flight. */
    void handedOver(int theNumTokens, long nowNanos) {
        int place = place(numHandedOver++);
        handedOverNanos[place] = nowNanos;
        numTokens[place] = theNumTokens;
        if (numHandedOver - numEnded == 1) {
            begin(nowNanos);
        }
    }

    private int place(long step) {
        return (int) (step % numTokens.length);
    }

    private void begin(long nanos) {
        oldestTokens = numTokens[place(numEnded)];
        beganNanos = nanos;
    }

    /** The oldest step ended; returns how long it was computed. */
    long ended(long endedNanos) {
        long nanos = endedNanos - beganNanos;
        tokenNanos = nanos / oldestTokens;
        numEnded++;
        if (numEnded < numHandedOver) {
            begin(Math.max(endedNanos, handedOverNanos[place(numEnded)]));
        } else {
            beganNanos = 0;
        }
        return nanos;
    }

    /** Nothing is in flight any more. */
    void stopped() {
        numEnded = numHandedOver;
        beganNanos = 0;
    }

    /** The last step is what others are measured by. */
    void calibrate() {
        allowedTokenNanos = MARGIN * tokenNanos;
    }

    /** Steps in flight were told to end early, and none comes behind them. */
    void hurry() {
        most = Optional.of(running().plus(LEAVING));
    }

    /** How long the oldest step in flight has been running; zero when there is none. */
    Duration running() {
        long began = beganNanos;
        return began == 0 ? Duration.ZERO : Duration.ofNanos(nanoTime.getAsLong() - began);
    }

    /** Whether the oldest step has been running for longer than any honest one of its size. */
    boolean isOverdue() {
        return running().compareTo(allowed()) > 0;
    }

    /** How long the oldest step may be running. */
    Duration allowed() {
        Duration bySize = Duration.ofNanos(allowedTokenNanos).multipliedBy(oldestTokens);
        Duration honest = bySize.compareTo(timeout) > 0 ? bySize : timeout;
        return most.filter(limit -> limit.compareTo(honest) < 0).orElse(honest);
    }
}
