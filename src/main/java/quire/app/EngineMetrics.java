package quire.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import quire.engine.EngineConfig;
import quire.engine.LlmEngine;
import quire.generation.EngineObserver;
import quire.scheduler.SchedulerStats;
import quire.sequence.FinishReason;

/**
 * An engine's figures under the names, labels and buckets of vLLM, so that its dashboards work.
 * Called on the server's event loop; scraped by any thread.
 */
final class EngineMetrics implements EngineObserver {

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

    private final MeterRegistry registry;
    private final Tags tags;
    private final Counter promptTokens;
    private final Counter generationTokens;
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

    /** Registers everything that needs no engine yet. */
    EngineMetrics(MeterRegistry registry, String modelName) {
        this.registry = registry;
        this.tags = Tags.of("model_name", modelName, "engine", "0");
        promptTokens =
                Counter.builder("vllm:prompt_tokens")
                        .tags(tags)
                        .description("Prompt tokens processed")
                        .register(registry);
        generationTokens =
                Counter.builder("vllm:generation_tokens")
                        .tags(tags)
                        .description("Tokens generated")
                        .register(registry);
        for (FinishReason reason : FinishReason.values()) {
            finished.put(
                    reason,
                    Counter.builder("vllm:request_success")
                            .tags(tags.and("finished_reason", reason.wireName()))
                            .description("Choices that ended, by reason")
                            .register(registry));
        }
        timeToFirstToken =
                timer(
                        "vllm:time_to_first_token",
                        "Seconds from the arrival of a request to its first token",
                        TTFT_SECONDS);
        interTokenLatency =
                timer(
                        "vllm:inter_token_latency",
                        "Seconds between two tokens of a choice",
                        TOKEN_SECONDS);
        timePerOutputToken =
                timer(
                        "vllm:request_time_per_output_token",
                        "Mean seconds a token of a choice, the first left out",
                        TOKEN_SECONDS);
        total =
                timer(
                        "vllm:e2e_request_latency",
                        "Seconds from the arrival of a request to the end of a choice",
                        REQUEST_SECONDS);
        queue =
                timer(
                        "vllm:request_queue_time",
                        "Seconds that a choice waited for its first step",
                        REQUEST_SECONDS);
        inference =
                timer(
                        "vllm:request_inference_time",
                        "Seconds from the first step of a choice to its end",
                        REQUEST_SECONDS);
        prefill =
                timer(
                        "vllm:request_prefill_time",
                        "Seconds from the first step of a choice to its first token",
                        REQUEST_SECONDS);
        decode =
                timer(
                        "vllm:request_decode_time",
                        "Seconds from the first token of a choice to its last",
                        REQUEST_SECONDS);
        requestPromptTokens =
                histogram("vllm:request_prompt_tokens", "Tokens of a prompt", REQUEST_TOKENS);
        requestGenerationTokens =
                histogram(
                        "vllm:request_generation_tokens",
                        "Tokens generated for a choice",
                        REQUEST_TOKENS);
        requestChoices =
                histogram("vllm:request_params_n", "Choices that a request asked for", CHOICES);
        requestMaxTokens =
                histogram(
                        "vllm:request_params_max_tokens",
                        "Most tokens that a request asked for",
                        REQUEST_TOKENS);
        stepTokens =
                histogram("vllm:iteration_tokens_total", "Tokens computed in a step", STEP_TOKENS);
    }

    /** A summary would round seconds up to whole ones before it looks for their bucket. */
    private Timer timer(String name, String help, double[] bucketSeconds) {
        Duration[] buckets =
                Arrays.stream(bucketSeconds)
                        .mapToObj(seconds -> Duration.ofMillis(Math.round(seconds * 1000)))
                        .toArray(Duration[]::new);
        return Timer.builder(name)
                .tags(tags)
                .description(help)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    private DistributionSummary histogram(String name, String help, double[] buckets) {
        return DistributionSummary.builder(name)
                .tags(tags)
                .description(help)
                .serviceLevelObjectives(buckets)
                .register(registry);
    }

    /**
     * Registers what is read from the engine at each scrape. What its warm-up counted is nobody's
     * request and is left out.
     */
    void watch(LlmEngine engine, EngineConfig config) {
        SchedulerStats atStart = engine.stats();
        gauge(
                "vllm:num_requests_running",
                "Sequences that are computed",
                engine,
                SchedulerStats::numRunning);
        gauge(
                "vllm:num_requests_waiting",
                "Sequences that wait to be computed",
                engine,
                SchedulerStats::numWaiting);
        gauge(
                "vllm:kv_cache_usage_perc",
                "Share of the KV cache that is in use, from 0 to 1",
                engine,
                SchedulerStats::cacheUsage);
        counter(
                "vllm:num_preemptions",
                "Sequences that lost their blocks to others and were computed again",
                engine,
                SchedulerStats::numPreemptions);
        counter(
                "vllm:prefix_cache_queries",
                "Prompt tokens that were looked up in the prefix cache",
                engine,
                stats -> stats.prefixQueries() - atStart.prefixQueries());
        counter(
                "vllm:prefix_cache_hits",
                "Prompt tokens that the prefix cache had",
                engine,
                SchedulerStats::prefixHits);
        Gauge.builder("vllm:cache_config_info", () -> 1)
                .tags(
                        tags.and(
                                "block_size",
                                Integer.toString(config.blockSize()),
                                "num_gpu_blocks",
                                Integer.toString(engine.memoryPlan().numBlocks()),
                                "cache_dtype",
                                engine.kvCacheType().name().toLowerCase(Locale.ROOT),
                                "enable_prefix_caching",
                                Boolean.toString(config.enablePrefixCaching())))
                .description("How the KV cache is made up")
                .register(registry);
    }

    private void gauge(
            String name, String help, LlmEngine engine, ToDoubleFunction<SchedulerStats> figure) {
        Gauge.builder(name, engine, e -> figure.applyAsDouble(e.stats()))
                .tags(tags)
                .description(help)
                .register(registry);
    }

    private void counter(
            String name, String help, LlmEngine engine, ToDoubleFunction<SchedulerStats> figure) {
        FunctionCounter.builder(name, engine, e -> figure.applyAsDouble(e.stats()))
                .tags(tags)
                .description(help)
                .register(registry);
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
}
