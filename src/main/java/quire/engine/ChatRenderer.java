package quire.engine;

import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import quire.error.InvalidRequestException;
import quire.error.Setting;
import quire.template.ChatTemplate;
import quire.template.TemplateException;
import quire.template.TemplateLimits;

/** Turns conversations into prompts, through the model's chat template. Any thread. */
public final class ChatRenderer {

    /** Variables that a conversation sets by itself, whoever else speaks of them. */
    public static final Set<String> OWN_NAMES =
            Set.of(
                    "messages",
                    "tools",
                    "documents",
                    "add_generation_prompt",
                    "continue_final_message",
                    "chat_template",
                    "tokenize");

    private final Optional<ChatTemplate> template;
    private final Map<String, Object> ownVariables;
    private final boolean isAsked;

    /**
     * @param template empty for a model that has none that can be used
     * @param ownVariables what every rendering gets: {@code bos_token} and the like
     */
    public ChatRenderer(Optional<ChatTemplate> template, Map<String, Object> ownVariables) {
        this(template, ownVariables, false);
    }

    private ChatRenderer(
            Optional<ChatTemplate> template, Map<String, Object> ownVariables, boolean isAsked) {
        this.template = template;
        this.ownVariables = Map.copyOf(ownVariables);
        this.isAsked = isAsked;
    }

    /**
     * What renders a conversation through the template that comes with it, within {@link
     * TemplateLimits#REQUEST}.
     *
     * @param source of the template
     * @throws InvalidRequestException if it is no template
     */
    public ChatRenderer with(String source) {
        try {
            ChatTemplate asked =
                    ChatTemplate.compile(source, TemplateLimits.REQUEST, Clock.systemDefaultZone());
            return new ChatRenderer(Optional.of(asked), ownVariables, true);
        } catch (TemplateException e) {
            String line = e.line() > 0 ? "line " + e.line() + ": " : "";
            throw new InvalidRequestException(
                    "chat_template", "'chat_template' is no template: " + line + e.getMessage());
        }
    }

    /**
     * Renders a conversation.
     *
     * @param messages each with what its template may ask for: role, content, name, tool_calls
     * @param addGenerationPrompt end with the opening of an assistant's message
     * @param variables further variables for the template, {@code tools} and {@code documents}
     *     among them; the model's own give way to them
     * @throws InvalidRequestException if the model has no template, or it refuses the messages
     */
    public String render(
            List<Map<String, Object>> messages,
            boolean addGenerationPrompt,
            Map<String, Object> variables) {
        Map<String, Object> all = new HashMap<>(ownVariables);
        // Templates ask whether these are none, not whether they are defined.
        all.put("tools", null);
        all.put("documents", null);
        all.putAll(variables);
        all.put("messages", messages);
        all.put("add_generation_prompt", addGenerationPrompt);
        try {
            return template.orElseThrow(ChatRenderer::none).render(all);
        } catch (TemplateException e) {
            throw new InvalidRequestException(
                    isAsked && !e.raisedByTemplate() ? "chat_template" : "messages",
                    (isAsked ? "The request's" : "The model's")
                            + " chat template "
                            + (e.raisedByTemplate() ? "refuses" : "cannot render")
                            + " these messages: "
                            + e.getMessage());
        }
    }

    /** The source of the template; empty without one that can be used. */
    public String source() {
        return template.map(ChatTemplate::source).orElse("");
    }

    private static InvalidRequestException none() {
        return new InvalidRequestException(
                "messages",
                "This model has no chat template that can be used; continue a prompt instead of a"
                        + " conversation, or load it with "
                        + Setting.CHAT_TEMPLATE
                        + ".");
    }
}
