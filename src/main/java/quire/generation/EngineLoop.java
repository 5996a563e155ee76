package quire.generation;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import quire.error.EngineException;
import quire.error.Fault;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerStats;

/**
 * Drives a model: plans on a serial executor (the server's event loop, or a plain thread), computes
 * on the {@code quire-engine} thread, and hands results to listeners while further steps run.
 *
 * <p>What goes wrong with one choice ends its generation with an error. What goes wrong besides, in
 * the planning, ends all: nobody is left waiting, and the loop is not live any more. So do a {@link
 * Fault} that reaches as far as the process, several steps in a row that fail, and one that hangs.
 */
public final class EngineLoop implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("quire.generation");

    /** For the listeners to hear of the end; their executor may have ended before the engine. */
    private static final long FAREWELL_SECONDS = 5;

    // Any thread.
    private final Executor executor;
    private final Admission admission = new Admission();
    private final ChoiceFactory factory;
    private final BeamSearches searches;
    private final Watchdog watchdog;
    private final CompletableFuture<EngineException> death = new CompletableFuture<>();

    // The executor.
    private final Generations generations;
    final StepsInFlight steps;

    /**
     * @param stepTimeout before a step is thought to hang; more for one that is honestly slow
     */
    public EngineLoop(
            Scheduler scheduler,
            StepPace pace,
            StepRunner runner,
            ChoiceFactory factory,
            Executor executor,
            EngineObserver observer,
            Duration stepTimeout) {
        this.factory = factory;
        this.executor = executor;
        this.searches =
                new BeamSearches(
                        admission,
                        factory,
                        this::generation,
                        this::admit,
                        task -> executor.execute(() -> guarded(task)));
        this.generations = new Generations(scheduler, admission, observer);
        this.steps =
                new StepsInFlight(
                        scheduler,
                        pace,
                        runner,
                        generations,
                        executor,
                        stepTimeout,
                        this::guarded,
                        this::die);
        this.watchdog = new Watchdog(steps::isOverdue, stepTimeout, this::giveUp);
    }

    public void start() {
        steps.engine().start();
        watchdog.start();
    }

    /**
     * Makes the model say a token before anybody asks for one: an engine that cannot compute is
     * never served, and its step shows how fast it is. Blocks until then.
     *
     * @param promptToken the text it continues
     * @throws EngineException if it cannot
     * @throws UnavailableException if the thread is interrupted
     */
    public void warmUp(int promptToken) {
        WarmUp.run(this, promptToken);
        steps.calibrate();
    }

    /**
     * Takes requests in, together or not at all. Any thread.
     *
     * @param maxWaiting refuse when more requests than this would wait
     * @return a generation for each, in order
     * @throws quire.error.OverloadedException if the queue is full
     * @throws quire.error.InvalidRequestException if one of the requests can never be served, or
     *     the queue could never hold them all
     * @throws UnavailableException if the engine is stopping or broken
     */
    public List<Generation> submit(List<Submission> submissions, int maxWaiting) {
        submissions.forEach(one -> factory.check(one.request()));
        admission.enter(submissions.size(), maxWaiting);
        try {
            List<Generation> submitted = submissions.stream().map(searches::generation).toList();
            executor.execute(() -> guarded(() -> admit(submitted)));
            return submitted;
        } catch (RejectedExecutionException e) {
            admission.giveUp(submissions.size());
            throw new UnavailableException("the engine is stopping");
        } catch (RuntimeException | Error e) {
            admission.giveUp(submissions.size());
            throw e;
        }
    }

    private Generation generation(Submission submission) {
        GenerationRequest request = submission.request();
        Generation generation =
                new Generation(
                        request.id(), request.promptTokenIds().length, submission.listener(), this);
        generation.choices(factory.choices(request, generation, System.nanoTime()));
        return generation;
    }

    /** Ends a generation from outside. Any thread. */
    void cancel(Generation generation) {
        execute(
                () -> {
                    generation.search().ifPresent(BeamSearch::cancel);
                    generations.abort(generation);
                    steps.stopUnwanted();
                    steps.advance();
                });
    }

    /** A guide knows what its choice waits for. Any thread. */
    void called(Choice choice) {
        execute(
                () -> {
                    generations.called(choice);
                    steps.advance();
                });
    }

    private void execute(Runnable task) {
        try {
            executor.execute(() -> guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "too late, the engine stopped");
        }
    }

    /**
     * Takes no more requests and waits until those inside have ended; the log says for what. Not on
     * the executor. A second call, an interrupt and {@link #close} end the wait at once.
     *
     * @return whether nothing is inside any more
     */
    public boolean drain(Duration timeout) {
        return admission.drain(timeout);
    }

    /** Requests inside: running and waiting. */
    public int numInside() {
        return admission.numInside();
    }

    /** False once the engine failed as a whole, or a step runs for longer than any honest one. */
    public boolean isLive() {
        return !admission.isBroken() && !steps.isOverdue();
    }

    /**
     * Completes when the engine has failed as a whole and everybody inside was told: it takes no
     * more requests, and only another process does. On the executor.
     */
    public CompletionStage<EngineException> death() {
        return death.minimalCompletionStage();
    }

    /** Whether a step was given up that may run for ever: what it uses must stay as it is. */
    public boolean isAbandoned() {
        return steps.engine().isAbandoned();
    }

    public SchedulerStats stats() {
        return steps.stats();
    }

    /** Somebody who watches who holds which blocks. */
    public EngineWatch watch() {
        return new EngineWatch(this::execute, steps.watch());
    }

    /** Forward passes so far. */
    public long numSteps() {
        return steps.numSteps();
    }

    private void admit(List<Generation> submitted) {
        searches.admitted(submitted);
        if (steps.isClosed()) {
            generations.turnAway(submitted, admission.refusal());
        } else {
            generations.add(submitted);
            steps.advance();
        }
    }

    /** Runs a task of the executor's; after one that throws nothing can be relied on. */
    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            LOG.log(System.Logger.Level.ERROR, "the engine failed and cannot go on", e);
            admission.breakDown(e.toString());
            EngineException error = new EngineException("the engine failed: " + e, e);
            end(error);
            death.complete(error);
        }
    }

    /** The steps in flight failed, and there is nothing to go on with. */
    private void die(Throwable failure) {
        int numInside = admission.numInside();
        String why = Fault.describe(failure);
        UnavailableException refusal = admission.breakDown(why);
        StepsInFlight.log(
                "the engine failed and works again only after a restart of its process; requests"
                        + " that this ends: "
                        + numInside
                        + "; why",
                failure);
        steps.die(failure, refusal);
        death.complete(new EngineException("the engine failed: " + why, failure));
    }

    /** A step hangs; on the watchdog's thread. */
    private void giveUp() {
        HangingStepException failure = new HangingStepException(steps.allowed());
        steps.engine().abandon();
        Runnable end =
                () -> {
                    if (!steps.isClosed()) {
                        die(failure);
                    }
                };
        try {
            executor.execute(() -> guarded(end));
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "a step hung when the executor was gone", failure);
        }
    }

    /** Plans no further step and ends all that is inside with an error. */
    private void end(QuireException error) {
        steps.end();
        generations.endAll(error);
    }

    /**
     * Fails what is still inside and ends the engine thread; a step under way ends early. Returns
     * when no step runs any more, whoever interrupts, or when the one that does hangs; an interrupt
     * is kept. Not on the executor.
     */
    @Override
    public void close() {
        admission.close();
        CountDownLatch told = new CountDownLatch(1);
        try {
            executor.execute(
                    () -> {
                        end(new UnavailableException("the engine is stopping"));
                        told.countDown();
                    });
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the executor was gone before the engine");
            told.countDown();
        }
        steps.engine().close();
        watchdog.close();
        try {
            if (!told.await(FAREWELL_SECONDS, TimeUnit.SECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "the executor did not end its requests");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
