package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import quire.batcher.Batcher;
import quire.engine.LlmEngine;
import quire.scheduler.SchedulerStats;

/** The engine behind the server, seen from inside while clients work on it from outside. */
final class EngineWatch {

    /** A server that needs longer than this hangs; no test asserts on less. */
    private static final long PATIENCE_NANOS = 120_000_000_000L;

    private final Batcher batcher;

    private EngineWatch(Batcher batcher) {
        this.batcher = batcher;
    }

    /** Waits until the model is loaded. */
    static EngineWatch of(Batcher batcher) throws InterruptedException {
        await("the model to be loaded", batcher::ready);
        return new EngineWatch(batcher);
    }

    LlmEngine engine() {
        return batcher.engine();
    }

    SchedulerStats stats() {
        return batcher.engine().stats();
    }

    /** Waits until the scheduler's figures are as wanted. */
    void awaitStats(String what, Predicate<SchedulerStats> wanted) throws InterruptedException {
        await(what, () -> wanted.test(stats()));
    }

    /** Waits until no request is inside, and asserts that none left anything behind. */
    void awaitRest() throws InterruptedException {
        await(
                "the last request to leave",
                () -> {
                    SchedulerStats stats = stats();
                    return batcher.load() == 0 && stats.numRunning() + stats.numWaiting() == 0;
                });
        SchedulerStats stats = stats();
        assertEquals(0, stats.numHeldSlots(), "KV slots that nobody uses are held: " + stats);
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
