package quire.clients;

import dev.langchain4j.service.UserMessage;
import io.quarkiverse.langchain4j.RegisterAiService;
import jakarta.enterprise.context.ApplicationScoped;

/** Answers with a record. */
@RegisterAiService
@ApplicationScoped
public interface Geographer {

    /** A country and its capital. */
    record Capital(String country, String capital) {}

    Capital capital(@UserMessage String question);
}
