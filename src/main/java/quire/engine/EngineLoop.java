package quire.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import quire.error.EngineException;
import quire.error.OverloadedException;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerStats;
import quire.scheduler.Step;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;

/**
 * Drives a model: plans on a serial executor (the batcher's event loop, or a plain thread),
 * computes on the {@code quire-engine} thread, and hands results to listeners while the next step
 * runs.
 *
 * <p>A finished step is committed and its successor planned and handed over first; only then are
 * the finished one's tokens turned into text and given to listeners, so that slow listeners cost
 * the engine nothing but the planning.
 */
final class EngineLoop implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("quire.engine");
    private static final long CLOSE_TIMEOUT_MILLIS = 10_000;

    // Any thread.
    private final Executor executor;
    private final AtomicInteger numWaiting = new AtomicInteger();
    private final AtomicInteger numInside = new AtomicInteger();
    private final ChoiceFactory factory;
    private volatile EngineObserver observer;
    private volatile SchedulerStats stats;
    private volatile long numSteps;
    private volatile long stepBeganNanos;

    // The executor.
    private final Scheduler scheduler;
    private final Set<Generation> inside = new LinkedHashSet<>();
    private final Runnable afterStep = this::stepDone;
    private Step inFlight;
    private boolean closed;

    // Handed between executor and engine thread, one step at a time.
    private final AtomicReference<Step> mailbox = new AtomicReference<>();
    private final StepRunner runner;
    private final Thread engineThread;
    private volatile boolean stopping;
    private int[] sampled;
    private Throwable failure;

    EngineLoop(
            Scheduler scheduler,
            StepRunner runner,
            ChoiceFactory factory,
            Executor executor,
            EngineObserver observer) {
        this.scheduler = scheduler;
        this.runner = runner;
        this.factory = factory;
        this.executor = executor;
        this.observer = observer;
        this.stats = scheduler.stats();
        this.engineThread =
                Thread.ofPlatform().name("quire-engine").daemon(true).unstarted(this::run);
    }

    void start() {
        engineThread.start();
    }

    /** Tells another observer of what happens from now on. */
    void observe(EngineObserver theObserver) {
        observer = theObserver;
    }

    /**
     * Takes a request in. Any thread.
     *
     * @param maxWaiting refuse when this many requests wait already
     * @throws OverloadedException if the queue is full
     * @throws quire.error.InvalidRequestException if the request can never be served
     * @throws UnavailableException if the engine is stopping
     */
    Generation submit(GenerationRequest request, GenerationListener listener, int maxWaiting) {
        factory.check(request);
        if (stopping) {
            throw new UnavailableException("the engine is stopping");
        }
        if (numWaiting.incrementAndGet() > maxWaiting) {
            numWaiting.decrementAndGet();
            throw new OverloadedException(
                    "the queue is full: "
                            + maxWaiting
                            + " requests are waiting; try again later or raise --max-queue");
        }
        numInside.incrementAndGet();
        Generation generation =
                new Generation(request.id(), request.promptTokenIds().length, listener, this);
        generation.choices(factory.choices(request, generation, System.nanoTime()));
        try {
            executor.execute(() -> admit(generation));
        } catch (RejectedExecutionException e) {
            numWaiting.decrementAndGet();
            numInside.decrementAndGet();
            throw new UnavailableException("the engine is stopping");
        }
        return generation;
    }

    /** Ends a generation from outside. Any thread. */
    void cancel(Generation generation) {
        try {
            executor.execute(
                    () -> {
                        abort(generation);
                        advance();
                    });
        } catch (RejectedExecutionException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "cancelled after the engine stopped: {0}",
                    generation.id());
        }
    }

    /** Requests inside: running and waiting. */
    int numInside() {
        return numInside.get();
    }

    SchedulerStats stats() {
        return stats;
    }

    /** Forward passes so far. */
    long numSteps() {
        return numSteps;
    }

    /** How long the step in flight has been running; zero when there is none. */
    Duration stepDuration() {
        long began = stepBeganNanos;
        return began == 0 ? Duration.ZERO : Duration.ofNanos(System.nanoTime() - began);
    }

    private void admit(Generation generation) {
        inside.add(generation);
        if (closed) {
            lose(generation, new UnavailableException("the engine is stopping"));
            return;
        }
        for (Choice choice : generation.choices()) {
            scheduler.add(choice.sequence());
        }
        advance();
    }

    private void abort(Generation generation) {
        for (Choice choice : generation.choices()) {
            if (!choice.isDone()) {
                scheduler.abort(choice.sequence());
                choice.end(observer, FinishReason.ABORT, System.nanoTime());
            }
        }
        leave(generation);
    }

    private void leave(Generation generation) {
        if (inside.remove(generation)) {
            numInside.decrementAndGet();
        }
        if (generation.leaveQueue()) {
            numWaiting.decrementAndGet();
        }
    }

    /** Hands the engine thread its next step, if it is idle and there is something to compute. */
    private void advance() {
        if (inFlight != null || closed) {
            return;
        }
        Step step = scheduler.plan();
        stats = scheduler.stats();
        if (step.isEmpty()) {
            return;
        }
        long now = System.nanoTime();
        for (int i = 0; i < step.size(); i++) {
            Choice choice = (Choice) step.sequence(i).owner();
            choice.scheduled(now);
            if (choice.generation().leaveQueue()) {
                numWaiting.decrementAndGet();
            }
        }
        inFlight = step;
        stepBeganNanos = now;
        mailbox.set(step);
        LockSupport.unpark(engineThread);
    }

    /** On the executor, after the engine thread computed the step in flight. */
    private void stepDone() {
        Step step = inFlight;
        Throwable error = failure;
        failure = null;
        inFlight = null;
        stepBeganNanos = 0;
        numSteps++;
        if (error == null) {
            scheduler.commit(step, sampled);
        } else {
            scheduler.fail(step);
        }
        advance();
        if (error == null) {
            observer.stepDone(step.totalTokens());
            deliver(step);
        } else {
            loseAll(step, error);
        }
        stats = scheduler.stats();
    }

    private void deliver(Step step) {
        long now = System.nanoTime();
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            Choice choice = (Choice) sequence.owner();
            int token = step.token(i);
            if (choice.isDone() || (token == Step.NO_TOKEN && !sequence.isFinished())) {
                continue;
            }
            if (sequence.isFinished()
                    && sequence.finishReason().orElseThrow() == FinishReason.ERROR) {
                lose(
                        choice.generation(),
                        new EngineException(
                                "the model gave no usable logits for "
                                        + choice.generation().id()
                                        + " (all were NaN)"));
                continue;
            }
            deliver(choice, token, now);
        }
    }

    private void deliver(Choice choice, int token, long now) {
        GenerationOutput output = choice.take(token, observer, now);
        Generation generation = choice.generation();
        if (output.finishReason().isPresent()) {
            // Nothing happens here unless it was a stop string: the scheduler ended all others.
            scheduler.finish(choice.sequence(), output.finishReason().get(), output.stopReason());
            choice.end(observer, output.finishReason().get(), now);
            if (generation.choices().stream().allMatch(Choice::isDone)) {
                leave(generation);
            }
        }
        try {
            generation.listener().onOutput(output);
        } catch (RuntimeException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "the listener of " + generation.id() + " failed; aborted",
                    e);
            abort(generation);
        }
    }

    private void loseAll(Step step, Throwable error) {
        LOG.log(System.Logger.Level.ERROR, "a step of " + step.size() + " sequences failed", error);
        for (int i = 0; i < step.size(); i++) {
            Choice choice = (Choice) step.sequence(i).owner();
            lose(choice.generation(), new EngineException("the engine failed: " + error, error));
        }
    }

    /** Ends a generation with an error; the second choice of one finds it gone. */
    private void lose(Generation generation, QuireException error) {
        if (!inside.contains(generation)) {
            return;
        }
        long now = System.nanoTime();
        for (Choice choice : generation.choices()) {
            if (!choice.isDone()) {
                if (choice.sequence().status() != SequenceStatus.FINISHED && !closed) {
                    scheduler.finish(choice.sequence(), FinishReason.ERROR, Optional.empty());
                }
                choice.end(observer, FinishReason.ERROR, now);
            }
        }
        leave(generation);
        generation.listener().onError(error);
    }

    /** The engine thread: one step at a time, asleep in between. */
    private void run() {
        while (!stopping) {
            Step step = mailbox.getAndSet(null);
            if (step == null) {
                LockSupport.park(this);
                continue;
            }
            try {
                sampled = runner.execute(step);
            } catch (Throwable e) {
                // Whatever went wrong costs the sequences of this step; the engine goes on.
                failure = e;
            }
            try {
                executor.execute(afterStep);
            } catch (RejectedExecutionException e) {
                return;
            }
        }
    }

    /**
     * Fails what is still inside and ends the engine thread after its step. Not on the executor.
     */
    @Override
    public void close() {
        stopping = true;
        try {
            executor.execute(
                    () -> {
                        closed = true;
                        for (Generation generation : new ArrayList<>(inside)) {
                            lose(generation, new UnavailableException("the engine is stopping"));
                        }
                    });
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the executor was gone before the engine");
        }
        LockSupport.unpark(engineThread);
        try {
            engineThread.join(CLOSE_TIMEOUT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Computes steps, on the {@code quire-engine} thread. */
    @FunctionalInterface
    interface StepRunner {

        /**
         * Computes a step.
         *
         * @return the i-th element is the token sampled for the step's i-th sequence, -1 where none
         *     could be; undefined where the step does not sample. Overwritten by the next call
         */
        int[] execute(Step step);
    }

    /** Makes the choices of a request; knows the model's tokenizer, limits and seed. */
    interface ChoiceFactory {

        /**
         * @throws quire.error.InvalidRequestException if the request can never be served
         */
        void check(GenerationRequest request);

        /** One choice for each of {@code params.n()}. */
        List<Choice> choices(GenerationRequest request, Generation generation, long nowNanos);
    }
}
