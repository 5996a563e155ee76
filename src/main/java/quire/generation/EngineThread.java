package quire.generation;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import quire.error.Fault;
import quire.ops.StoppedException;
import quire.scheduler.Step;

/**
 * The {@code quire-engine} thread: takes steps in their order, as many at once as the pipeline is
 * deep, launches each as soon as it has it, reports each back to the executor, and sleeps in
 * between.
 *
 * <p>After a step that failed, those handed over behind it are void: they are neither launched nor
 * reported, and those launched already are waited for, so that nothing is under way when the
 * executor hears of the failure. It goes on once the executor has {@linkplain #discard discarded}
 * them. After a {@link Fault} that reaches as far as the process it waits for nothing any more.
 */
final class EngineThread implements AutoCloseable {

    /** Between two looks whether a step is done; the one behind it is launched already. */
    private static final long POLL_NANOS = 20_000;

    /** Before the next launch after one that found no memory. */
    private static final long MEMORY_PAUSE_NANOS = 50_000_000;

    /** Between two looks whether a thread that is waited for was given up. */
    private static final long JOIN_MILLIS = 20;

    private static final long NONE = Long.MAX_VALUE;

    private final StepRunner runner;
    private final Executor executor;
    private final Thread thread;

    /** Of the n-th step at place n modulo depth. */
    private final Flight[] flights;

    // Written by the executor, looked at by the engine thread. Steps are counted from the first on.
    private volatile long numHandedOver;
    private volatile long numUnwanted;
    private volatile long numDiscarded;
    private volatile boolean closing;
    private volatile boolean abandoned;

    // The engine thread.
    private long numLaunched;
    private long numDone;
    private long failed = NONE;
    private boolean pausing;
    private long pauseEndsNanos;

    /**
     * @param report makes what the executor runs when a step is back
     */
    EngineThread(
            StepRunner runner, int depth, Executor executor, Function<Flight, Runnable> report) {
        this.runner = runner;
        this.executor = executor;
        this.flights = new Flight[depth];
        for (int i = 0; i < depth; i++) {
            flights[i] = new Flight(report);
        }
        this.thread = Thread.ofPlatform().name("quire-engine").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private Flight flight(long n) {
        return flights[(int) (n % flights.length)];
    }

    /** Hands a step over; on the executor, while fewer than the depth are in flight. */
    void compute(Step step) {
        flight(numHandedOver).begin(step);
        numHandedOver++;
        LockSupport.unpark(thread);
    }

    /**
     * Ends all steps in flight early, for nobody wants their results; on the executor, which hands
     * over no other before all of them are back.
     */
    void stop() {
        numUnwanted = numHandedOver;
        runner.stop();
    }

    /** The executor has heard of a failure, and expects none of the steps in flight any more. */
    void discard() {
        numDiscarded = numHandedOver;
    }

    /** Works until {@link #close}, then waits for what is under way. */
    void run() {
        while (!closing && !abandoned) {
            if (work()) {
                continue;
            }
            if (isUnderWay() || pausing) {
                LockSupport.parkNanos(this, POLL_NANOS);
            } else {
                LockSupport.park(this);
            }
        }
        drain();
    }

    private boolean isUnderWay() {
        return numDone < numLaunched;
    }

    /**
     * Launches the next step, or takes the oldest back if it is done.
     *
     * @return whether there was something to do
     */
    boolean work() {
        if (failed < numDiscarded) {
            numLaunched = numDiscarded;
            numDone = numDiscarded;
            failed = NONE;
        }
        if (numLaunched < numHandedOver && failed == NONE && !isPausing()) {
            launch(flight(numLaunched));
            return true;
        }
        return isUnderWay() && takeBack(flight(numDone));
    }

    private boolean isPausing() {
        pausing = pausing && System.nanoTime() - pauseEndsNanos < 0;
        return pausing;
    }

    private void launch(Flight flight) {
        try {
            if (!isUnderWay()) {
                // First the flag goes down, then the reasons to raise it are looked at: a stop that
                // comes in between raises it again, and none is lost.
                runner.resume();
            }
            if (numLaunched < numUnwanted || closing) {
                throw new StoppedException();
            }
            runner.launch(flight.step());
            flight.launched();
        } catch (Throwable e) {
            // Whatever went wrong is told when those before it are back.
            flight.fail(e);
            failed = numLaunched;
            if (Fault.extentOf(e) == Fault.Extent.MEMORY) {
                pausing = true;
                pauseEndsNanos = System.nanoTime() + MEMORY_PAUSE_NANOS;
            }
        }
        numLaunched++;
    }

    private boolean takeBack(Flight oldest) {
        if (!oldest.hasFailed()) {
            if (!isDone(oldest)) {
                return false;
            }
            await(oldest);
        }
        if (oldest.hasFailed()) {
            failed = numDone;
        }
        numDone++;
        if (oldest.hasFailed()) {
            endThoseBehind(oldest);
        }
        oldest.end(System.nanoTime());
        try {
            executor.execute(oldest.report());
        } catch (RejectedExecutionException e) {
            // Nobody hears of steps any more.
            closing = true;
        }
        return true;
    }

    private void endThoseBehind(Flight flight) {
        if (Fault.extentOf(flight.failure().orElseThrow()) == Fault.Extent.PROCESS) {
            // They may never end, and nobody can use what they computed.
            numDone = numLaunched;
        } else {
            runner.stop();
            drain();
        }
    }

    private boolean isDone(Flight flight) {
        try {
            return runner.isDone();
        } catch (Throwable e) {
            flight.fail(e);
            return true;
        }
    }

    /** Every step that was launched is awaited once, whatever is known of it. */
    private void await(Flight flight) {
        try {
            runner.await(flight.step());
        } catch (Throwable e) {
            if (!flight.hasFailed()) {
                flight.fail(e);
            }
        }
    }

    /** Waits for steps under way whose results nobody wants. */
    private void drain() {
        while (isUnderWay() && !abandoned) {
            Flight flight = flight(numDone++);
            if (!flight.hasFailed()) {
                await(flight);
            }
        }
    }

    /**
     * Gives up a step that hangs, and the thread with it, which ends where it can: it may be inside
     * a call that never returns. Any thread.
     */
    void abandon() {
        abandoned = true;
        LockSupport.unpark(thread);
    }

    /** Whether steps may be under way for ever: what they use must stay as it is. */
    boolean isAbandoned() {
        return abandoned;
    }

    /**
     * Ends the thread, and steps under way early. Returns when the thread has ended, however long
     * that takes and whoever interrupts, for after it memory is freed that they use; or when it is
     * {@linkplain #abandon given up}. An interrupt is kept for the caller.
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
        while (thread.isAlive() && !abandoned) {
            try {
                thread.join(JOIN_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
