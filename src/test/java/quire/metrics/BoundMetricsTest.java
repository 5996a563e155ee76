package quire.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import quire.CapturedLog;
import quire.engine.EngineConfig;
import quire.engine.LlmEngine;
import quire.error.QuireException;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.model.LoadProgress;
import quire.sampling.SamplingParams;

/** Meters come to a registry when somebody binds, at any time, and go with the engine. */
class BoundMetricsTest {

    private static final int[] PROMPT = {300, 301, 302};

    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final LlmEngine engine = load();

    private LlmEngine load() {
        return LlmEngine.load(
                EngineConfig.builder(Path.of("models/quire-demo"))
                        .kvCacheMemoryBytes(1 << 20)
                        .build(),
                executor,
                LoadProgress.SILENT);
    }

    @AfterEach
    void close() {
        engine.close();
        executor.shutdown();
    }

    private static void generate(LlmEngine by, int numTokens) throws Exception {
        CompletableFuture<Void> end = new CompletableFuture<>();
        GenerationListener listener =
                new GenerationListener() {
                    @Override
                    public void onOutput(GenerationOutput output) {
                        if (output.finishReason().isPresent()) {
                            end.complete(null);
                        }
                    }

                    @Override
                    public void onError(QuireException error) {
                        end.completeExceptionally(error);
                    }
                };
        SamplingParams params =
                SamplingParams.greedy(numTokens).toBuilder().ignoreEos(true).build();
        by.submit(new GenerationRequest("a", PROMPT, params), listener, 1);
        end.get(60, TimeUnit.SECONDS);
    }

    private static double tokens(MeterRegistry registry, int number) {
        return registry.get("vllm:generation_tokens")
                .tags("model_name", "quire-demo", "engine", Integer.toString(number))
                .counter()
                .count();
    }

    @Test
    void figuresBeginWithTheBinding() throws Exception {
        generate(engine, 4);
        MeterRegistry registry = new SimpleMeterRegistry();
        EngineMetrics.bind(registry, engine);
        assertEquals(0, tokens(registry, 0));
        assertEquals(0, registry.get("vllm:prefix_cache_queries").functionCounter().count());
        generate(engine, 5);
        assertEquals(5, tokens(registry, 0));
        assertEquals(
                PROMPT.length, registry.get("vllm:prefix_cache_queries").functionCounter().count());
        assertEquals(4, registry.get("vllm:inter_token_latency").timer().count());
        assertEquals(1, registry.get("vllm:e2e_request_latency").timer().count());
    }

    @Test
    void whatIsUnboundLeavesTheRegistryAndHearsNothing() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        Counter another = registry.counter("another");
        EngineMetrics metrics = EngineMetrics.bind(registry, engine);
        Counter old = registry.get("vllm:generation_tokens").counter();
        generate(engine, 2);
        metrics.unbind();
        generate(engine, 3);
        assertEquals(List.of(another), registry.getMeters());
        assertEquals(2, old.count());
    }

    @Test
    void theMetersOfAClosedEngineMakeRoomForThoseOfTheNext() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        EngineMetrics.bind(registry, engine);
        generate(engine, 2);
        engine.close();
        assertEquals(List.of(), registry.getMeters());
        EngineMetrics.bind(registry, engine);
        assertEquals(List.of(), registry.getMeters(), "meters of an engine that was closed");
        try (LlmEngine next = load()) {
            EngineMetrics.bind(registry, next);
            generate(next, 3);
            assertEquals(3, tokens(registry, 0));
            assertEquals(
                    PROMPT.length,
                    registry.get("vllm:prefix_cache_queries").functionCounter().count());
        }
    }

    @Test
    void enginesOfOneNameAreToldApartByTheirNumber() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        EngineMetrics.bind(registry, engine);
        try (LlmEngine second = load()) {
            EngineMetrics.bind(registry, second);
            generate(second, 3);
            assertEquals(0, tokens(registry, 0));
            assertEquals(3, tokens(registry, 1));
        }
        assertEquals(
                Set.of("0"),
                registry.getMeters().stream()
                        .map(meter -> meter.getId().getTag("engine"))
                        .collect(Collectors.toSet()));
    }

    @Test
    void aRegistryOfRegistriesHasThemInEach() throws Exception {
        MeterRegistry part = new SimpleMeterRegistry();
        CompositeMeterRegistry whole = new CompositeMeterRegistry();
        EngineMetrics metrics = EngineMetrics.bind(whole, engine);
        whole.add(part);
        generate(engine, 2);
        assertEquals(2, tokens(part, 0));
        metrics.unbind();
        assertEquals(List.of(), part.getMeters());
    }

    @Test
    void aRegistryThatRefusesIsLeftAsItWas() {
        MeterRegistry registry =
                new SimpleMeterRegistry() {
                    @Override
                    protected <T> FunctionCounter newFunctionCounter(
                            Meter.Id id, T owner, ToDoubleFunction<T> count) {
                        throw new IllegalArgumentException("planted");
                    }
                };
        assertThrows(IllegalArgumentException.class, () -> EngineMetrics.bind(registry, engine));
        assertEquals(List.of(), registry.getMeters());
    }

    @Test
    void aRegistryThatFailsLaterCostsNoAnswer() throws Exception {
        MeterRegistry failing =
                new SimpleMeterRegistry() {
                    @Override
                    protected Counter newCounter(Meter.Id id) {
                        Counter counter = super.newCounter(id);
                        return new Counter() {
                            @Override
                            public void increment(double amount) {
                                throw new IllegalStateException("planted");
                            }

                            @Override
                            public double count() {
                                return counter.count();
                            }

                            @Override
                            public Id getId() {
                                return id;
                            }
                        };
                    }
                };
        MeterRegistry sound = new SimpleMeterRegistry();
        EngineMetrics.bind(failing, engine);
        EngineMetrics.bind(sound, engine);
        try (CapturedLog log = new CapturedLog("quire.generation")) {
            generate(engine, 3);
            assertEquals(3, tokens(sound, 0));
            assertEquals(List.of("an observer failed, and hears no more"), log.errors());
        }
    }
}
