package quire.hosts;

import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.smallrye.common.annotation.Blocking;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.smallrye.mutiny.Multi;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestStreamElementType;
import org.slf4j.LoggerFactory;
import quire.ClosedException;
import quire.LLM;
import quire.Message;
import quire.Prompt;
import quire.SamplingParams;

/** What {@code HostsIT} asks for. */
@Path("/")
@Singleton
@Startup
public class Questions {

    private static final String LOG = "quire.hosts.Questions";

    private final LLM llm;
    private final MeterRegistry meters;
    private final java.nio.file.Path model;

    Questions(
            LLM llm,
            MeterRegistry meters,
            @ConfigProperty(name = "model") java.nio.file.Path model) {
        this.llm = llm;
        this.meters = meters;
        this.model = model;
    }

    @GET
    @Path("ask")
    @RunOnVirtualThread
    public String ask(@RestQuery String question) {
        meters.counter("host.questions").increment();
        return llm.chat(List.of(Message.user(question))).text();
    }

    @GET
    @Path("stream")
    @Blocking
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    public Multi<Map<String, String>> stream(@RestQuery String question) {
        return events(question, SamplingParams.DEFAULT);
    }

    /** An answer that only the end of the model's context ends, or that of the application. */
    @GET
    @Path("endless")
    @Blocking
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @RestStreamElementType(MediaType.APPLICATION_JSON)
    public Multi<Map<String, String>> endless(@RestQuery String question) {
        return events(question, SamplingParams.builder().ignoreEos(true).build());
    }

    private Multi<Map<String, String>> events(String question, SamplingParams params) {
        Prompt prompt = Prompt.chat(List.of(Message.user(question)));
        return Multi.createFrom()
                .publisher(llm.submit(prompt, params).text())
                .map(piece -> Map.of("text", piece))
                .onFailure(ClosedException.class)
                .recoverWithItem(e -> Map.of("end", e.getMessage()));
    }

    /** The answer of a second copy of Quire in this process. */
    @GET
    @Path("second")
    @RunOnVirtualThread
    public String second(@RestQuery String question) throws Exception {
        return SecondLoader.ask(model, question);
    }

    /** One line through each way that a library may log. */
    @GET
    @Path("log")
    public void log() {
        java.util.logging.Logger.getLogger(LOG).info("a line of java.util.logging");
        System.getLogger(LOG).log(System.Logger.Level.INFO, "a line of System.Logger");
        LoggerFactory.getLogger(LOG).info("a line of SLF4J");
    }
}
