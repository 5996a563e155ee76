package quire.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import quire.error.EngineException;
import quire.error.Fault;
import quire.generation.EngineLoop;
import quire.generation.EngineObserver;
import quire.generation.EngineObservers;
import quire.generation.EngineWatch;
import quire.generation.Generation;
import quire.generation.GenerationListener;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.model.LoadProgress;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.SchedulerStats;
import quire.tensor.DType;
import quire.tokenizer.Tokenizer;

/**
 * A loaded model that generates: tokenizer, chat template, scheduler, backend and the threads that
 * move them. Made by {@link #load}; all methods may be called from any thread.
 */
public final class LlmEngine implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("quire.engine");

    private final LoadedModel model;
    private final EngineLoop loop;
    private final EngineObservers observers;
    private final Duration stepTimeout;
    private final Runnable whenClosed;
    private boolean closed;

    private LlmEngine(
            LoadedModel model,
            EngineLoop loop,
            EngineObservers observers,
            Duration stepTimeout,
            Runnable whenClosed) {
        this.model = model;
        this.loop = loop;
        this.observers = observers;
        this.stepTimeout = stepTimeout;
        this.whenClosed = whenClosed;
    }

    /**
     * As {@link #load(EngineConfig, Executor, LoadProgress)}, with threads of its own: one for the
     * executor, and one that loads and tells the progress. An interrupt ends the wait at once.
     */
    public static LlmEngine load(EngineConfig config, LoadProgress progress) {
        return LoaderThread.load(() -> loadForItself(config, progress));
    }

    private static LlmEngine loadForItself(EngineConfig config, LoadProgress progress) {
        ExecutorService thread =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("quire-scheduler").daemon(true).factory());
        try {
            // What is left in its queue still tells callers that their generations ended.
            return load(config, thread, progress, thread::shutdown);
        } catch (RuntimeException | Error e) {
            thread.shutdown();
            throw e;
        }
    }

    /**
     * Loads a model, starts the {@code quire-engine} thread and makes it say a token, so that an
     * engine that cannot compute is never served. Blocks for as long as that takes; an interrupt
     * ends it.
     *
     * @param executor runs tasks one after the other, in order; owns all scheduling state and calls
     *     the listeners
     * @throws quire.error.CheckpointException if the model's files cannot be used
     * @throws quire.error.ConfigurationException if a flag or the machine's memory stands against
     *     it
     * @throws EngineException if the machine fails meanwhile
     */
    public static LlmEngine load(EngineConfig config, Executor executor, LoadProgress progress) {
        return load(config, executor, progress, () -> {});
    }

    private static LlmEngine load(
            EngineConfig config, Executor executor, LoadProgress progress, Runnable whenClosed) {
        LoadedModel model = loadModel(config, progress);
        EngineObservers observers = new EngineObservers();
        EngineLoop loop =
                new EngineLoop(
                        model.scheduler(),
                        model.pace(),
                        model.runner(),
                        model.choices(),
                        executor,
                        observers,
                        config.stepTimeout());
        LlmEngine engine = new LlmEngine(model, loop, observers, config.stepTimeout(), whenClosed);
        try {
            loop.start();
            loop.warmUp(model.warmUpToken());
        } catch (RuntimeException | Error e) {
            engine.close();
            throw e;
        }
        return engine;
    }

    /** What befalls the machine while it loads is no defect and has its sentence. */
    private static LoadedModel loadModel(EngineConfig config, LoadProgress progress) {
        try {
            return LoadedModel.load(config, progress);
        } catch (RuntimeException e) {
            if (e instanceof Fault fault) {
                String wayOut =
                        switch (fault.extent()) {
                            case MEMORY -> "; something else may have taken it meanwhile";
                            case PROCESS -> "; another process may have more luck";
                            case CALL -> "";
                        };
                throw new EngineException("loading failed: " + e.getMessage() + wayOut, e);
            }
            throw e;
        }
    }

    /**
     * The name under which a folder or file is served when nobody says: its own, without ending.
     */
    public static String nameOf(Path path) {
        String name = path.toAbsolutePath().normalize().getFileName().toString();
        return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
    }

    /**
     * Takes a request in; its listener is called on the executor.
     *
     * @param maxWaiting refuse when this many requests wait already
     * @throws quire.error.OverloadedException if the queue is full
     * @throws quire.error.InvalidRequestException if the request can never be served
     * @throws quire.error.UnavailableException if the engine is stopping
     */
    public Generation submit(
            GenerationRequest request, GenerationListener listener, int maxWaiting) {
        return submit(List.of(new Submission(request, listener)), maxWaiting).getFirst();
    }

    /**
     * Takes requests in, together or not at all; their listeners are called on the executor.
     *
     * @param maxWaiting refuse when more requests than this would wait
     * @return a generation for each, in order
     * @throws quire.error.OverloadedException if the queue is full
     * @throws quire.error.InvalidRequestException if one of them can never be served, or the queue
     *     could not hold them all even if it were empty
     * @throws quire.error.UnavailableException if the engine is stopping or failed
     */
    public List<Generation> submit(List<Submission> submissions, int maxWaiting) {
        return loop.submit(submissions, maxWaiting);
    }

    /**
     * Takes no more requests and waits until those inside, queue and all, have ended; the log says
     * every few seconds for what it waits. Not on the executor. A second call, an interrupt and
     * {@link #close} end the wait at once.
     *
     * @return whether nothing is inside any more; if not, {@link #close} ends it with an error
     */
    public boolean drain(Duration timeout) {
        return loop.drain(timeout);
    }

    /**
     * Lets somebody hear what happens from now on; what the engine did before, such as its warm-up,
     * is left out.
     */
    public void observe(EngineObserver observer) {
        observers.add(observer);
    }

    /** Ends what {@link #observe} began. */
    public void forget(EngineObserver observer) {
        observers.remove(observer);
    }

    /** What a client may know of the model. */
    public ModelInfo info() {
        return model.info();
    }

    /** The model's tokenizer. */
    public Tokenizer tokenizer() {
        return model.tokenizer();
    }

    /** As a {@code tokenizer_config.json} says it; reads that file, so not for event loops. */
    public Map<String, Object> tokenizerInfo() {
        return model.tokenizerInfo();
    }

    /** What turns conversations into prompts. */
    public ChatRenderer chat() {
        return model.text().chat();
    }

    /** Sampling that the model asks for where a request is silent. */
    public SamplingDefaults defaultSampling() {
        return model.defaultSampling();
    }

    /** How the memory was divided. */
    public MemoryPlan memoryPlan() {
        return model.plan();
    }

    /** Element type of the KV cache. */
    public DType kvCacheType() {
        return model.kvCacheType();
    }

    /** What steps and the KV cache are limited to. */
    public SchedulerConfig limits() {
        return model.limits();
    }

    /** Backend and tier, such as {@code "cpu (avx512)"}. */
    public String backend() {
        return model.backend();
    }

    /** Why the backends that come first are not used, in the order of preference. */
    public Map<String, String> backendsNotUsed() {
        return model.backendsNotUsed();
    }

    /** A recent look at queue, blocks and counters. */
    public SchedulerStats stats() {
        return loop.stats();
    }

    /** Somebody who watches who holds which blocks, for whom the engine notes what changes. */
    public EngineWatch watch() {
        return loop.watch();
    }

    /** Forward passes so far. */
    public long numSteps() {
        return loop.numSteps();
    }

    /**
     * False once the engine failed as a whole, or while a step runs for longer than any honest one
     * of its size on this machine would: only a new process helps then.
     */
    public boolean isLive() {
        return loop.isLive();
    }

    /**
     * Completes when the engine has failed as a whole and everybody inside was told why: a card
     * that is lost, a step that hangs, several that fail in a row. It takes no more requests, and
     * loading another in this process is not sure to help. Completed by the executor.
     */
    public CompletionStage<EngineException> death() {
        return loop.death();
    }

    /** Whether a step that hangs was left behind, which whoever ends the process may wait for. */
    public boolean hangs() {
        return loop.isAbandoned();
    }

    /** Requests inside, running and waiting. */
    public int numInside() {
        return loop.numInside();
    }

    /**
     * Fails what is inside with 503, ends the engine thread, frees memory and unmaps the model. A
     * step under way is told to end early, and nothing is freed before it has, whoever interrupts;
     * an interrupt is kept. Where a step hangs nothing is freed at all, for it may still be used;
     * and a call of the driver's that hangs is given up as a step would be. A second call waits for
     * the first. Not on the executor.
     */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            loop.close();
            if (loop.isAbandoned() || !CloserThread.close(model::close, stepTimeout)) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "a call hangs; the memory that it uses is free when the process ends");
            }
            observers.closed();
            whenClosed.run();
        }
    }
}
