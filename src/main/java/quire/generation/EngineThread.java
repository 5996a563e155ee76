package quire.generation;

import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import quire.ops.StoppedException;
import quire.scheduler.Step;

/**
 * The {@code quire-engine} thread: takes one step at a time, computes it, tells the executor, and
 * sleeps in between.
 */
final class EngineThread implements AutoCloseable {

    private final StepRunner runner;
    private final Executor executor;
    private final Runnable afterStep;
    private final Thread thread;

    // Handed between executor and engine thread, one step at a time.
    private final AtomicReference<Step> mailbox = new AtomicReference<>();
    private Optional<Throwable> failure = Optional.empty();

    // Written by others, looked at by the engine thread.
    private volatile boolean unwanted;
    private volatile boolean closing;

    /**
     * @param afterStep run on the executor after each step
     */
    EngineThread(StepRunner runner, Executor executor, Runnable afterStep) {
        this.runner = runner;
        this.executor = executor;
        this.afterStep = afterStep;
        this.thread = Thread.ofPlatform().name("quire-engine").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Computes a step; on the executor, while none is being computed. */
    void compute(Step step) {
        unwanted = false;
        mailbox.set(step);
        LockSupport.unpark(thread);
    }

    /** Ends the step being computed early, for nobody wants its result; on the executor. */
    void stop() {
        unwanted = true;
        runner.stop();
    }

    /** What went wrong in the last step, {@link StoppedException} if it ended early. */
    Optional<Throwable> failure() {
        return failure;
    }

    private void run() {
        while (!closing) {
            Step step = mailbox.getAndSet(null);
            if (step == null) {
                LockSupport.park(this);
                continue;
            }
            execute(step);
            try {
                executor.execute(afterStep);
            } catch (RejectedExecutionException e) {
                return;
            }
        }
    }

    private void execute(Step step) {
        failure = Optional.empty();
        // First the flag goes down, then the reasons to raise it are looked at: a stop that comes
        // in between raises it again, and none is lost.
        runner.resume();
        try {
            if (unwanted || closing) {
                throw new StoppedException();
            }
            runner.execute(step);
        } catch (Throwable e) {
            // Whatever went wrong costs the sequences of this step; the engine goes on.
            failure = Optional.of(e);
        }
    }

    /**
     * Ends the thread, and a step early. Returns when the thread has ended, however long that takes
     * and whoever interrupts, for after it memory is freed that the step uses; an interrupt is kept
     * for the caller.
     */
    @Override
    public void close() {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("the engine thread cannot wait for itself");
        }
        closing = true;
        runner.stop();
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
