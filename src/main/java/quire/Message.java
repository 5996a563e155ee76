package quire;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A turn of a conversation: who speaks, and what; calls of tools, and what came of them. Immutable.
 *
 * <p>Roles are those that the model's chat template knows; almost all know {@code system}, {@code
 * user} and {@code assistant}, and those of models that call tools {@code tool}.
 */
public final class Message {

    private final String role;
    private final String text;
    private final List<ToolCall> toolCalls;
    private final Optional<String> toolCallId;

    private Message(String role, String text) {
        this(role, text, List.of(), Optional.empty());
    }

    private Message(
            String role, String text, List<ToolCall> toolCalls, Optional<String> toolCallId) {
        this.role = role;
        this.text = Objects.requireNonNull(text, "text");
        this.toolCalls = List.copyOf(toolCalls);
        this.toolCallId = toolCallId;
    }

    /**
     * What the model is told before the conversation.
     *
     * @param text may be empty
     * @return a message of the role {@code system}
     */
    public static Message system(String text) {
        return new Message("system", text);
    }

    /**
     * What the user says.
     *
     * @param text may be empty
     * @return a message of the role {@code user}
     */
    public static Message user(String text) {
        return new Message("user", text);
    }

    /**
     * What the model said.
     *
     * @param text may be empty
     * @return a message of the role {@code assistant}
     */
    public static Message assistant(String text) {
        return new Message("assistant", text);
    }

    /**
     * What the model said and called; {@link Completion.Choice#message} makes it of an answer.
     *
     * @param text may be empty
     * @param toolCalls in their order
     * @return a message of the role {@code assistant}
     */
    public static Message assistant(String text, List<ToolCall> toolCalls) {
        return new Message("assistant", text, toolCalls, Optional.empty());
    }

    /**
     * What came of a call.
     *
     * @param call the call
     * @param text what the tool says, often JSON; may be empty
     * @return a message of the role {@code tool}
     */
    public static Message tool(ToolCall call, String text) {
        return new Message("tool", text, List.of(), Optional.of(call.id()));
    }

    /**
     * A message of any role.
     *
     * @param role as the model's chat template spells it; not blank
     * @param text may be empty
     * @return the message
     * @throws PromptException if the role is blank
     */
    public static Message of(String role, String text) {
        if (role.isBlank()) {
            throw new PromptException(
                    "the role of a message is blank; name one that the model's chat template knows,"
                            + " such as user");
        }
        return new Message(role, text);
    }

    /**
     * Who speaks.
     *
     * @return a word such as {@code user}, not blank
     */
    public String role() {
        return role;
    }

    /**
     * What is said.
     *
     * @return maybe empty
     */
    public String text() {
        return text;
    }

    /**
     * What the model called.
     *
     * @return in their order, none of any other's; unmodifiable
     */
    public List<ToolCall> toolCalls() {
        return toolCalls;
    }

    /**
     * The call that a tool answers.
     *
     * @return its id; empty where this is no answer of a tool
     */
    public Optional<String> toolCallId() {
        return toolCallId;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Message message
                && role.equals(message.role)
                && text.equals(message.text)
                && toolCalls.equals(message.toolCalls)
                && toolCallId.equals(message.toolCallId);
    }

    @Override
    public int hashCode() {
        return Objects.hash(role, text, toolCalls, toolCallId);
    }

    @Override
    public String toString() {
        return role + ": " + text + (toolCalls.isEmpty() ? "" : " " + toolCalls);
    }
}
