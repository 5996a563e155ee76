package quire.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import quire.error.UnavailableException;

/**
 * The {@code quire-loader} thread of a Java program. Who waits for it is let go at once where it is
 * interrupted: a long tokenizer is read to its end before anybody looks, and a call into a driver
 * may never return.
 */
final class LoaderThread {

    private static final System.Logger LOG = System.getLogger("quire.engine");

    private LoaderThread() {}

    /**
     * Loads on that thread and waits for it. What it throws is thrown here.
     *
     * @throws UnavailableException if this thread is interrupted, which it stays; the other one is
     *     told to end, and closes what it has
     */
    static LlmEngine load(Supplier<LlmEngine> work) {
        CompletableFuture<LlmEngine> loaded = new CompletableFuture<>();
        Thread loader =
                Thread.ofPlatform()
                        .name("quire-loader")
                        .daemon(true)
                        .inheritInheritableThreadLocals(false)
                        .unstarted(() -> run(work, loaded));
        // A listener is the application's code, which frameworks find by this.
        loader.setContextClassLoader(Thread.currentThread().getContextClassLoader());
        loader.start();
        try {
            return loaded.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            UnavailableException end = new UnavailableException("loading was interrupted");
            if (loaded.completeExceptionally(end)) {
                loader.interrupt();
                throw end;
            }
            return result(loaded);
        } catch (ExecutionException e) {
            throw thrown(e.getCause());
        }
    }

    private static LlmEngine result(CompletableFuture<LlmEngine> loaded) {
        if (loaded.isCompletedExceptionally()) {
            throw thrown(loaded.exceptionNow());
        }
        return loaded.join();
    }

    /** What another thread threw, to be thrown on this one. */
    static RuntimeException thrown(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return (RuntimeException) failure;
    }

    private static void run(Supplier<LlmEngine> work, CompletableFuture<LlmEngine> loaded) {
        LlmEngine engine;
        try {
            engine = work.get();
        } catch (RuntimeException | Error e) {
            if (!loaded.completeExceptionally(e)) {
                LOG.log(System.Logger.Level.DEBUG, "how loading ended that nobody waited for", e);
            }
            return;
        }
        if (!loaded.complete(engine)) {
            engine.close();
        }
    }
}
