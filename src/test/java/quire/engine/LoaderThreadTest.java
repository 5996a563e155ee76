package quire.engine;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import quire.Outside;
import quire.error.UnavailableException;
import quire.model.LoadProgress;

/** Who waits for a model is let go when it is interrupted, whatever the loading does then. */
class LoaderThreadTest {

    private static LlmEngine demo(LoadProgress progress) {
        return LlmEngine.load(
                EngineConfig.builder(Path.of("models/quire-demo"))
                        .maxModelLength(64)
                        .maxNumSequences(2)
                        .maxNumBatchedTokens(64)
                        .kvCacheMemoryBytes(4L << 20)
                        .numThreads(1)
                        .build(),
                progress);
    }

    /** As a call into a driver that never returns. */
    @Test
    void aLoaderThatHearsNothingDoesNotHoldWhoIsInterrupted() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Boolean> caller = new CompletableFuture<>();
        Thread waiting =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    assertThrows(
                                            UnavailableException.class,
                                            () -> LoaderThread.load(() -> deaf(entered, release)));
                                    caller.complete(Thread.currentThread().isInterrupted());
                                });
        entered.await();
        waiting.interrupt();
        assertTrue(caller.get(60, TimeUnit.SECONDS), "the interrupt is lost");
        release.countDown();
    }

    private static LlmEngine deaf(CountDownLatch entered, CountDownLatch release) {
        entered.countDown();
        while (true) {
            try {
                release.await();
                throw new IllegalStateException("it was released, and nobody hears of it");
            } catch (InterruptedException e) {
                // It never returns for that.
            }
        }
    }

    @Test
    void whatTheListenerThrowsEndsTheLoadingAndIsTheCallers() {
        Outside.CPU_KERNELS.path();
        RuntimeException own = new RuntimeException("enough");
        RuntimeException thrown =
                assertThrows(
                        RuntimeException.class,
                        () ->
                                demo(
                                        (stage, done, total) -> {
                                            throw own;
                                        }));
        assertSame(own, thrown);
        Error error = new AssertionError("worse");
        assertSame(
                error,
                assertThrows(
                        AssertionError.class,
                        () ->
                                LoaderThread.load(
                                        () -> {
                                            throw error;
                                        })));
    }

    @Test
    void listenersHaveTheContextClassLoaderOfWhoeverLoads() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        CompletableFuture<ClassLoader> there = new CompletableFuture<>();
        try (URLClassLoader application = new URLClassLoader(new URL[0])) {
            thread.setContextClassLoader(application);
            assertThrows(
                    IllegalStateException.class,
                    () ->
                            LoaderThread.load(
                                    () -> {
                                        there.complete(
                                                Thread.currentThread().getContextClassLoader());
                                        throw new IllegalStateException("no engine is needed");
                                    }));
            assertSame(application, there.get());
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** The engine comes when nobody waits any more, and is closed by who made it. */
    @Test
    void anEngineThatNobodyWaitsForIsClosed() throws Exception {
        Outside.CPU_KERNELS.path();
        CompletableFuture<LlmEngine> made = new CompletableFuture<>();
        CountDownLatch gone = new CountDownLatch(1);
        CountDownLatch ready = new CountDownLatch(1);
        Thread waiting =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    assertThrows(
                                            UnavailableException.class,
                                            () -> LoaderThread.load(() -> late(made, ready, gone)));
                                    gone.countDown();
                                });
        ready.await();
        waiting.interrupt();
        LlmEngine engine = made.get(60, TimeUnit.SECONDS);
        for (int i = 0; i < 6000 && !refuses(engine); i++) {
            Thread.sleep(10);
        }
        assertTrue(refuses(engine));
    }

    private static boolean refuses(LlmEngine engine) {
        try {
            engine.submit(List.of(), 1);
            return false;
        } catch (UnavailableException closed) {
            return true;
        }
    }

    private static LlmEngine late(
            CompletableFuture<LlmEngine> made, CountDownLatch ready, CountDownLatch gone) {
        LlmEngine engine = demo(LoadProgress.SILENT);
        ready.countDown();
        boolean waits = true;
        while (waits) {
            try {
                gone.await();
                waits = false;
            } catch (InterruptedException e) {
                // It is told that it is too late, and has its engine already.
                waits = true;
            }
        }
        made.complete(engine);
        return engine;
    }
}
