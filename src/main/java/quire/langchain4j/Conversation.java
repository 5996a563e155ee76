package quire.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import quire.Message;
import quire.ToolCall;

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
            case AiMessage ai -> Message.assistant(text(ai), calls(ai));
            case ToolExecutionResultMessage result -> Message.tool(call(result), text(result));
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
        refuse(!ai.images().isEmpty(), "images");
        return Objects.requireNonNullElse(ai.text(), "");
    }

    private static List<ToolCall> calls(AiMessage ai) {
        return ai.toolExecutionRequests().stream()
                .map(call -> ToolCall.of(id(call.id(), call.name()), call.name(), call.arguments()))
                .toList();
    }

    private static ToolCall call(ToolExecutionResultMessage result) {
        return ToolCall.of(id(result.id(), result.toolName()), result.toolName(), "");
    }

    /** Some models give their calls no names. */
    private static String id(String id, String tool) {
        return id == null ? tool : id;
    }

    private static String text(ToolExecutionResultMessage result) {
        return result.contents().stream().map(Conversation::text).collect(Collectors.joining("\n"));
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
