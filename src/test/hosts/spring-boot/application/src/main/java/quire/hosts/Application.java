package quire.hosts;

import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.ContextClosedEvent;
import quire.LLM;
import quire.QuireMetrics;

/** A web application with a model in it. */
@SpringBootApplication
public class Application {

    private static final long KV_CACHE_BYTES = 64L << 20;

    public static void main(String[] args) {
        SpringApplication.run(Application.class, args);
    }

    @Bean
    LLM llm(@Value("${model}") Path model) {
        return LLM.builder(model).kvCacheBytes(KV_CACHE_BYTES).load();
    }

    /** Quire's meters among the application's, where it is started with them. */
    @Bean
    @ConditionalOnProperty("meters")
    QuireMetrics meters(LLM llm) {
        return QuireMetrics.of(llm);
    }

    /** Before the end waits for requests: those that stream an answer would hold it up. */
    @Bean
    ApplicationListener<ContextClosedEvent> close(LLM llm) {
        return event -> llm.close();
    }
}
