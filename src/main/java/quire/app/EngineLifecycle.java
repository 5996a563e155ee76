package quire.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.LaunchMode;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.vertx.http.HttpServer;
import io.quarkus.vertx.http.HttpServerStart;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import quire.batcher.Farewell;
import quire.batcher.ServingEngine;
import quire.engine.EngineConfig;
import quire.engine.LlmEngine;
import quire.engine.MemoryPlan;
import quire.error.QuireException;
import quire.hub.Pull;
import quire.hub.PulledModel;
import quire.metrics.EngineMetrics;
import quire.ops.MachineMemory;
import quire.settings.Address;
import quire.settings.EngineSettings;
import quire.settings.Flags;
import quire.settings.HubModel;
import quire.settings.Settings;

/**
 * Loads the engine while HTTP already answers health checks, and ends it with the server. A model
 * that cannot be loaded ends the process with one sentence; an engine that died ends it when
 * everybody has an answer, for another process may do better.
 */
@Singleton
class EngineLifecycle {

    private static final Logger LOG = Logger.getLogger("quire");
    private static final int EXIT_FAILED = 1;

    /** EX_SOFTWARE of sysexits.h: an engine that served is dead. */
    private static final int EXIT_DEAD = 70;

    private final Settings settings;
    private final HttpServer server;
    private final String host;
    private final ServingEngine serving;
    private final Event<Farewell> farewell;
    private final MeterRegistry registry;
    private final String version;
    private final CountDownLatch listening = new CountDownLatch(1);
    private volatile boolean failed;
    private volatile Thread loader;

    EngineLifecycle(
            Settings settings,
            HttpServer server,
            @ConfigProperty(name = "quarkus.http.host") String host,
            ServingEngine serving,
            Event<Farewell> farewell,
            MeterRegistry registry,
            @ConfigProperty(name = "quarkus.application.version") String version) {
        this.settings = settings;
        this.server = server;
        this.host = host;
        this.serving = serving;
        this.farewell = farewell;
        this.registry = registry;
        this.version = version;
    }

    void start(@Observes StartupEvent event) {
        if (LaunchMode.current().isProduction()) {
            StopSignals.listen(this::stopInGoodOrder);
        }
        loader = Thread.ofPlatform().name("quire-loader").daemon(true).start(this::load);
    }

    void listen(@ObservesAsync HttpServerStart event) {
        listening.countDown();
    }

    /**
     * While HTTP still answers: what is inside ends first, and who comes is told to wait. Returns
     * whether nothing is left behind: a card whose kernel hangs keeps a JVM that shuts down, for
     * its driver waits.
     */
    private boolean stopInGoodOrder() {
        interruptLoading();
        serving.drain(Duration.ofSeconds(settings.of(Flags.SHUTDOWN_TIMEOUT)));
        serving.close();
        farewell.fire(new Farewell());
        return !serving.hung();
    }

    void stop(@Observes ShutdownEvent event) {
        interruptLoading();
        serving.close();
    }

    private void interruptLoading() {
        Thread loading = loader;
        if (loading != null && loading != Thread.currentThread()) {
            loading.interrupt();
        }
    }

    /** False when loading or the engine failed, or a step hangs. */
    boolean isLive() {
        return !failed && serving.live();
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
            EngineConfig engineConfig = engineConfig();
            LlmEngine engine = serving.load(engineConfig, this::observe, new ProgressLog(LOG));
            engine.death()
                    .thenAccept(cause -> Thread.ofPlatform().name("quire-end").start(this::end));
            listening.await();
            LOG.infof(
                    "ready after %.1f s: %s/v1 serves %s, %s",
                    sinceJvmStart().toMillis() / 1000.0,
                    new Address(host, server.getPort()).url(),
                    engine.info().servedNames().getFirst(),
                    audience());
        } catch (InterruptedException e) {
            LOG.debug("stopped before the server listened", e);
        } catch (QuireException e) {
            fail(e.message(Flags::spelled));
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

    private void observe(LlmEngine engine) {
        EngineMetrics.bind(registry, engine);
        if (!settings.of(Flags.DISABLE_LOG_STATS)) {
            ThroughputLog.start(engine, LOG);
        }
    }

    /** What the engine is told, once its model is on this machine. */
    private EngineConfig engineConfig() throws InterruptedException {
        Optional<HubModel> named = HubModel.of(settings, System.getenv());
        if (named.isEmpty()) {
            return EngineSettings.of(settings);
        }
        PulledModel pulled =
                Pull.of(
                        named.get().name(),
                        named.get().hub(),
                        new PullLog(LOG, named.get(), serving));
        LOG.infof("%s is in %s", named.get().name(), pulled.path());
        serving.comes(ServingEngine.LOADS);
        return EngineSettings.of(settings, pulled.path(), HubModel.servedNames(settings));
    }

    /**
     * Ends the process when the last answers have left. At once: a card whose kernel hangs keeps
     * whoever frees its memory waiting, and the driver cleans up after a process by itself.
     */
    private void end() {
        try {
            farewell.fire(new Farewell());
        } catch (RuntimeException e) {
            LOG.error("the last answers did not leave in good order", e);
        } finally {
            Runtime.getRuntime().halt(EXIT_DEAD);
        }
    }

    private static Duration sinceJvmStart() {
        Instant now = Instant.now();
        // The JVM's start: the process may be that of a script that built first.
        return Duration.between(
                Instant.ofEpochMilli(ManagementFactory.getRuntimeMXBean().getStartTime()), now);
    }

    /** Who can reach the server, and the flag that changes it. */
    private String audience() {
        if (new InetSocketAddress(host, 0).getAddress().isLoopbackAddress()) {
            return "to this machine alone (--host opens it)";
        }
        return settings.of(Flags.API_KEY).isEmpty()
                ? "to all who reach it (--api-key guards it)"
                : "to who has a key";
    }

    private void fail(String sentence) {
        if (Thread.currentThread().isInterrupted()) {
            return;
        }
        failed = true;
        LOG.error(sentence);
        Quarkus.asyncExit(EXIT_FAILED);
    }

    /** Produces what the resources of {@code rest} ask and submit to. */
    @Singleton
    static final class Beans {

        /** Those of the command line; in tests, properties {@code quire.…} stand for flags. */
        @Produces
        @Singleton
        Settings settings(Config config) {
            return Settings.started()
                    .orElseGet(
                            () ->
                                    Settings.lookUp(
                                            name ->
                                                    config.getOptionalValue(
                                                            "quire." + name, String.class)));
        }

        @Produces
        @Singleton
        ServingEngine serving(Vertx vertx, Settings settings) {
            return new ServingEngine(vertx, settings.of(Flags.MAX_QUEUE));
        }
    }
}
