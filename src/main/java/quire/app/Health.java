package quire.app;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;
import quire.batcher.ServingEngine;

/**
 * What an orchestrator asks: live while the engine moves, started and ready once it made a token.
 */
@Singleton
final class Health {

    private final ServingEngine serving;
    private final EngineLifecycle lifecycle;

    Health(ServingEngine serving, EngineLifecycle lifecycle) {
        this.serving = serving;
        this.lifecycle = lifecycle;
    }

    /** Down when loading failed or a step hangs: only a restart helps then. */
    @Produces
    @Liveness
    @Singleton
    HealthCheck live() {
        return () -> HealthCheckResponse.named("engine moves").status(lifecycle.isLive()).build();
    }

    @Produces
    @Startup
    @Singleton
    HealthCheck started() {
        return () -> HealthCheckResponse.named("model loaded").status(serving.ready()).build();
    }

    @Produces
    @Readiness
    @Singleton
    HealthCheck ready() {
        return () ->
                HealthCheckResponse.named("engine made a token").status(serving.ready()).build();
    }
}
