package quire.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import quire.batcher.Batcher;
import quire.engine.EngineConfig;
import quire.engine.LlmEngine;
import quire.engine.MemoryPlan;
import quire.error.QuireException;
import quire.ops.MachineMemory;

/**
 * Loads the engine while HTTP already answers health checks, and ends it with the server. A model
 * that cannot be loaded ends the process with one sentence.
 */
@Singleton
class EngineLifecycle {

    private static final Logger LOG = Logger.getLogger("quire");
    private static final int EXIT_FAILED = 1;

    private final QuireConfig config;
    private final Batcher batcher;
    private final MeterRegistry registry;
    private final String version;
    private volatile boolean failed;
    private volatile Thread loader;

    EngineLifecycle(
            QuireConfig config,
            Batcher batcher,
            MeterRegistry registry,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.config = config;
        this.batcher = batcher;
        this.registry = registry;
        this.version = version;
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

    /** False when loading or the engine failed, or a step hangs. */
    boolean isLive() {
        return !failed && (!batcher.ready() || batcher.engine().isLive());
    }

    private void load() {
        try {
            LOG.infof(
                    "Quire %s on JDK %s, %s %s, %d processors, %s of memory available",
                    version,
                    Runtime.version(),
                    System.getProperty("os.name"),
                    System.getProperty("os.arch"),
                    Runtime.getRuntime().availableProcessors(),
                    MemoryPlan.size(MachineMemory.now().availableBytes()));
            EngineConfig engineConfig = Settings.engine(config);
            String name =
                    engineConfig.servedModelNames().isEmpty()
                            ? LlmEngine.nameOf(engineConfig.model())
                            : engineConfig.servedModelNames().getFirst();
            EngineMetrics metrics = new EngineMetrics(registry, name);
            LlmEngine engine = batcher.load(engineConfig, metrics, new ProgressLog(LOG));
            metrics.watch(engine, engineConfig);
            LOG.infof(
                    "ready after %.1f s: %s serves %s, %s",
                    sinceJvmStart().toMillis() / 1000.0, address(), name, audience());
        } catch (QuireException e) {
            fail(e.getMessage());
            LOG.debug("where loading failed", e);
        } catch (OutOfMemoryError e) {
            fail(
                    "out of memory while loading: "
                            + e.getMessage()
                            + "; "
                            + MemoryPlan.size(Runtime.getRuntime().maxMemory())
                            + " of Java heap are allowed");
        } catch (RuntimeException | Error e) {
            // An Error too: a native library that does not link must not leave a server that loads
            // forever.
            LOG.error("loading failed", e);
            fail("loading failed: " + e);
        }
    }

    private static Duration sinceJvmStart() {
        Instant now = Instant.now();
        // The JVM's start: the process may be that of a script that built first.
        return Duration.between(
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()), now);
    }

    private String address() {
        String host = config.host().contains(":") ? "[" + config.host() + "]" : config.host();
        return "http://" + host + ":" + config.port() + "/v1";
    }

    /** Who can reach the server, and the flag that changes it. */
    private String audience() {
        if (new InetSocketAddress(config.host(), 0).getAddress().isLoopbackAddress()) {
            return "to this machine alone (--host opens it)";
        }
        return config.apiKey().isPresent()
                ? "to who has a key"
                : "to all who reach it (--api-key guards it)";
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
