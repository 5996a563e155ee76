package quire.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import quire.error.InvalidRequestException;
import quire.rest.api.model.ChatMessage;
import quire.rest.api.model.ToolCall;

/** Messages of a request as chat templates expect them. */
final class TemplateMessages {

    /** How calls are told, in the order in which templates are tried with them. */
    enum Shape {
        /** Arguments are an object, ids as they came, and content that there is not is null. */
        USUAL,
        /**
         * Arguments are their text, for templates that join it to other text, such as DeepSeek's.
         */
        TEXT_ARGUMENTS,
        /** Content that there is not is an empty text, for templates that search it, as Qwen3's. */
        EMPTY_CONTENT,
        /** Ids are nine letters and digits: Mistral's templates refuse others. */
        NINE_CHARACTER_IDS
    }

    private static final Set<String> ROLES =
            Set.of("system", "developer", "user", "assistant", "tool");

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
            new TypeReference<>() {};

    private static final int NINE = 9;

    private TemplateMessages() {}

    /**
     * @throws InvalidRequestException naming the field that cannot be honoured
     */
    static List<Map<String, Object>> of(List<ChatMessage> messages, Shape shape) {
        List<Map<String, Object>> result = new ArrayList<>(messages.size());
        for (ChatMessage message : messages) {
            String path = "messages." + result.size();
            Map<String, Object> entry = new HashMap<>();
            entry.put("role", role(message.getRole(), path + ".role"));
            entry.put("content", content(message, path + ".content", shape));
            if (message.getName() != null) {
                entry.put("name", message.getName());
            }
            String reasoning =
                    message.getReasoning() != null
                            ? message.getReasoning()
                            : message.getReasoningContent();
            if (reasoning != null) {
                requireRole(message, "assistant", path + ".reasoning");
                entry.put("reasoning_content", reasoning);
            }
            if (hasCalls(message)) {
                requireRole(message, "assistant", path + ".tool_calls");
                entry.put("tool_calls", calls(message.getToolCalls(), shape));
            }
            if (message.getToolCallId() != null) {
                requireRole(message, "tool", path + ".tool_call_id");
                entry.put("tool_call_id", id(message.getToolCallId(), shape));
            }
            result.add(entry);
        }
        return result;
    }

    static boolean hasCalls(ChatMessage message) {
        return message.getToolCalls() != null && !message.getToolCalls().isEmpty();
    }

    /** Null for an assistant that only called: templates ask for it. */
    private static String content(ChatMessage message, String path, Shape shape) {
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
        return hasCalls(message) && shape != Shape.EMPTY_CONTENT ? null : "";
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

    private static List<Map<String, Object>> calls(List<ToolCall> calls, Shape shape) {
        List<Map<String, Object>> result = new ArrayList<>();
        for (ToolCall call : calls) {
            String text = call.getFunction().getArguments();
            Map<String, Object> function = new LinkedHashMap<>();
            function.put("name", call.getFunction().getName());
            function.put("arguments", shape == Shape.TEXT_ARGUMENTS ? text : object(text));
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("id", id(call.getId(), shape));
            entry.put("type", "function");
            entry.put("function", function);
            result.add(entry);
        }
        return result;
    }

    private static String id(String id, Shape shape) {
        if (shape != Shape.NINE_CHARACTER_IDS || id.length() == NINE) {
            return id;
        }
        String digits = UUID.nameUUIDFromBytes(id.getBytes(StandardCharsets.UTF_8)).toString();
        return digits.replace("-", "").substring(0, NINE);
    }

    /**
     * The object that a model wrote. One that it wrote wrongly must not make every later turn fail:
     * the model sees what it wrote.
     */
    private static Map<String, Object> object(String text) {
        if (text.isBlank()) {
            return Map.of();
        }
        try {
            Map<String, Object> object = JSON.readValue(text, OBJECT);
            return object == null ? Map.of() : object;
        } catch (JsonProcessingException e) {
            return Map.of("invalid_json", text);
        }
    }
}
