package quire.rest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import quire.engine.ChatRenderer;
import quire.error.InvalidRequestException;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateChatCompletionRequest.ReasoningEffortEnum;

/** What a chat template gets beside the conversation. */
final class TemplateVariables {

    private static final String DOCUMENTS = "documents";
    private static final String THINKING = "enable_thinking";

    private TemplateVariables() {}

    /**
     * The server's, and over them the request's.
     *
     * @param asked may be null
     * @throws InvalidRequestException naming a variable that a request sets by other fields
     */
    static Map<String, Object> of(Map<String, Object> defaults, Map<String, Object> asked) {
        Map<String, Object> all = new HashMap<>(defaults);
        if (asked != null) {
            for (String name : asked.keySet()) {
                if (ChatRenderer.OWN_NAMES.contains(name)) {
                    String path = "chat_template_kwargs." + name;
                    throw new InvalidRequestException(path, "'" + path + "' cannot be set there.");
                }
            }
            all.putAll(asked);
        }
        return all;
    }

    /**
     * The server's, over them the request's, and over both what the request says in fields of its
     * own. An effort says, too, whether there is to be a thought at all, as in vLLM, unless the
     * request's variables do.
     *
     * @param template its source
     * @throws InvalidRequestException naming what cannot be honoured
     */
    static Map<String, Object> of(
            Map<String, Object> defaults, CreateChatCompletionRequest request, String template) {
        Map<String, Object> asked = request.getChatTemplateKwargs();
        Map<String, Object> all = of(defaults, asked);
        ReasoningEffortEnum effort = request.getReasoningEffort();
        if (effort != null) {
            all.put("reasoning_effort", effort.toString());
            if (asked == null || !asked.containsKey(THINKING)) {
                all.put(THINKING, effort != ReasoningEffortEnum.NONE);
            }
        }
        List<Map<String, Object>> documents = request.getDocuments();
        if (documents != null && !documents.isEmpty()) {
            if (!template.contains(DOCUMENTS)) {
                throw new InvalidRequestException(
                        DOCUMENTS,
                        "'documents' would not be seen: the chat template does not speak of any;"
                                + " write them into a message.");
            }
            all.put(DOCUMENTS, documents);
        }
        return all;
    }
}
