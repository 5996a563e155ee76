package quire.rest;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import quire.chat.TurnRenderer;
import quire.engine.ChatRenderer;
import quire.error.InvalidRequestException;
import quire.rest.api.model.ChatMessage;

/**
 * A conversation that is to become a prompt.
 *
 * @param addGenerationPrompt end with the opening of an assistant message
 * @param continueFinalMessage cut the prompt off behind the last message's text
 * @param variables further variables for the template
 * @param tools what the template tells the model that it may call
 */
record ChatPrompt(
        List<ChatMessage> messages,
        boolean addGenerationPrompt,
        boolean continueFinalMessage,
        Map<String, Object> variables,
        List<Map<String, Object>> tools) {

    static ChatPrompt of(
            List<ChatMessage> messages,
            Boolean addGenerationPrompt,
            Boolean continueFinalMessage,
            Map<String, Object> variables,
            List<Map<String, Object>> tools) {
        return new ChatPrompt(
                messages,
                Optional.ofNullable(addGenerationPrompt).orElse(true),
                Optional.ofNullable(continueFinalMessage).orElse(false),
                variables,
                tools);
    }

    /**
     * Renders the messages through the model's template.
     *
     * @throws InvalidRequestException if the model has no template, or it refuses the messages
     */
    String render(ChatRenderer chat) {
        if (continueFinalMessage && addGenerationPrompt) {
            throw new InvalidRequestException(
                    "continue_final_message",
                    "'continue_final_message' needs 'add_generation_prompt' to be false.");
        }
        String prompt =
                TurnRenderer.render(
                        chat, ChatTurns.of(messages), tools, addGenerationPrompt, variables);
        return continueFinalMessage ? cutBehind(prompt, messages.getLast()) : prompt;
    }

    /** What the assistant has said last, which an answer goes on from; empty if others spoke. */
    String begun() {
        ChatMessage last = messages.getLast();
        boolean isText = last.getContent() != null && !last.getContent().isNull();
        return last.getRole().equals("assistant") && isText ? last.getContent().text() : "";
    }

    /**
     * Cuts a prompt behind the last message's text. A template may have stripped spaces around it;
     * those at its end are kept when the template kept them.
     */
    private static String cutBehind(String prompt, ChatMessage message) {
        if (message.getContent() == null || message.getContent().isNull()) {
            throw new InvalidRequestException(
                    "continue_final_message",
                    "The last message has no content that could be continued.");
        }
        String text = message.getContent().text();
        int start = prompt.lastIndexOf(text.strip());
        if (start < 0) {
            throw new InvalidRequestException(
                    "continue_final_message",
                    "The model's chat template"
                            + " changes the last message, so that it cannot be continued.");
        }
        String withItsEnd = text.stripLeading();
        return prompt.startsWith(withItsEnd, start)
                ? prompt.substring(0, start + withItsEnd.length())
                : prompt.substring(0, start + text.strip().length());
    }
}
