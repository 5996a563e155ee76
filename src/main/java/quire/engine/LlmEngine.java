package quire.engine;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import quire.scheduler.SchedulerStats;
import quire.template.ChatTemplate;
import quire.tensor.DType;
import quire.tokenizer.Tokenizer;

/**
 * A loaded model that generates: tokenizer, chat template, scheduler, backend and the threads that
 * move them. Made by {@link #load}; all methods may be called from any thread.
 */
public final class LlmEngine implements AutoCloseable {

    private final LoadedModel model;
    private final EngineLoop loop;

    private LlmEngine(LoadedModel model, EngineLoop loop) {
        this.model = model;
        this.loop = loop;
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
     */
    public static LlmEngine load(
            EngineConfig config,
            Executor executor,
            EngineObserver observer,
            LoadProgress progress) {
        LoadedModel model = LoadedModel.load(config, progress);
        // The warm-up is nobody's request: the observer hears what comes after it.
        EngineLoop loop =
                new EngineLoop(
                        model.scheduler(),
                        model.runner(),
                        model.choices(),
                        executor,
                        EngineObserver.NONE);
        LlmEngine engine = new LlmEngine(model, loop);
        loop.start();
        try {
            WarmUp.run(loop, model.warmUpToken());
            loop.observe(observer);
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
        return engine;
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
        return loop.submit(request, listener, maxWaiting);
    }

    /** What a client may know of the model. */
    public ModelInfo info() {
        return model.info();
    }

    /** The model's tokenizer. */
    public Tokenizer tokenizer() {
        return model.tokenizer();
    }

    /** The template that turns messages into a prompt; empty for a model that has none. */
    public Optional<ChatTemplate> chatTemplate() {
        return model.text().chatTemplate();
    }

    /** Variables that every rendering of the template gets: {@code bos_token} and the like. */
    public Map<String, Object> templateVariables() {
        return model.text().variables();
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

    /** Backend and tier, such as {@code "cpu (avx512)"}. */
    public String backend() {
        return model.backend();
    }

    /** A recent look at queue, blocks and counters. */
    public SchedulerStats stats() {
        return loop.stats();
    }

    /** Forward passes so far. */
    public long numSteps() {
        return loop.numSteps();
    }

    /** How long the step that runs now has been running; zero when none is. */
    public Duration stepDuration() {
        return loop.stepDuration();
    }

    /** Requests inside, running and waiting. */
    public int numInside() {
        return loop.numInside();
    }

    /** Fails what is inside with 503, ends the engine thread, frees memory and unmaps the model. */
    @Override
    public void close() {
        loop.close();
        model.close();
    }
}
