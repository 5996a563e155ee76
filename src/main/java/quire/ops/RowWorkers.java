package quire.ops;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that do the rows of a job beside the caller, one row after the other, and sleep in
 * between. Allocates nothing per job. One thread runs jobs.
 */
final class RowWorkers implements AutoCloseable {

    /** Does one row; worker is from 0 and nobody else's at that time. */
    @FunctionalInterface
    interface RowTask {
        void run(int row, int worker);
    }

    /** Set in {@link #state} while workers may join the job whose number is in its upper half. */
    private static final long OPEN = 1L << 31;

    private static final long INSIDE = OPEN - 1;
    private static final int JOB_SHIFT = 32;
    private static final int SPINS = 2000;

    /** Logits below which waking another thread costs more than it saves. */
    private static final long SERIAL_LOGITS = 1 << 17;

    /** Who reads rows of logits has scratch of the size of some. */
    private static final int MOST_FOR_LOGITS = 8;

    private static final long NAP_NANOS = 50_000;

    private final RowTask task;
    private final Thread[] helpers;

    /** Number of the job, whether it is open, and how many helpers are inside. */
    private final AtomicLong state = new AtomicLong();

    private final AtomicInteger next = new AtomicInteger();
    private volatile int numRows;
    private volatile int numThreads;
    private volatile Throwable failure;
    private volatile boolean closing;

    /**
     * @param threads threads that do rows, the caller's included; helpers start when first needed
     */
    RowWorkers(int threads, RowTask task) {
        this.task = task;
        this.helpers = new Thread[Math.max(0, threads - 1)];
    }

    /** For rows of logits: as {@link #RowWorkers}, and no more threads than are worth it. */
    static RowWorkers ofLogits(int threads, RowTask task) {
        return new RowWorkers(Math.min(threads, MOST_FOR_LOGITS), task);
    }

    /** How many threads are worth it for so many rows of logits, the caller's included. */
    int threadsFor(int rows, int vocabSize) {
        boolean serial = (long) rows * vocabSize < SERIAL_LOGITS;
        return serial ? 1 : Math.min(helpers.length + 1, rows);
    }

    /**
     * Does the rows 0 to {@code rows - 1}; what they wrote is then visible to the caller.
     *
     * @param threads how many take part, the caller's included
     * @throws RuntimeException what the task threw
     */
    void run(int rows, int threads) {
        next.set(0);
        numRows = rows;
        numThreads = threads;
        failure = null;
        if (threads > 1) {
            long job = (state.get() >>> JOB_SHIFT) + 1;
            state.set(job << JOB_SHIFT | OPEN);
            for (int helper = 1; helper < threads; helper++) {
                wake(helper);
            }
        }
        doRows(0);
        if (threads > 1) {
            state.getAndAdd(-OPEN);
            awaitHelpers();
        }
        throwFailure();
    }

    private void wake(int helper) {
        if (helpers[helper - 1] == null) {
            helpers[helper - 1] =
                    Thread.ofPlatform()
                            .name("quire-sampler-" + helper)
                            .daemon(true)
                            .start(() -> help(helper));
        } else {
            LockSupport.unpark(helpers[helper - 1]);
        }
    }

    private void doRows(int worker) {
        try {
            int row;
            while ((row = next.getAndIncrement()) < numRows) {
                task.run(row, worker);
            }
        } catch (Throwable e) {
            failure = e;
        }
    }

    private void help(int worker) {
        long seen = 0;
        while (!closing) {
            long now = state.get();
            boolean wanted = (now & OPEN) != 0 && now >>> JOB_SHIFT != seen && worker < numThreads;
            if (!wanted) {
                LockSupport.park(this);
            } else if (state.compareAndSet(now, now + 1)) {
                seen = now >>> JOB_SHIFT;
                doRows(worker);
                state.getAndDecrement();
            }
        }
    }

    /** Rows are short, so it first spins. */
    private void awaitHelpers() {
        for (int spin = 0; (state.get() & INSIDE) != 0; spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
    }

    private void throwFailure() {
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new IllegalStateException(failure);
        }
    }

    /** Ends the helpers, which do nothing now. */
    @Override
    public void close() {
        closing = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }
}
