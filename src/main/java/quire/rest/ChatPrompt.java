package quire.rest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import quire.engine.ChatRenderer;
import quire.error.InvalidRequestException;
import quire.rest.api.model.ChatMessage;

/**
 * A conversation that is to become a prompt.
 *
 * @param addGenerationPrompt end with the opening of an assistant message
 * @param continueFinalMessage cut the prompt off behind the last message's text
 * @param variables further variables for the template
 */
record ChatPrompt(
        List<ChatMessage> messages,
        boolean addGenerationPrompt,
        boolean continueFinalMessage,
        Map<String, Object> variables) {

    private static final Set<String> ROLES = Set.of("system", "developer", "user", "assistant");
    private static final Set<String> LATER_ROLES = Set.of("tool", "function");

    /** Variables that the request sets by fields of its own, or cannot set yet. */
    private static final Set<String> RESERVED =
            Set.of(
                    "messages",
                    "tools",
                    "documents",
                    "add_generation_prompt",
                    "continue_final_message",
                    "chat_template",
                    "tokenize");

    static ChatPrompt of(
            List<ChatMessage> messages,
            Boolean addGenerationPrompt,
            Boolean continueFinalMessage,
            Map<String, Object> variables) {
        return new ChatPrompt(
                messages,
                Optional.ofNullable(addGenerationPrompt).orElse(true),
                Optional.ofNullable(continueFinalMessage).orElse(false),
                Optional.ofNullable(variables).orElse(Map.of()));
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
        for (String variable : variables.keySet()) {
            if (RESERVED.contains(variable)) {
                String path = "chat_template_kwargs." + variable;
                throw new InvalidRequestException(path, "'" + path + "' cannot be set there.");
            }
        }
        String prompt = chat.render(templateMessages(), addGenerationPrompt, variables);
        return continueFinalMessage ? cutBehind(prompt, messages.getLast()) : prompt;
    }

    private List<Map<String, Object>> templateMessages() {
        List<Map<String, Object>> result = new ArrayList<>(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            ChatMessage message = messages.get(i);
            Map<String, Object> entry = new HashMap<>();
            entry.put("role", role(message.getRole(), "messages." + i + ".role"));
            entry.put("content", content(message, "messages." + i + ".content"));
            if (message.getName() != null) {
                entry.put("name", message.getName());
            }
            result.add(entry);
        }
        return result;
    }

    private static String content(ChatMessage message, String path) {
        MessageContent content = message.getContent();
        boolean isAbsent = content == null;
        if (!isAbsent && !content.isNull()) {
            return content.text();
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
        return "";
    }

    private static String role(String role, String path) {
        if (LATER_ROLES.contains(role)) {
            throw new InvalidRequestException(
                    path, "'" + path + "' is '" + role + "', which is not supported yet.");
        }
        if (!ROLES.contains(role)) {
            throw new InvalidRequestException(
                    path,
                    "'"
                            + path
                            + "' must be system, developer, user or assistant, but is '"
                            + StrictJson.shorten(role)
                            + "'.");
        }
        // OpenAI's newer word, which templates do not know; many would drop the message in silence.
        return role.equals("developer") ? "system" : role;
    }

    /**
     * Cuts a prompt behind the last message's text. A template may have stripped spaces around it;
     * those at its end are kept when the template kept them.
     */
    private static String cutBehind(String prompt, ChatMessage message) {
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
