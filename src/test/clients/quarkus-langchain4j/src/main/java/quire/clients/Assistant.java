package quire.clients;

import dev.langchain4j.service.UserMessage;
import io.quarkiverse.langchain4j.RegisterAiService;
import jakarta.enterprise.context.ApplicationScoped;

/** Answers with the help of a tool. */
@RegisterAiService(tools = Clock.class)
@ApplicationScoped
public interface Assistant {

    String answer(@UserMessage String question);
}
