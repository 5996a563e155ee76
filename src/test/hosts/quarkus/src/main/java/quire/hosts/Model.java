package quire.hosts;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import quire.LLM;

/** The model, which lives as long as the application. */
class Model {

    private static final long KV_CACHE_BYTES = 64L << 20;

    @Produces
    @Singleton
    LLM load(@ConfigProperty(name = "model") Path model) {
        return LLM.builder(model).kvCacheBytes(KV_CACHE_BYTES).load();
    }

    /** Before the end waits for requests: those that stream an answer would hold it up. */
    void stop(@Observes ShutdownDelayInitiatedEvent event, LLM llm) {
        llm.close();
    }

    void close(@Disposes LLM llm) {
        llm.close();
    }
}
