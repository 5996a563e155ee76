package quire;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import quire.engine.LlmEngine;
import quire.metrics.EngineMetrics;

/**
 * The meters of {@code quire serve} in a registry of Micrometer, with the same names, labels,
 * descriptions and buckets, which are those of vLLM. Needs {@code io.micrometer:micrometer-core} on
 * the class path; without this class nothing asks for it, and an {@link LLM} whose meters nobody
 * bound counts nothing.
 *
 * <pre>{@code
 * QuireMetrics metrics = QuireMetrics.of(llm);
 * metrics.bindTo(registry);
 * }</pre>
 *
 * <p>Figures begin with the binding. Each has the labels {@code model_name} and {@code engine}: 0,
 * or the next number where the registry has another engine of that name. The meters leave the
 * registry when the {@link LLM} is closed, or this is. Any thread.
 */
public final class QuireMetrics implements MeterBinder, AutoCloseable {

    private static final System.Logger LOG = System.getLogger("quire");

    private final Optional<LlmEngine> engine;
    private final Map<MeterRegistry, EngineMetrics> bound = new IdentityHashMap<>();

    private QuireMetrics(Optional<LlmEngine> engine) {
        this.engine = engine;
    }

    /**
     * The meters of a loaded model.
     *
     * @param llm what {@link LLMBuilder#load} returned; any other, such as a framework's proxy of
     *     it, has no meters, and a warning says so where they are bound
     * @return its meters, bound to nothing yet
     */
    public static QuireMetrics of(LLM llm) {
        return new QuireMetrics(
                llm instanceof EngineLLM ours ? Optional.of(ours.engine()) : Optional.empty());
    }

    /**
     * Registers the meters; a second time in the same registry does nothing.
     *
     * @param registry whom they are for
     */
    @Override
    public synchronized void bindTo(MeterRegistry registry) {
        engine.ifPresentOrElse(
                ours ->
                        bound.computeIfAbsent(
                                registry, unbound -> EngineMetrics.bind(unbound, ours)),
                () ->
                        LOG.log(
                                System.Logger.Level.WARNING,
                                "there are no meters of an LLM that Quire did not load, or of a"
                                        + " proxy of one: give QuireMetrics what load() returned"));
    }

    /** Takes the meters out of every registry that they were bound to. */
    @Override
    public synchronized void close() {
        bound.values().forEach(EngineMetrics::unbind);
        bound.clear();
    }
}
