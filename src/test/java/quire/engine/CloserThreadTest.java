package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Who closes waits for the end, and for no call that never ends. */
class CloserThreadTest {

    private static final Duration LONG = Duration.ofMinutes(5);

    @Test
    void closingIsWaitedForWhoeverInterrupts() {
        List<String> closed = new ArrayList<>();
        Thread.currentThread().interrupt();
        assertTrue(CloserThread.close(() -> closed.add(Thread.currentThread().getName()), LONG));
        assertTrue(Thread.interrupted(), "the interrupt is lost");
        assertEquals(List.of("quire-closer"), closed);
    }

    @Test
    void whatNeverEndsIsLeftBehind() {
        CountDownLatch never = new CountDownLatch(1);
        Runnable hangs =
                () -> {
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new AssertionError("nobody interrupts a closer", e);
                    }
                };
        assertFalse(CloserThread.close(hangs, Duration.ofMillis(50)));
        never.countDown();
    }

    @Test
    void whatItThrowsIsTheCallers() {
        assertThrows(
                IllegalStateException.class,
                () ->
                        CloserThread.close(
                                () -> {
                                    throw new IllegalStateException("twice");
                                },
                                LONG));
    }
}
