package quire.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import quire.Message;

/** LangChain4j's messages in Quire's words; what is not text is refused, never left out. */
final class Conversation {

    private Conversation() {}

    /**
     * In the same order.
     *
     * @throws UnsupportedFeatureException naming what Quire does not have
     */
    static List<Message> of(Iterable<ChatMessage> messages) {
        return StreamSupport.stream(messages.spliterator(), false)
                .map(Conversation::message)
                .toList();
    }

    private static Message message(ChatMessage message) {
        return switch (message) {
            case SystemMessage system -> Message.system(system.text());
            case UserMessage user -> Message.user(text(user));
            case AiMessage ai -> Message.assistant(text(ai));
            default -> throw unsupported("messages of the type " + message.type());
        };
    }

    private static String text(UserMessage user) {
        refuse(user.name() != null, "the name of a user, " + user.name());
        return user.contents().stream().map(Conversation::text).collect(Collectors.joining("\n"));
    }

    private static String text(Content content) {
        refuse(!(content instanceof TextContent), "content of the type " + content.type());
        return ((TextContent) content).text();
    }

    private static String text(AiMessage ai) {
        refuse(ai.hasToolExecutionRequests(), "tool calls");
        refuse(!ai.images().isEmpty(), "images");
        return Objects.requireNonNullElse(ai.text(), "");
    }

    static void refuse(boolean isAskedFor, String what) {
        if (isAskedFor) {
            throw unsupported(what);
        }
    }

    private static UnsupportedFeatureException unsupported(String what) {
        return new UnsupportedFeatureException("Quire does not support " + what);
    }
}
