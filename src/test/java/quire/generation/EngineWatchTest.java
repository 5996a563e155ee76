package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.generation.HeldLoop.tokens;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import quire.scheduler.Snapshot;

class EngineWatchTest {

    private static final Duration SOON = Duration.ofMillis(20);
    private static final Duration LATE = Duration.ofSeconds(20);

    private static Snapshot seen(EngineWatch watch, boolean isWhole) throws InterruptedException {
        Snapshot snapshot = watch.look(LATE).orElseThrow();
        assertEquals(isWhole, snapshot.cells().isWhole());
        return snapshot;
    }

    /** What it told would be told nobody. */
    @Test
    void lookThatComesTooLateIsTheNextOne() throws Exception {
        try (HeldLoop held = new HeldLoop(new EngineObserver() {}, 1)) {
            EngineWatch watch = held.loop.watch();
            CountDownLatch leave = new CountDownLatch(1);
            held.executor.submit(() -> leave.await(1, TimeUnit.MINUTES));
            assertTrue(watch.look(SOON).isEmpty());
            assertTrue(watch.look(SOON).isEmpty());
            leave.countDown();
            seen(watch, true);
            seen(watch, false);
        }
    }

    @Test
    void blocksOfOneWhoCameAreToldOnce() throws Exception {
        try (HeldLoop held = new HeldLoop(new EngineObserver() {}, 1)) {
            EngineWatch watch = held.loop.watch();
            assertEquals(0, seen(watch, true).cells().blocks().length);
            held.start(tokens(5));
            held.begun.acquire();
            Snapshot snapshot = seen(watch, false);
            assertEquals(1, snapshot.cells().blocks().length);
            assertEquals(Snapshot.FIRST_SLOT, snapshot.cells().now()[0]);
            assertEquals(1, snapshot.running().size());
            assertEquals(0, seen(watch, false).cells().blocks().length);
            watch.close();
            assertEquals(1, seen(watch, true).cells().blocks().length);
        }
    }
}
