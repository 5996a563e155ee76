package quire.hosts;

import io.quarkus.arc.lookup.LookupIfProperty;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import quire.LLM;
import quire.QuireMetrics;

/** The model, which lives as long as the application. */
class Model {

    private static final long KV_CACHE_BYTES = 64L << 20;

    @Produces
    @Singleton
    LLM load(@ConfigProperty(name = "model") Path model) {
        return LLM.builder(model).kvCacheBytes(KV_CACHE_BYTES).load();
    }

    /** Quire's meters among the application's, where it is started with them. */
    @Produces
    @Singleton
    @LookupIfProperty(name = "meters", stringValue = "true")
    QuireMetrics meters(LLM llm) {
        return QuireMetrics.of(llm);
    }

    /** Before the end waits for requests: those that stream an answer would hold it up. */
    void stop(@Observes ShutdownDelayInitiatedEvent event, LLM llm) {
        llm.close();
    }

    void close(@Disposes LLM llm) {
        llm.close();
    }
}
