package quire;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import quire.engine.ChatRenderer;

/**
 * What a model goes on from: a text, tokens, or a conversation. Immutable. More kinds may come: a
 * {@code switch} over them needs a default.
 */
public sealed interface Prompt {

    /**
     * A text to be continued, behind the tokens that the model puts in front of texts.
     *
     * @param text special tokens that are written out in it become those tokens
     * @return the prompt
     */
    static Prompt text(String text) {
        return new Text(Objects.requireNonNull(text, "text"));
    }

    /**
     * Tokens to be continued, as they are.
     *
     * @param tokenIds all of them, special tokens included; copied
     * @return the prompt
     */
    static Prompt tokens(int... tokenIds) {
        return new Tokens(tokenIds.clone());
    }

    /**
     * A conversation whose next message is to be made, through the model's chat template.
     *
     * @param conversation at least one message, the oldest first; copied
     * @return the prompt
     * @throws PromptException if there is no message
     */
    static Prompt chat(List<Message> conversation) {
        return chat(conversation, Map.of());
    }

    /**
     * As {@link #chat(List)}, with further variables for the chat template: {@code enable_thinking}
     * and {@code reasoning_effort} are such, and {@code documents} where a template shows any. One
     * that the template does not know has no effect.
     *
     * @param conversation at least one message, the oldest first; copied
     * @param templateVariables booleans, numbers, strings, and lists and maps of these; copied,
     *     what lies in them is not
     * @return the prompt
     * @throws PromptException if there is no message, or a variable has the name of one that the
     *     conversation sets, such as {@code messages}
     */
    static Prompt chat(List<Message> conversation, Map<String, Object> templateVariables) {
        if (conversation.isEmpty()) {
            throw new PromptException("a conversation without messages; give at least one");
        }
        for (String name : templateVariables.keySet()) {
            if (ChatRenderer.OWN_NAMES.contains(name) && !name.equals("documents")) {
                throw new PromptException(
                        "the template variable '"
                                + name
                                + "' is set by the conversation itself; leave it out");
            }
        }
        return new Chat(List.copyOf(conversation), Map.copyOf(templateVariables));
    }

    /** A text. */
    final class Text implements Prompt {

        private final String text;

        private Text(String text) {
            this.text = text;
        }

        /**
         * The text.
         *
         * @return as it was given
         */
        public String text() {
            return text;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Text prompt && text.equals(prompt.text);
        }

        @Override
        public int hashCode() {
            return text.hashCode();
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Token ids. */
    final class Tokens implements Prompt {

        private final int[] tokenIds;

        private Tokens(int[] tokenIds) {
            this.tokenIds = tokenIds;
        }

        /**
         * The ids.
         *
         * @return a copy
         */
        public int[] tokenIds() {
            return tokenIds.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Tokens prompt && Arrays.equals(tokenIds, prompt.tokenIds);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(tokenIds);
        }

        @Override
        public String toString() {
            return Arrays.toString(tokenIds);
        }
    }

    /** A conversation. */
    final class Chat implements Prompt {

        private final List<Message> conversation;
        private final Map<String, Object> templateVariables;

        private Chat(List<Message> conversation, Map<String, Object> templateVariables) {
            this.conversation = conversation;
            this.templateVariables = templateVariables;
        }

        /**
         * Its messages.
         *
         * @return the oldest first, at least one; unmodifiable
         */
        public List<Message> conversation() {
            return conversation;
        }

        /**
         * Further variables for the chat template.
         *
         * @return by name; unmodifiable
         */
        public Map<String, Object> templateVariables() {
            return templateVariables;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Chat prompt
                    && conversation.equals(prompt.conversation)
                    && templateVariables.equals(prompt.templateVariables);
        }

        @Override
        public int hashCode() {
            return Objects.hash(conversation, templateVariables);
        }

        @Override
        public String toString() {
            return conversation.toString();
        }
    }
}
