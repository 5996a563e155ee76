package quire.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import quire.engine.LlmEngine;
import quire.generation.EngineObserver;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.SchedulerStats;
import quire.sequence.FinishReason;

/**
 * An engine's figures in a registry, under the names, labels and buckets of vLLM, so that its
 * dashboards work. They begin with the binding and leave the registry when the engine closes, so
 * that the next engine of the same name finds its place free.
 */
public final class EngineMetrics implements EngineObserver {

    private static final String RUNNING = "vllm:num_requests_running";
    private static final double[] TTFT_SECONDS = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20,
        40, 80, 160, 640, 2560
    };
    private static final double[] TOKEN_SECONDS = {
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40,
        80
    };
    private static final double[] REQUEST_SECONDS = {
        0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680
    };
    private static final double[] STEP_TOKENS = {
        1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384
    };
    private static final double[] REQUEST_TOKENS = {
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000,
        200_000
    };
    private static final double[] CHOICES = {1, 2, 5, 10, 20};

    private final LlmEngine engine;
    private final EngineMeters meters;
    private final Counter promptTokens;
    private final Counter generationTokens;
    private final Counter forcedTokens;
    private final Map<FinishReason, Counter> finished = new EnumMap<>(FinishReason.class);
    private final Timer timeToFirstToken;
    private final Timer interTokenLatency;
    private final Timer timePerOutputToken;
    private final Timer total;
    private final Timer queue;
    private final Timer inference;
    private final Timer prefill;
    private final Timer decode;
    private final DistributionSummary requestPromptTokens;
    private final DistributionSummary requestGenerationTokens;
    private final DistributionSummary requestChoices;
    private final DistributionSummary requestMaxTokens;
    private final DistributionSummary stepTokens;

    /**
     * Registers the meters of an engine. Its label {@code engine} is the first number that no other
     * engine of the same model has in the registry.
     */
    public static EngineMetrics bind(MeterRegistry registry, LlmEngine engine) {
        EngineMetrics metrics;
        synchronized (EngineMetrics.class) {
            EngineMeters meters = new EngineMeters(registry, freeTags(registry, engine));
            try {
                metrics = new EngineMetrics(engine, meters);
            } catch (RuntimeException e) {
                meters.remove();
                throw e;
            }
        }
        engine.observe(metrics);
        return metrics;
    }

    private static Tags freeTags(MeterRegistry registry, LlmEngine engine) {
        String name = engine.info().servedNames().getFirst();
        int number = 0;
        Tags tags;
        do {
            tags = Tags.of("model_name", name, "engine", Integer.toString(number++));
        } while (registry.find(RUNNING).tags(tags).meter() != null);
        return tags;
    }

    private EngineMetrics(LlmEngine engine, EngineMeters meters) {
        this.engine = engine;
        this.meters = meters;
        figures(engine.stats());
        cacheConfig(engine.limits());
        promptTokens = meters.counter("vllm:prompt_tokens", "Prompt tokens processed");
        generationTokens = meters.counter("vllm:generation_tokens", "Tokens generated");
        forcedTokens =
                meters.counter(
                        "quire:forced_tokens",
                        "Tokens of these that a grammar forced, without a forward pass for each");
        for (FinishReason reason : FinishReason.values()) {
            finished.put(
                    reason,
                    meters.counter(
                            "vllm:request_success",
                            "Choices that ended, by reason",
                            "finished_reason",
                            reason.wireName()));
        }
        timeToFirstToken =
                meters.timer(
                        "vllm:time_to_first_token",
                        "Seconds from the arrival of a request to its first token",
                        TTFT_SECONDS);
        interTokenLatency =
                meters.timer(
                        "vllm:inter_token_latency",
                        "Seconds between two tokens of a choice",
                        TOKEN_SECONDS);
        timePerOutputToken =
                meters.timer(
                        "vllm:request_time_per_output_token",
                        "Mean seconds a token of a choice, the first left out",
                        TOKEN_SECONDS);
        total =
                meters.timer(
                        "vllm:e2e_request_latency",
                        "Seconds from the arrival of a request to the end of a choice",
                        REQUEST_SECONDS);
        queue =
                meters.timer(
                        "vllm:request_queue_time",
                        "Seconds that a choice waited for its first step",
                        REQUEST_SECONDS);
        inference =
                meters.timer(
                        "vllm:request_inference_time",
                        "Seconds from the first step of a choice to its end",
                        REQUEST_SECONDS);
        prefill =
                meters.timer(
                        "vllm:request_prefill_time",
                        "Seconds from the first step of a choice to its first token",
                        REQUEST_SECONDS);
        decode =
                meters.timer(
                        "vllm:request_decode_time",
                        "Seconds from the first token of a choice to its last",
                        REQUEST_SECONDS);
        requestPromptTokens =
                meters.histogram(
                        "vllm:request_prompt_tokens", "Tokens of a prompt", REQUEST_TOKENS);
        requestGenerationTokens =
                meters.histogram(
                        "vllm:request_generation_tokens",
                        "Tokens generated for a choice",
                        REQUEST_TOKENS);
        requestChoices =
                meters.histogram(
                        "vllm:request_params_n", "Choices that a request asked for", CHOICES);
        requestMaxTokens =
                meters.histogram(
                        "vllm:request_params_max_tokens",
                        "Most tokens that a request asked for",
                        REQUEST_TOKENS);
        stepTokens =
                meters.histogram(
                        "vllm:iteration_tokens_total", "Tokens computed in a step", STEP_TOKENS);
    }

    /** What is read from the engine at each scrape. */
    private void figures(SchedulerStats atStart) {
        meters.gauge(engine, RUNNING, "Sequences that are computed", SchedulerStats::numRunning);
        meters.gauge(
                engine,
                "vllm:num_requests_waiting",
                "Sequences that wait to be computed",
                SchedulerStats::numWaiting);
        meters.gauge(
                engine,
                "vllm:kv_cache_usage_perc",
                "Share of the KV cache that is in use, from 0 to 1",
                SchedulerStats::cacheUsage);
        meters.reading(
                engine,
                "vllm:num_preemptions",
                "Sequences that lost their blocks to others and were computed again",
                stats -> stats.numPreemptions() - atStart.numPreemptions());
        meters.reading(
                engine,
                "vllm:prefix_cache_queries",
                "Prompt tokens that were looked up in the prefix cache",
                stats -> stats.prefixQueries() - atStart.prefixQueries());
        meters.reading(
                engine,
                "vllm:prefix_cache_hits",
                "Prompt tokens that the prefix cache had",
                stats -> stats.prefixHits() - atStart.prefixHits());
    }

    private void cacheConfig(SchedulerConfig limits) {
        meters.info(
                "vllm:cache_config_info",
                "How the KV cache is made up",
                "block_size",
                Integer.toString(limits.blockSize()),
                "num_gpu_blocks",
                Integer.toString(engine.memoryPlan().numBlocks()),
                "cache_dtype",
                engine.kvCacheType().name().toLowerCase(Locale.ROOT),
                "enable_prefix_caching",
                Boolean.toString(limits.enablePrefixCaching()));
    }

    @Override
    public void stepDone(int numTokens) {
        stepTokens.record(numTokens);
    }

    @Override
    public void firstToken(long sinceArrivalNanos, int numPromptTokens) {
        timeToFirstToken.record(sinceArrivalNanos, TimeUnit.NANOSECONDS);
        promptTokens.increment(numPromptTokens);
        generationTokens.increment();
    }

    @Override
    public void nextToken(long sinceLastNanos) {
        interTokenLatency.record(sinceLastNanos, TimeUnit.NANOSECONDS);
        generationTokens.increment();
    }

    @Override
    public void tokensForced(int count) {
        forcedTokens.increment(count);
    }

    @Override
    public void choiceFinished(ChoiceRecord record) {
        finished.get(record.reason()).increment();
        total.record(record.totalNanos(), TimeUnit.NANOSECONDS);
        queue.record(record.queuedNanos(), TimeUnit.NANOSECONDS);
        prefill.record(record.prefillNanos(), TimeUnit.NANOSECONDS);
        decode.record(record.decodeNanos(), TimeUnit.NANOSECONDS);
        inference.record(record.prefillNanos() + record.decodeNanos(), TimeUnit.NANOSECONDS);
        requestPromptTokens.record(record.numPromptTokens());
        requestGenerationTokens.record(record.numOutputTokens());
        if (record.numOutputTokens() > 1) {
            timePerOutputToken.record(
                    record.decodeNanos() / (record.numOutputTokens() - 1), TimeUnit.NANOSECONDS);
        }
        if (record.first()) {
            requestChoices.record(record.params().n());
            requestMaxTokens.record(record.params().maxTokens());
        }
    }

    @Override
    public void closed() {
        meters.remove();
    }

    /** Takes the meters out of the registry before the engine closes. */
    public void unbind() {
        engine.forget(this);
        closed();
    }
}
