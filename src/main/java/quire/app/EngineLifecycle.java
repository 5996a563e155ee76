package quire.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jboss.logging.Logger;
import quire.batcher.Batcher;
import quire.engine.EngineConfig;
import quire.engine.LlmEngine;
import quire.engine.MemoryPlan;
import quire.error.QuireException;

/**
 * Loads the engine while HTTP already answers health checks, and ends it with the server. A model
 * that cannot be loaded ends the process with one sentence.
 */
@Singleton
class EngineLifecycle {

    private static final Logger LOG = Logger.getLogger("quire");
    private static final int EXIT_FAILED = 1;

    /** A step that takes longer than this hangs; the longest honest one takes seconds. */
    private static final Duration LONGEST_STEP = Duration.ofMinutes(5);

    private final QuireConfig config;
    private final Batcher batcher;
    private final MeterRegistry registry;
    private volatile boolean failed;
    private volatile Thread loader;

    EngineLifecycle(QuireConfig config, Batcher batcher, MeterRegistry registry) {
        this.config = config;
        this.batcher = batcher;
        this.registry = registry;
    }

    void start(@Observes StartupEvent event) {
        loader = Thread.ofPlatform().name("quire-loader").daemon(true).start(this::load);
    }

    void stop(@Observes ShutdownEvent event) throws InterruptedException {
        Thread loading = loader;
        if (loading != null && loading != Thread.currentThread()) {
            loading.interrupt();
        }
        batcher.close();
    }

    /** False when loading failed or a step hangs. */
    boolean isLive() {
        return !failed && (!batcher.ready()
                || batcher.engine().stepDuration().compareTo(LONGEST_STEP) < 0);
    }

    private void load() {
        Instant begin = Instant.now();
        try {
            EngineConfig engineConfig = Settings.engine(config);
            String name = engineConfig.servedModelNames().isEmpty()
                    ? LlmEngine.nameOf(engineConfig.model())
                    : engineConfig.servedModelNames().getFirst();
            EngineMetrics metrics = new EngineMetrics(registry, name);
            LlmEngine engine = batcher.load(engineConfig, metrics, new ProgressLog(LOG));
            metrics.watch(engine, engineConfig);
            LOG.infof("ready after %s s; %s answers on http://%s:%s/v1",
                    String.format(Locale.ROOT, "%.1f", Duration.between(begin, Instant.now()).toMillis() / 1000.0),
                    name, config.host(), config.port());
        } catch (QuireException e) {
            fail(e.getMessage());
            LOG.debug("where loading failed", e);
        } catch (OutOfMemoryError e) {
            fail("out of memory while loading: " + e.getMessage()
                    + "; " + MemoryPlan.size(Runtime.getRuntime().maxMemory()) + " of Java heap are allowed");
        } catch (RuntimeException e) {
            LOG.error("loading failed", e);
            fail("loading failed: " + e);
        }
    }

    private void fail(String sentence) {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        failed = true;
        LOG.error(sentence);
        Quarkus.asyncExit(EXIT_FAILED);
    }

    /** Produces what {@code rest} submits to. */
    @Singleton
    static final class Beans {

        @Produces
        @Singleton
        Batcher batcher(Vertx vertx, QuireConfig config) {
            return new Batcher(vertx, Settings.maxQueue(config));
        }
    }
}
