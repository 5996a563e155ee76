package sample;

import io.micrometer.core.instrument.binder.MeterBinder;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import quire.LLM;
import quire.QuireMetrics;

/** A model as a bean of a Quarkus application: loaded at its start, closed at its end. */
public class QuireProducer {

    @Produces
    @Singleton
    @Startup
    LLM llm(@ConfigProperty(name = "model") Path model) {
        return LLM.load(model);
    }

    void close(@Disposes LLM llm) {
        llm.close();
    }

    /** Quarkus binds it to the application's registry. */
    @Produces
    @Singleton
    MeterBinder meters(LLM llm) {
        return QuireMetrics.of(llm);
    }
}
