package quire.batcher;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import quire.engine.EngineConfig;
import quire.engine.LlmEngine;
import quire.error.UnavailableException;
import quire.generation.Generation;
import quire.generation.Submission;
import quire.model.LoadProgress;

/**
 * The server's way to the engine: all requests meet on one event-loop context, where steps are
 * planned and results handed out; a bounded queue stands before it.
 *
 * <p>Exists before its engine does: until {@link #load} is through, requests are refused with 503.
 */
public final class ServingEngine implements AutoCloseable {

    /** What {@link #comes} says of a model that is on this machine. */
    public static final String LOADS = "the model is still loading; try again in a moment";

    private final Context context;
    private final int maxQueue;
    private final AtomicBoolean draining = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile LlmEngine engine;
    private volatile boolean hung;
    private volatile String unready = LOADS;

    /**
     * Takes an event-loop context of its own. Not to be called on an event loop.
     *
     * @param maxQueue requests that may wait before further ones are refused with 429
     */
    public ServingEngine(Vertx vertx, int maxQueue) {
        Owner owner = new Owner();
        vertx.deployVerticle(
                        owner, new DeploymentOptions().setThreadingModel(ThreadingModel.EVENT_LOOP))
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        this.context = owner.context();
        this.maxQueue = maxQueue;
    }

    /** Exists for its context. */
    private static final class Owner extends AbstractVerticle {

        Context context() {
            return context;
        }
    }

    /**
     * Loads the model and makes it say a token; requests are served from then on. Blocks for as
     * long as that takes: call it on a thread of its own. Interrupting the thread stops it.
     *
     * @param meters gets the engine before any request does
     * @throws quire.error.QuireException if the model, its files or the flags are not usable
     */
    public LlmEngine load(EngineConfig config, Consumer<LlmEngine> meters, LoadProgress progress) {
        Executor executor = task -> context.runOnContext(nothing -> task.run());
        LlmEngine loaded = LlmEngine.load(config, executor, progress);
        try {
            meters.accept(loaded);
        } catch (RuntimeException | Error e) {
            loaded.close();
            throw e;
        }
        engine = loaded;
        if (draining.get() || closed.get()) {
            close();
            throw new UnavailableException("the server stopped while the model was loading");
        }
        return loaded;
    }

    /**
     * Takes requests in, together or not at all; their listeners are called on the server's event
     * loop, which may be before this returns. Any thread.
     *
     * @return a generation for each, in order
     * @throws quire.error.OverloadedException if the queue is too full for all of them (429)
     * @throws UnavailableException while loading or stopping (503)
     * @throws quire.error.InvalidRequestException if one of them can never be served, or there are
     *     more than the whole queue can hold (400)
     */
    public List<Generation> submit(List<Submission> submissions) {
        return engine().submit(submissions, maxQueue);
    }

    /**
     * Refuses new requests with 503 from now on, and waits until those inside have ended; the log
     * says for what. Blocks: not on an event loop. A second call, an interrupt and {@link #close}
     * end the wait at once.
     *
     * @return whether nothing is inside any more; if not, {@link #close} ends it with an error
     */
    public boolean drain(Duration timeout) {
        draining.set(true);
        LlmEngine current = engine;
        return current == null || current.drain(timeout);
    }

    /**
     * @throws UnavailableException while loading or stopping
     */
    public LlmEngine engine() {
        LlmEngine current = engine;
        if (current == null) {
            throw new UnavailableException(
                    draining.get() || closed.get() ? "the server is stopping" : unready);
        }
        return current;
    }

    /**
     * Says what comes before the model is ready, for those who ask meanwhile.
     *
     * @param sentence such as how far its download is
     */
    public void comes(String sentence) {
        unready = sentence;
    }

    /** Whether the engine is still to come. */
    public boolean loading() {
        return engine == null && !draining.get() && !closed.get();
    }

    /** Whether the engine made a token and takes requests. */
    public boolean ready() {
        LlmEngine current = engine;
        return current != null && current.isLive() && !draining.get() && !closed.get();
    }

    /** False when the engine failed as a whole, or a step hangs. */
    public boolean live() {
        LlmEngine current = engine;
        return current == null || current.isLive();
    }

    /** Requests inside, running and waiting. */
    public int load() {
        LlmEngine current = engine;
        return current == null ? 0 : current.numInside();
    }

    /** Whether {@link #close} left a step behind that hangs. */
    public boolean hung() {
        return hung;
    }

    /** Ends the engine; requests inside hear an error. A second call does nothing. */
    @Override
    public void close() {
        closed.set(true);
        LlmEngine current = engine;
        engine = null;
        if (current != null) {
            current.close();
            hung = current.hangs();
        }
    }
}
