package quire.tokenizer;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import quire.error.OverloadedException;

/**
 * Threads for encoding long texts. A call into the tokenizers library holds the carrier of a
 * virtual thread, of which there are as many as cores, so that a few long prompts would stop
 * everybody else's requests; here they wait for each other only.
 */
final class EncodingThreads implements AutoCloseable {

    private static final int MAX_WAITING = 1024;

    private final ThreadPoolExecutor pool;

    EncodingThreads() {
        int numThreads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        AtomicInteger numStarted = new AtomicInteger();
        pool =
                new ThreadPoolExecutor(
                        numThreads,
                        numThreads,
                        10,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(MAX_WAITING),
                        task ->
                                Thread.ofPlatform()
                                        .name("quire-tokenizer-" + numStarted.incrementAndGet())
                                        .daemon()
                                        .unstarted(task));
        pool.allowCoreThreadTimeOut(true);
    }

    /**
     * Runs a task on one of the threads and waits for it, through interrupts, which stay set.
     *
     * @throws OverloadedException if too many wait already
     */
    <T> T call(Callable<T> task) {
        Future<T> future;
        try {
            future = pool.submit(task);
        } catch (RejectedExecutionException e) {
            if (pool.isShutdown()) {
                throw new IllegalStateException("This tokenizer is closed.", e);
            }
            throw new OverloadedException(
                    MAX_WAITING + " long texts wait to be tokenized; try again later.", e);
        }
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw unchecked(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static RuntimeException unchecked(Throwable failure) {
        return switch (failure) {
            case Error error -> throw error;
            case RuntimeException exception -> exception;
            default -> new IllegalStateException(failure);
        };
    }

    /** Takes no more tasks; those that wait are still run. */
    @Override
    public void close() {
        pool.shutdown();
    }
}
