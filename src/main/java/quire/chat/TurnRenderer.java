package quire.chat;

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
import java.util.UUID;
import quire.engine.ChatRenderer;
import quire.error.InvalidRequestException;

/** Renders conversations with calls in them, of which every template has ideas of its own. */
public final class TurnRenderer {

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

    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT =
            new TypeReference<>() {};

    private static final int NINE = 9;

    private TurnRenderer() {}

    /**
     * The prompt that a model's template makes of a conversation.
     *
     * @param tools what the template tells the model that it may call; none for not to speak of
     *     tools
     * @param variables further ones for the template
     * @throws InvalidRequestException if the model has no template, or it refuses the turns
     */
    public static String render(
            ChatRenderer chat,
            List<Turn> turns,
            List<Map<String, Object>> tools,
            boolean addGenerationPrompt,
            Map<String, Object> variables) {
        Map<String, Object> all = new HashMap<>(variables);
        all.put("tools", tools.isEmpty() ? null : tools);
        boolean hasCalls = turns.stream().anyMatch(turn -> !turn.calls().isEmpty());
        InvalidRequestException first = null;
        for (Shape shape : hasCalls ? Shape.values() : new Shape[] {Shape.USUAL}) {
            try {
                return chat.render(shaped(turns, shape), addGenerationPrompt, all);
            } catch (InvalidRequestException e) {
                first = first == null ? e : first;
            }
        }
        throw first;
    }

    /** Turns as chat templates expect them. */
    static List<Map<String, Object>> shaped(List<Turn> turns, Shape shape) {
        return turns.stream().map(turn -> shaped(turn, shape)).toList();
    }

    private static Map<String, Object> shaped(Turn turn, Shape shape) {
        Map<String, Object> entry = new HashMap<>();
        boolean mayBeNull = !turn.calls().isEmpty() && shape != Shape.EMPTY_CONTENT;
        entry.put("role", turn.role());
        // Templates ask for the content of an assistant that only called.
        entry.put("content", turn.content().orElse(mayBeNull ? null : ""));
        turn.name().ifPresent(name -> entry.put("name", name));
        // Some templates ask for the newer name, most for the older one.
        for (String name : List.of("reasoning", "reasoning_content")) {
            turn.reasoning().ifPresent(thought -> entry.put(name, thought));
        }
        if (!turn.calls().isEmpty()) {
            entry.put("tool_calls", calls(turn.calls(), shape));
        }
        turn.callId().ifPresent(id -> entry.put("tool_call_id", id(id, shape)));
        return entry;
    }

    private static List<Map<String, Object>> calls(List<Turn.Call> calls, Shape shape) {
        List<Map<String, Object>> result = new ArrayList<>();
        for (Turn.Call call : calls) {
            String text = call.arguments();
            Map<String, Object> function = new LinkedHashMap<>();
            function.put("name", call.name());
            function.put("arguments", shape == Shape.TEXT_ARGUMENTS ? text : object(text));
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("id", id(call.id(), shape));
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
