package quire.generation;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * The {@code quire-watchdog} thread: looks now and then whether a step hangs, and says so once. It
 * needs none of the threads that may hang with the step.
 */
final class Watchdog implements AutoCloseable {

    private static final Duration MOST_SELDOM = Duration.ofSeconds(1);

    /** So many looks within the time that a step has. */
    private static final int LOOKS = 20;

    private final Thread thread;

    /**
     * @param timeout what is allowed at least, which tells how often a look is worth its while
     * @param alarm run on the watchdog's thread
     */
    Watchdog(BooleanSupplier isOverdue, Duration timeout, Runnable alarm) {
        Duration often = timeout.dividedBy(LOOKS);
        Duration pause = often.compareTo(MOST_SELDOM) < 0 ? often : MOST_SELDOM;
        thread =
                Thread.ofPlatform()
                        .name("quire-watchdog")
                        .daemon(true)
                        .unstarted(() -> watch(isOverdue, pause, alarm));
    }

    private static void watch(BooleanSupplier isOverdue, Duration pause, Runnable alarm) {
        try {
            while (!isOverdue.getAsBoolean()) {
                Thread.sleep(pause);
            }
        } catch (InterruptedException ended) {
            return;
        }
        alarm.run();
    }

    void start() {
        thread.start();
    }

    /** Looks no more; does not wait for an alarm that is being given. */
    @Override
    public void close() {
        thread.interrupt();
    }
}
