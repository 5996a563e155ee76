package quire.engine;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The {@code quire-closer} thread, which gives back what a model had: a call into a driver may
 * never return, and is to hold nobody for ever.
 */
final class CloserThread {

    private CloserThread() {}

    /**
     * Runs that on the thread and waits for its end, whoever interrupts; an interrupt is kept. What
     * it throws is thrown here.
     *
     * @return whether it has ended within the time; if not it goes on
     */
    static boolean close(Runnable work, Duration limit) {
        FutureTask<Void> closing = new FutureTask<>(work, null);
        Thread.ofPlatform()
                .name("quire-closer")
                .daemon(true)
                .inheritInheritableThreadLocals(false)
                .start(closing);
        long end = System.nanoTime() + limit.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    closing.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
                    return true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw LoaderThread.thrown(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
