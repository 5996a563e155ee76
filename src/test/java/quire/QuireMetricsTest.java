package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A Java program's registries; what they get is {@code quire.metrics}' business. */
class QuireMetricsTest {

    @Test
    void bindingTwiceIsBindingOnceAndClosingTakesAllOut() {
        Outside.CPU_KERNELS.path();
        MeterRegistry one = new SimpleMeterRegistry();
        MeterRegistry another = new SimpleMeterRegistry();
        try (LLM llm = LLM.load(Path.of("models/quire-demo"))) {
            QuireMetrics metrics = QuireMetrics.of(llm);
            metrics.bindTo(one);
            List<Meter> meters = one.getMeters();
            assertFalse(meters.isEmpty());
            metrics.bindTo(one);
            assertEquals(Set.copyOf(meters), Set.copyOf(one.getMeters()));
            metrics.bindTo(another);
            assertEquals(ids(one), ids(another));
            metrics.close();
            assertEquals(List.of(), one.getMeters());
            assertEquals(List.of(), another.getMeters());
            metrics.bindTo(one);
            assertEquals(ids(one), meters.stream().map(Meter::getId).collect(Collectors.toSet()));
        }
        assertEquals(List.of(), one.getMeters());
    }

    @Test
    void warningSaysWhyAProxyHasNoMeters() {
        LLM proxy =
                (LLM)
                        Proxy.newProxyInstance(
                                LLM.class.getClassLoader(),
                                new Class<?>[] {LLM.class},
                                (object, method, arguments) -> null);
        MeterRegistry registry = new SimpleMeterRegistry();
        try (CapturedLog log = new CapturedLog("quire")) {
            QuireMetrics.of(proxy).bindTo(registry);
            assertEquals(List.of(), registry.getMeters());
            assertEquals(1, log.warnings().size());
            assertTrue(log.warnings().getFirst().contains("proxy"), log.warnings()::toString);
        }
    }

    private static Set<Meter.Id> ids(MeterRegistry registry) {
        return registry.getMeters().stream().map(Meter::getId).collect(Collectors.toSet());
    }
}
