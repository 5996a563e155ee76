package quire.rest;

import io.smallrye.common.annotation.NonBlocking;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.stream.Stream;
import quire.batcher.ServingEngine;
import quire.engine.ModelInfo;
import quire.rest.api.ModelsApi;
import quire.rest.api.model.ListModelsResponse;
import quire.rest.api.model.Model;
import quire.settings.HubModel;
import quire.settings.Settings;

/** {@code /v1/models}. */
@NonBlocking
public class ModelsResource implements ModelsApi {

    @Inject ServingEngine serving;
    @Inject Settings settings;

    @Override
    public ListModelsResponse listModels() {
        if (serving.loading()) {
            return list(HubModel.servedNames(settings).stream().map(this::comingModel));
        }
        ModelInfo info = serving.engine().info();
        return list(info.servedNames().stream().map(name -> model(info, name)));
    }

    private static ListModelsResponse list(Stream<Model> models) {
        return new ListModelsResponse()
                ._object(ListModelsResponse.ObjectEnum.LIST)
                .data(models.toList());
    }

    @Override
    public Model retrieveModel(String model) {
        Served served = Served.of(serving.engine(), settings);
        served.model(model);
        return model(served.info(), model);
    }

    /** The same for names such as {@code Qwen/Qwen3-8B} whose slash was not escaped. */
    @GET
    @Path("/{owner}/{name}")
    @Produces(MediaType.APPLICATION_JSON)
    public Model retrieveOwnedModel(
            @PathParam("owner") String owner, @PathParam("name") String name) {
        return retrieveModel(owner + "/" + name);
    }

    /** One that is being downloaded or loaded. */
    private Model comingModel(String name) {
        return model(name, Instant.now(), HubModel.servedNames(settings).getFirst());
    }

    private static Model model(ModelInfo info, String name) {
        return model(name, info.loaded(), info.servedNames().getFirst())
                .maxModelLen(info.maxModelLength());
    }

    private static Model model(String name, Instant created, String root) {
        return new Model()
                .id(name)
                ._object(Model.ObjectEnum.MODEL)
                .created(created.getEpochSecond())
                .ownedBy("quire")
                .root(root);
    }
}
