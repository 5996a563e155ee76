package quire.hosts;

import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** The one thing that the application's health is made of. */
@Readiness
@ApplicationScoped
public class Own implements HealthCheck {

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.up("own");
    }
}
