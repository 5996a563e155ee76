package quire.app;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jboss.logging.Logger;
import quire.engine.LlmEngine;
import quire.generation.EngineObserver;
import quire.scheduler.SchedulerStats;

/**
 * Says every ten seconds how much the engine does, with the figures of vLLM's line and in its
 * words, for those who read it by program. Says nothing of ten seconds in which nobody was inside.
 */
final class ThroughputLog implements EngineObserver {

    private static final Duration PERIOD = Duration.ofSeconds(10);

    private final Supplier<SchedulerStats> stats;
    private final LongAdder promptTokens = new LongAdder();
    private final LongAdder generationTokens = new LongAdder();
    private long lastNanos = System.nanoTime();
    private long lastQueries;
    private long lastHits;
    private double hitRate;
    private volatile boolean closed;

    ThroughputLog(Supplier<SchedulerStats> stats) {
        this.stats = stats;
        SchedulerStats atStart = stats.get();
        lastQueries = atStart.prefixQueries();
        lastHits = atStart.prefixHits();
    }

    /** Speaks of the engine until it closes. */
    static void start(LlmEngine engine, Logger log) {
        ThroughputLog figures = new ThroughputLog(engine::stats);
        engine.observe(figures);
        Thread.ofVirtual().name("quire-throughput").start(() -> figures.speak(log));
    }

    private void speak(Logger log) {
        try {
            Thread.sleep(PERIOD);
            while (!closed) {
                line(System.nanoTime()).ifPresent(log::info);
                Thread.sleep(PERIOD);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void firstToken(long sinceArrivalNanos, int numPromptTokens) {
        promptTokens.add(numPromptTokens);
        generationTokens.increment();
    }

    @Override
    public void nextToken(long sinceLastNanos) {
        generationTokens.increment();
    }

    @Override
    public void closed() {
        closed = true;
    }

    /**
     * The line about the time since the last one was asked for; empty where there was no work. One
     * thread.
     */
    Optional<String> line(long nowNanos) {
        double seconds = (nowNanos - lastNanos) / 1e9;
        lastNanos = nowNanos;
        long read = promptTokens.sumThenReset();
        long made = generationTokens.sumThenReset();
        SchedulerStats now = stats.get();
        long queries = now.prefixQueries() - lastQueries;
        if (queries > 0) {
            hitRate = (double) (now.prefixHits() - lastHits) / queries;
        }
        lastQueries = now.prefixQueries();
        lastHits = now.prefixHits();
        if (read + made + now.numRunning() + now.numWaiting() == 0) {
            return Optional.empty();
        }
        return Optional.of(
                String.format(
                        Locale.ROOT,
                        "Avg prompt throughput: %.1f tokens/s, Avg generation throughput: %.1f"
                                + " tokens/s, Running: %d reqs, Waiting: %d reqs, KV cache usage:"
                                + " %.1f%%, Prefix cache hit rate: %.1f%%",
                        read / seconds,
                        made / seconds,
                        now.numRunning(),
                        now.numWaiting(),
                        100 * now.cacheUsage(),
                        100 * hitRate));
    }
}
