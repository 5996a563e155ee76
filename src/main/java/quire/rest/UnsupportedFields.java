package quire.rest;

import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import quire.error.InvalidRequestException;
import quire.rest.api.model.ChatMessage;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.rest.api.model.StreamOptions;
import quire.rest.api.model.TokenizeRequest;

/**
 * Fields of OpenAI's and vLLM's APIs that cannot be honoured yet, one a row. Clients send many of
 * them with a value that asks for nothing, null above all, which passes; the rest of a request is
 * refused by name, all in one sentence. A field that becomes supported leaves this table.
 */
final class UnsupportedFields {

    /** More are counted, not named. */
    private static final int MAX_NAMED = 10;

    private static final Set<Class<?>> CHAT = Set.of(CreateChatCompletionRequest.class);
    private static final Set<Class<?>> COMPLETION = Set.of(CreateCompletionRequest.class);
    private static final Set<Class<?>> BOTH =
            Set.of(CreateChatCompletionRequest.class, CreateCompletionRequest.class);
    private static final Set<Class<?>> CHAT_AND_TOKENIZE =
            Set.of(CreateChatCompletionRequest.class, TokenizeRequest.class);
    private static final Set<Class<?>> MESSAGE = Set.of(ChatMessage.class);
    private static final Set<Class<?>> OPTIONS = Set.of(StreamOptions.class);

    /** Bodies, as opposed to what lies in them. */
    private static final Set<Class<?>> REQUESTS =
            Set.of(
                    CreateChatCompletionRequest.class,
                    CreateCompletionRequest.class,
                    TokenizeRequest.class);

    private static final Predicate<JsonNode> NULL = JsonNode::isNull;
    private static final Predicate<JsonNode> FALSE = value -> isBoolean(value, false);
    private static final Predicate<JsonNode> TRUE = value -> isBoolean(value, true);
    private static final Predicate<JsonNode> ZERO = number(0);
    private static final Predicate<JsonNode> ONE = number(1);
    private static final Predicate<JsonNode> EMPTY =
            value -> value.isContainerNode() && value.isEmpty();

    /**
     * A row of the table.
     *
     * @param nothing true for values that ask for nothing; never asked about null, which always
     *     does
     * @param companion the field that gives this one its meaning, and is refused with it; or empty
     */
    private record Row(
            String name, Set<Class<?>> objects, Predicate<JsonNode> nothing, String companion) {}

    // spotless:off (a table)
    private static final List<Row> ROWS = List.of(
            row("annotations", MESSAGE, EMPTY),
            row("audio", CHAT, NULL),
            row("audio", MESSAGE, NULL),
            row("best_of", COMPLETION, ONE),
            row("early_stopping", BOTH, FALSE),
            row("function_call", CHAT, words("none", "auto"), "functions"),
            row("function_call", MESSAGE, NULL),
            row("functions", CHAT, EMPTY),
            row("guided_choice", BOTH, NULL),
            row("guided_decoding_backend", BOTH, NULL),
            row("guided_grammar", BOTH, NULL),
            row("guided_json", BOTH, NULL),
            row("guided_regex", BOTH, NULL),
            row("guided_whitespace_pattern", BOTH, NULL),
            row("include_obfuscation", OPTIONS, FALSE),
            row("kv_transfer_params", BOTH, NULL),
            row("logits_processors", BOTH, EMPTY),
            row("media_io_kwargs", CHAT_AND_TOKENIZE, EMPTY),
            row("mm_processor_kwargs", CHAT_AND_TOKENIZE, EMPTY),
            row("modalities", CHAT, UnsupportedFields::isTextModality),
            row("moderation", CHAT, NULL),
            row("prediction", CHAT, NULL),
            row("prompt_cache_retention", CHAT, NULL),
            row("prompt_embeds", COMPLETION, NULL),
            row("refusal", MESSAGE, NULL),
            row("repetition_detection", BOTH, NULL),
            row("suffix", COMPLETION, NULL),
            row("thinking", MESSAGE, NULL),
            row("tools", MESSAGE, EMPTY),
            row("verbosity", CHAT, NULL),
            row("vllm_xargs", BOTH, EMPTY),
            row("web_search_options", CHAT, NULL));
    // spotless:on

    /** What vLLM took away itself, and what its users do instead. */
    private static final Map<String, String> GONE =
            Map.of("best_of", "ask for 'n' choices and take the best by their 'logprobs'");

    private static final Map<Class<?>, Map<String, Row>> FIELDS = fields();

    /** What a body has brought of these so far, by path: {@code messages.0.tool_calls}. */
    private final Map<String, Row> asking = new LinkedHashMap<>();

    private final Map<String, Row> askingNothing = new LinkedHashMap<>();
    private int numUnnamed;

    private UnsupportedFields() {}

    /** Whether the field is known, though not supported. */
    static boolean knows(Class<?> object, String name) {
        return FIELDS.getOrDefault(object, Map.of()).containsKey(name);
    }

    /** Whether the type is that of a whole body. */
    static boolean isRequest(Class<?> type) {
        return REQUESTS.contains(type);
    }

    /** The names of a request's fields, without those of its messages. */
    static Set<String> names(Class<?> request) {
        return FIELDS.get(request).keySet();
    }

    /**
     * Notes a field of the body that is being read.
     *
     * @param object what the field is one of
     * @param path where it stands
     */
    static void note(
            DeserializationContext context,
            Class<?> object,
            String name,
            String path,
            JsonNode value) {
        if (value.isNull()) {
            return;
        }
        UnsupportedFields noted = noted(context);
        Row row = FIELDS.get(object).get(name);
        if (row.nothing.test(value)) {
            if (!row.companion.isEmpty()) {
                noted.askingNothing.put(path, row);
            }
        } else if (noted.asking.size() < MAX_NAMED) {
            noted.asking.put(path, row);
        } else {
            noted.numUnnamed++;
        }
    }

    private static UnsupportedFields noted(DeserializationContext context) {
        Object noted = context.getAttribute(UnsupportedFields.class);
        if (noted == null) {
            noted = new UnsupportedFields();
            context.setAttribute(UnsupportedFields.class, noted);
        }
        return (UnsupportedFields) noted;
    }

    /**
     * To be called when the body was read.
     *
     * @throws InvalidRequestException naming all fields that ask for something
     */
    static void refuseNoted(DeserializationContext context) {
        UnsupportedFields noted = noted(context);
        if (noted.asking.isEmpty()) {
            return;
        }
        List<String> paths = new ArrayList<>(noted.asking.keySet());
        noted.askingNothing.forEach(
                (path, row) -> {
                    if (noted.asking.containsKey(row.companion)) {
                        paths.add(path);
                    }
                });
        throw new InvalidRequestException(
                paths.getFirst(), sentence(paths, noted.numUnnamed), "unsupported_parameter");
    }

    private static String sentence(List<String> paths, int numUnnamed) {
        List<String> names = new ArrayList<>(paths.stream().map(path -> "'" + path + "'").toList());
        if (numUnnamed > 0) {
            names.add(numUnnamed + " more");
        }
        if (names.size() == 1 && GONE.containsKey(paths.getFirst())) {
            return names.getFirst() + " is gone, as in vLLM: " + GONE.get(paths.getFirst()) + ".";
        }
        if (names.size() == 1) {
            return names.getFirst() + " is not supported yet; leave it out.";
        }
        return String.join(", ", names.subList(0, names.size() - 1))
                + " and "
                + names.getLast()
                + " are not supported yet; leave them out.";
    }

    private static boolean isBoolean(JsonNode value, boolean expected) {
        return value.isBoolean() && value.booleanValue() == expected;
    }

    private static Predicate<JsonNode> number(int expected) {
        return value -> value.isNumber() && value.doubleValue() == expected;
    }

    private static Predicate<JsonNode> words(String... expected) {
        Set<String> words = Set.of(expected);
        return value -> value.isTextual() && words.contains(value.textValue());
    }

    private static boolean isTextModality(JsonNode value) {
        return value.isArray() && value.size() == 1 && value.get(0).asText().equals("text");
    }

    private static Row row(String name, Set<Class<?>> objects, Predicate<JsonNode> nothing) {
        return row(name, objects, nothing, "");
    }

    private static Row row(
            String name, Set<Class<?>> objects, Predicate<JsonNode> nothing, String companion) {
        return new Row(name, objects, nothing, companion);
    }

    private static Map<Class<?>, Map<String, Row>> fields() {
        Map<Class<?>, Map<String, Row>> fields = new HashMap<>();
        for (Row row : ROWS) {
            for (Class<?> object : row.objects) {
                fields.computeIfAbsent(object, any -> new LinkedHashMap<>()).put(row.name, row);
            }
        }
        return fields;
    }
}
