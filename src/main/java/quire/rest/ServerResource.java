package quire.rest;

import io.smallrye.common.annotation.NonBlocking;
import jakarta.inject.Inject;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import quire.batcher.ServingEngine;
import quire.error.UnavailableException;
import quire.rest.api.ServerApi;
import quire.rest.api.model.LoadResponse;
import quire.rest.api.model.VersionResponse;

/** Probes and facts for operators, where vLLM has them. */
@NonBlocking
public class ServerResource implements ServerApi {

    @Inject ServingEngine serving;

    @ConfigProperty(name = "quarkus.application.version")
    String version;

    @Override
    public Response health() {
        if (serving.loading()) {
            // Says how far it is.
            serving.engine();
        }
        if (!serving.ready()) {
            throw new UnavailableException("The model is not ready; try again in a moment.");
        }
        return Response.ok().build();
    }

    @Override
    public Response ping() {
        return health();
    }

    @Override
    public Response pingByPost() {
        return health();
    }

    @Override
    public VersionResponse version() {
        return new VersionResponse().version(version);
    }

    @Override
    public LoadResponse load() {
        return new LoadResponse().serverLoad(serving.load());
    }
}
