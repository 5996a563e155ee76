package quire;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

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
        if (conversation.isEmpty()) {
            throw new PromptException("a conversation without messages; give at least one");
        }
        return new Chat(List.copyOf(conversation));
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

        private Chat(List<Message> conversation) {
            this.conversation = conversation;
        }

        /**
         * Its messages.
         *
         * @return the oldest first, at least one; unmodifiable
         */
        public List<Message> conversation() {
            return conversation;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Chat prompt && conversation.equals(prompt.conversation);
        }

        @Override
        public int hashCode() {
            return conversation.hashCode();
        }

        @Override
        public String toString() {
            return conversation.toString();
        }
    }
}
