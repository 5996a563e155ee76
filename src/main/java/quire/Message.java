package quire;

import java.util.Objects;

/**
 * A turn of a conversation: who speaks, and what. Immutable.
 *
 * <p>Roles are those that the model's chat template knows; almost all know {@code system}, {@code
 * user} and {@code assistant}, and some {@code tool}.
 */
public final class Message {

    private final String role;
    private final String text;

    private Message(String role, String text) {
        this.role = role;
        this.text = Objects.requireNonNull(text, "text");
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

    @Override
    public boolean equals(Object other) {
        return other instanceof Message message
                && role.equals(message.role)
                && text.equals(message.text);
    }

    @Override
    public int hashCode() {
        return Objects.hash(role, text);
    }

    @Override
    public String toString() {
        return role + ": " + text;
    }
}
