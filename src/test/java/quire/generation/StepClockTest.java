package quire.generation;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class StepClockTest {

    private long now = 1;
    private final StepClock clock = new StepClock(() -> now);

    private void pass(Duration time) {
        now += time.toNanos();
    }

    private void warmUp(Duration step) {
        clock.began(1, now);
        pass(step);
        clock.ended();
        clock.calibrate();
    }

    @Test
    void aStepOfAFastMachineHangsAfterAMinute() {
        warmUp(Duration.ofMillis(1));
        clock.began(8, now);
        pass(StepClock.LEAST_ALLOWED);
        assertFalse(clock.isOverdue());
        pass(Duration.ofNanos(1));
        assertTrue(clock.isOverdue());
        clock.ended();
        assertFalse(clock.isOverdue());
    }

    @Test
    void aSlowMachineMayTakeItsTimeForEachTokenOfAStep() {
        warmUp(Duration.ofMillis(500));
        clock.began(2048, now);
        pass(Duration.ofMinutes(17));
        assertFalse(clock.isOverdue(), "2,048 tokens at the speed of the warm-up");
        pass(Duration.ofDays(1));
        assertTrue(clock.isOverdue());
        clock.ended();
        clock.began(2, now);
        pass(Duration.ofMinutes(2));
        assertTrue(clock.isOverdue(), "two tokens never take two minutes here");
    }

    @Test
    void nothingHangsWhileNothingRuns() {
        warmUp(Duration.ofMillis(1));
        pass(Duration.ofDays(1));
        assertFalse(clock.isOverdue());
    }
}
