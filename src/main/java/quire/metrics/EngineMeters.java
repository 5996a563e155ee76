package quire.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import quire.engine.LlmEngine;
import quire.scheduler.SchedulerStats;

/** Registers meters with the same tags in one registry, and takes them out again. */
final class EngineMeters {

    private final MeterRegistry registry;
    private final Tags tags;
    private final List<Meter> registered = new ArrayList<>();

    EngineMeters(MeterRegistry registry, Tags tags) {
        this.registry = registry;
        this.tags = tags;
    }

    private <M extends Meter> M keep(M meter) {
        registered.add(meter);
        return meter;
    }

    Counter counter(String name, String help, String... moreTags) {
        return keep(
                Counter.builder(name)
                        .tags(tags.and(moreTags))
                        .description(help)
                        .register(registry));
    }

    /** A summary would round seconds up to whole ones before it looks for their bucket. */
    Timer timer(String name, String help, double[] bucketSeconds) {
        Duration[] buckets =
                Arrays.stream(bucketSeconds)
                        .mapToObj(seconds -> Duration.ofMillis(Math.round(seconds * 1000)))
                        .toArray(Duration[]::new);
        return keep(
                Timer.builder(name)
                        .tags(tags)
                        .description(help)
                        .serviceLevelObjectives(buckets)
                        .register(registry));
    }

    DistributionSummary histogram(String name, String help, double[] buckets) {
        return keep(
                DistributionSummary.builder(name)
                        .tags(tags)
                        .description(help)
                        .serviceLevelObjectives(buckets)
                        .register(registry));
    }

    /** A figure that goes up and down, read at each scrape. */
    void gauge(
            LlmEngine engine, String name, String help, ToDoubleFunction<SchedulerStats> figure) {
        keep(
                Gauge.builder(name, engine, e -> figure.applyAsDouble(e.stats()))
                        .tags(tags)
                        .description(help)
                        .register(registry));
    }

    /** A count that grows, read at each scrape. */
    void reading(
            LlmEngine engine, String name, String help, ToDoubleFunction<SchedulerStats> figure) {
        keep(
                FunctionCounter.builder(name, engine, e -> figure.applyAsDouble(e.stats()))
                        .tags(tags)
                        .description(help)
                        .register(registry));
    }

    /** Facts as labels of a gauge that is 1. */
    void info(String name, String help, String... facts) {
        keep(
                Gauge.builder(name, () -> 1)
                        .tags(tags.and(facts))
                        .description(help)
                        .register(registry));
    }

    void remove() {
        registered.forEach(registry::remove);
    }
}
