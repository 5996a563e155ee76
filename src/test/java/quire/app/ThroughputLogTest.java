package quire.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import quire.scheduler.SchedulerStats;

class ThroughputLogTest {

    private static final long SECOND = 1_000_000_000L;

    private SchedulerStats stats = stats(0, 0, 0, 0, 0);
    private final ThroughputLog log = new ThroughputLog(() -> stats);
    private final long start = System.nanoTime();

    private static SchedulerStats stats(
            int running, int waiting, double usage, long queries, long hits) {
        return new SchedulerStats(running, waiting, 0, 100, usage, queries, hits, 0, 0);
    }

    private Optional<String> line(int seconds) {
        return log.line(start + seconds * SECOND).map(line -> line.replaceAll("\\.\\d", ""));
    }

    @Test
    void tellsOfTheTimeSinceTheLastLineAlone() {
        log.firstToken(1, 3000);
        for (int i = 0; i < 99; i++) {
            log.nextToken(1);
        }
        stats = stats(2, 1, 0.25, 4000, 1000);
        assertEquals(
                Optional.of(
                        "Avg prompt throughput: 300 tokens/s, Avg generation throughput: 10"
                                + " tokens/s, Running: 2 reqs, Waiting: 1 reqs, KV cache usage: 25%,"
                                + " Prefix cache hit rate: 25%"),
                line(10));
        log.firstToken(1, 100);
        stats = stats(0, 0, 0, 4100, 1100);
        assertEquals(
                Optional.of(
                        "Avg prompt throughput: 10 tokens/s, Avg generation throughput: 0 tokens/s,"
                                + " Running: 0 reqs, Waiting: 0 reqs, KV cache usage: 0%, Prefix"
                                + " cache hit rate: 100%"),
                line(20));
    }

    @Test
    void saysNothingOfATimeWithoutWork() {
        assertEquals(Optional.empty(), line(10));
        stats = stats(1, 0, 0.1, 0, 0);
        assertEquals(true, line(20).isPresent(), "a long prompt gives no token for a while");
        stats = stats(0, 1, 0.1, 0, 0);
        assertEquals(true, line(30).isPresent());
        stats = stats(0, 0, 0, 0, 0);
        assertEquals(Optional.empty(), line(40));
    }

    /** An answer in the middle of which a line is said is in both by its part. */
    @Test
    void hitsAreThoseOfTheLastPromptsWhereNoneCame() {
        stats = stats(1, 0, 0.1, 1000, 500);
        line(10);
        log.nextToken(1);
        assertEquals(true, line(20).orElseThrow().endsWith("hit rate: 50%"));
    }
}
