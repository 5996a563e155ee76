package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StepClockTest {

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private long now = 1;
    private final StepClock clock = new StepClock(() -> now, 2, TIMEOUT);

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private void warmUp(Duration step) {
        clock.handedOver(1, now);
        pass(step);
        clock.ended(now);
        clock.calibrate();
    }

    @Test
    void aStepOfAFastMachineHangsAfterWhatAnyStepMayTake() {
        warmUp(Duration.ofMillis(1));
        clock.handedOver(8, now);
        assertEquals(TIMEOUT, clock.allowed());
        pass(TIMEOUT);
        assertFalse(clock.isOverdue());
        pass(Duration.ofNanos(1));
        assertTrue(clock.isOverdue());
        clock.ended(now);
        assertFalse(clock.isOverdue());
    }

    @Test
    void aSlowMachineMayTakeItsTimeForEachTokenOfAStep() {
        warmUp(Duration.ofMillis(500));
        clock.handedOver(2048, now);
        pass(Duration.ofMinutes(17));
        assertFalse(clock.isOverdue(), "2,048 tokens at the speed of the warm-up");
        pass(Duration.ofDays(1));
        assertTrue(clock.isOverdue());
        clock.ended(now);
        clock.handedOver(2, now);
        pass(Duration.ofMinutes(2));
        assertTrue(clock.isOverdue(), "two tokens never take two minutes here");
    }

    @Test
    void nothingHangsWhileNothingRuns() {
        warmUp(Duration.ofMillis(1));
        pass(Duration.ofDays(1));
        assertFalse(clock.isOverdue());
    }

    @Test
    void aStepBehindAnotherIsMeasuredFromItsEnd() {
        clock.handedOver(4, now);
        pass(Duration.ofMillis(3));
        clock.handedOver(1, now);
        assertEquals(Duration.ofMillis(3), clock.running());
        pass(Duration.ofMillis(7));
        assertEquals(Duration.ofMillis(10).toNanos(), clock.ended(now));
        pass(Duration.ofMillis(2));
        assertEquals(Duration.ofMillis(2), clock.running());
        clock.handedOver(1, now);
        pass(Duration.ofMillis(3));
        assertEquals(Duration.ofMillis(5).toNanos(), clock.ended(now));
        assertEquals(Duration.ofMillis(0), clock.running());
        // The next one ended before anybody asked, and one was handed over after that.
        long ended = now + Duration.ofMillis(1).toNanos();
        pass(Duration.ofMillis(4));
        clock.handedOver(1, now);
        assertEquals(Duration.ofMillis(1).toNanos(), clock.ended(ended));
        assertEquals(Duration.ZERO, clock.running());
        pass(Duration.ofMillis(6));
        assertEquals(Duration.ofMillis(6).toNanos(), clock.ended(now));
    }

    @Test
    void theOldestStepIsTheOneThatHangs() {
        warmUp(Duration.ofMillis(1));
        clock.handedOver(1, now);
        pass(Duration.ofSeconds(50));
        clock.handedOver(1, now);
        pass(Duration.ofSeconds(50));
        assertTrue(clock.isOverdue());
        clock.ended(now);
        pass(Duration.ofSeconds(50));
        assertFalse(clock.isOverdue(), "it began when the one before ended");
        pass(Duration.ofSeconds(50));
        assertTrue(clock.isOverdue());
        clock.stopped();
        assertFalse(clock.isOverdue());
    }

    @Test
    void aStepThatWasToldToEndHasTenSecondsMore() {
        clock.handedOver(1, now);
        pass(Duration.ofSeconds(20));
        clock.hurry();
        pass(Duration.ofSeconds(9));
        assertFalse(clock.isOverdue());
        pass(Duration.ofSeconds(2));
        assertTrue(clock.isOverdue(), "the timeout alone would be a minute");
    }
}
