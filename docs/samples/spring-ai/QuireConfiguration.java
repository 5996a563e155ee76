package sample;

import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusNamingConvention;
import java.nio.file.Path;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.actuate.autoconfigure.metrics.MeterRegistryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import quire.LLM;
import quire.QuireMetrics;

/** A model in an application of Spring Boot, which closes it at the end. */
@Configuration
public class QuireConfiguration {

    @Bean
    LLM llm(@Value("${model}") Path model) {
        return LLM.load(model);
    }

    @Bean
    ChatModel chatModel(LLM llm) {
        return new QuireChatModel(llm);
    }

    /** Actuator binds it to the application's registry. */
    @Bean
    QuireMetrics quireMetrics(LLM llm) {
        return QuireMetrics.of(llm);
    }

    /** Keeps the colon of vLLM's names, for which Prometheus' client would write an underscore. */
    @Bean
    MeterRegistryCustomizer<PrometheusMeterRegistry> namesOfVllm() {
        return registry -> registry.config().namingConvention(new PrometheusNamingConvention() {
            @Override
            public String name(String name, Meter.Type type, String unit) {
                return super.name(name, type, unit).replaceFirst("^vllm_", "vllm:");
            }
        });
    }
}
