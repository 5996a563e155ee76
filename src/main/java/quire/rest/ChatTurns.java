package quire.rest;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import quire.chat.Turn;
import quire.error.InvalidRequestException;
import quire.rest.api.model.ChatMessage;
import quire.rest.api.model.ToolCall;

/** Messages of a request as turns of a conversation. */
final class ChatTurns {

    private static final Set<String> ROLES =
            Set.of("system", "developer", "user", "assistant", "tool");

    private ChatTurns() {}

    /**
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    static List<Turn> of(List<ChatMessage> messages) {
        List<Turn> turns = new ArrayList<>(messages.size());
        for (ChatMessage message : messages) {
            turns.add(turn(message, "messages." + turns.size()));
        }
        return turns;
    }

    private static Turn turn(ChatMessage message, String path) {
        String role = role(message.getRole(), path + ".role");
        Optional<String> content = content(message, path + ".content");
        Optional<String> reasoning =
                Optional.ofNullable(message.getReasoning())
                        .or(() -> Optional.ofNullable(message.getReasoningContent()));
        if (reasoning.isPresent()) {
            requireRole(message, "assistant", path + ".reasoning");
        }
        List<Turn.Call> calls =
                Optional.ofNullable(message.getToolCalls()).orElse(List.of()).stream()
                        .map(ChatTurns::call)
                        .toList();
        if (!calls.isEmpty()) {
            requireRole(message, "assistant", path + ".tool_calls");
        }
        if (message.getToolCallId() != null) {
            requireRole(message, "tool", path + ".tool_call_id");
        }
        return new Turn(
                role,
                content,
                Optional.ofNullable(message.getName()),
                reasoning,
                calls,
                Optional.ofNullable(message.getToolCallId()));
    }

    private static Turn.Call call(ToolCall call) {
        return new Turn.Call(
                call.getId(), call.getFunction().getName(), call.getFunction().getArguments());
    }

    /** Empty for an assistant that said nothing. */
    private static Optional<String> content(ChatMessage message, String path) {
        MessageContent content = message.getContent();
        boolean isAbsent = content == null;
        if (!isAbsent && !content.isNull()) {
            return Optional.of(content.text());
        }
        if (!message.getRole().equals("assistant")) {
            throw new InvalidRequestException(
                    path,
                    isAbsent
                            ? "'" + path + "' is required."
                            : "'"
                                    + path
                                    + "' is required, but is null; an assistant's alone may be.");
        }
        return Optional.empty();
    }

    private static String role(String role, String path) {
        if (role.equals("function")) {
            throw new InvalidRequestException(
                    path, "'" + path + "' is 'function', which is gone; use 'tool'.");
        }
        if (!ROLES.contains(role)) {
            throw new InvalidRequestException(
                    path,
                    "'"
                            + path
                            + "' must be system, developer, user, assistant or tool, but is '"
                            + StrictJson.shorten(role)
                            + "'.");
        }
        // OpenAI's newer word, which templates do not know; many would drop the message in silence.
        return role.equals("developer") ? "system" : role;
    }

    private static void requireRole(ChatMessage message, String role, String path) {
        if (!message.getRole().equals(role)) {
            throw new InvalidRequestException(
                    path,
                    "'"
                            + path
                            + "' is allowed in a message of role '"
                            + role
                            + "' alone, but this one's is '"
                            + message.getRole()
                            + "'.");
        }
    }
}
