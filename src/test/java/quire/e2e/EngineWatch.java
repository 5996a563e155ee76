package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import quire.batcher.ServingEngine;
import quire.engine.LlmEngine;
import quire.scheduler.SchedulerStats;

/** The engine behind the server, seen from inside while clients work on it from outside. */
final class EngineWatch {

    /** A server that needs longer than this hangs; no test asserts on less. */
    private static final long PATIENCE_NANOS = 120_000_000_000L;

    private final ServingEngine serving;

    private EngineWatch(ServingEngine serving) {
        this.serving = serving;
    }

    /** Waits until the model is loaded. */
    static EngineWatch of(ServingEngine serving) throws InterruptedException {
        await("the model to be loaded", serving::ready);
        return new EngineWatch(serving);
    }

    LlmEngine engine() {
        return serving.engine();
    }

    SchedulerStats stats() {
        return serving.engine().stats();
    }

    /** Waits until the scheduler's figures are as wanted. */
    void awaitStats(String what, Predicate<SchedulerStats> wanted) throws InterruptedException {
        await(what, () -> wanted.test(stats()));
    }

    /**
     * Waits until no request is inside, nor a step in flight that holds what one had, and asserts
     * that none left anything behind.
     */
    void awaitRest() throws InterruptedException {
        await(
                "the last request to leave and its KV slots to be free",
                () -> {
                    SchedulerStats stats = stats();
                    return serving.load() == 0
                            && stats.numRunning() + stats.numWaiting() == 0
                            && stats.numHeldSlots() == 0;
                });
        SchedulerStats stats = stats();
        assertEquals(0, stats.numStoredTokens(), stats.toString());
        assertEquals(0.0, stats.cacheUsage(), stats.toString());
        assertEquals(engine().memoryPlan().numBlocks(), stats.numFreeBlocks(), stats.toString());
    }

    static void await(String what, BooleanSupplier done) throws InterruptedException {
        long begin = System.nanoTime();
        while (!done.getAsBoolean()) {
            assertTrue(System.nanoTime() - begin < PATIENCE_NANOS, "waited in vain for " + what);
            Thread.sleep(1);
        }
    }
}
