package quire.rest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import quire.error.InvalidRequestException;
import quire.rest.api.model.ChatMessage;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.rest.api.model.StreamOptions;
import quire.rest.api.model.TokenizeRequest;

/**
 * Fields of OpenAI's and vLLM's APIs that cannot be honoured yet. Clients send many of them with
 * their default, which asks for nothing and passes; anything else is refused by name.
 */
final class UnsupportedFields {

    /** True for values that ask for nothing. */
    private interface Default extends Predicate<JsonNode> {}

    private static final Default NULL = JsonNode::isNull;
    private static final Default FALSE = value -> value.isNull() || isBoolean(value, false);
    private static final Default TRUE = value -> value.isNull() || isBoolean(value, true);
    private static final Default ANY_BOOLEAN = value -> value.isNull() || value.isBoolean();
    private static final Default ZERO = number(0);
    private static final Default ONE = number(1);
    private static final Default EMPTY =
            value -> value.isNull() || value.isContainerNode() && value.isEmpty();

    private static final Map<String, Default> BOTH =
            Map.ofEntries(
                    Map.entry("allowed_token_ids", NULL),
                    Map.entry("bad_words", EMPTY),
                    Map.entry("cache_salt", NULL),
                    Map.entry("early_stopping", FALSE),
                    Map.entry("echo", FALSE),
                    Map.entry("guided_choice", NULL),
                    Map.entry("guided_decoding_backend", NULL),
                    Map.entry("guided_grammar", NULL),
                    Map.entry("guided_json", NULL),
                    Map.entry("guided_regex", NULL),
                    Map.entry("guided_whitespace_pattern", NULL),
                    Map.entry("kv_transfer_params", NULL),
                    Map.entry("length_penalty", ONE),
                    Map.entry("logit_bias", EMPTY),
                    Map.entry("logits_processors", NULL),
                    Map.entry("priority", ZERO),
                    Map.entry("prompt_logprobs", NULL),
                    Map.entry("repetition_detection", NULL),
                    Map.entry("request_id", NULL),
                    Map.entry("response_format", UnsupportedFields::isTextFormat),
                    Map.entry("return_token_ids", FALSE),
                    Map.entry("return_tokens_as_token_ids", FALSE),
                    Map.entry("spaces_between_special_tokens", TRUE),
                    Map.entry("structured_outputs", NULL),
                    Map.entry("thinking_token_budget", NULL),
                    Map.entry("truncate_prompt_tokens", NULL),
                    Map.entry("use_beam_search", FALSE),
                    Map.entry("vllm_xargs", NULL));

    private static final Map<String, Default> CHAT =
            with(
                    BOTH,
                    Map.ofEntries(
                            Map.entry("audio", NULL),
                            Map.entry("chat_template", NULL),
                            Map.entry("documents", EMPTY),
                            Map.entry("function_call", word("none")),
                            Map.entry("functions", NULL),
                            Map.entry("include_reasoning", TRUE),
                            Map.entry("logprobs", FALSE),
                            Map.entry("media_io_kwargs", NULL),
                            Map.entry("mm_processor_kwargs", NULL),
                            Map.entry("modalities", UnsupportedFields::isTextModality),
                            Map.entry("moderation", NULL),
                            // Without tools there is nothing to call, in parallel or not.
                            Map.entry("parallel_tool_calls", ANY_BOOLEAN),
                            Map.entry("prediction", NULL),
                            Map.entry("prompt_cache_retention", NULL),
                            Map.entry("reasoning_effort", NULL),
                            Map.entry("tool_choice", word("none")),
                            Map.entry("tools", NULL),
                            Map.entry("top_logprobs", ZERO),
                            Map.entry("verbosity", NULL),
                            Map.entry("web_search_options", NULL)));

    private static final Map<String, Default> COMPLETION =
            with(
                    BOTH,
                    Map.of(
                            "best_of", ONE,
                            "logprobs", NULL,
                            "prompt_embeds", NULL,
                            "suffix", NULL));

    private static final Map<String, Default> MESSAGE =
            Map.of(
                    "annotations", EMPTY,
                    "audio", NULL,
                    "function_call", NULL,
                    "reasoning", NULL,
                    "reasoning_content", NULL,
                    "refusal", NULL,
                    "tool_call_id", NULL,
                    "tool_calls", EMPTY,
                    "tools", NULL,
                    "thinking", NULL);

    private static final Map<Class<?>, Map<String, Default>> FIELDS =
            Map.of(
                    CreateChatCompletionRequest.class, CHAT,
                    CreateCompletionRequest.class, COMPLETION,
                    ChatMessage.class, MESSAGE,
                    StreamOptions.class, Map.of("include_obfuscation", FALSE),
                    TokenizeRequest.class,
                            Map.of(
                                    "chat_template", NULL,
                                    "media_io_kwargs", NULL,
                                    "mm_processor_kwargs", NULL,
                                    "tools", NULL));

    private UnsupportedFields() {}

    /** Whether the field is known, though not supported. */
    static boolean knows(Class<?> request, String name) {
        return FIELDS.getOrDefault(request, Map.of()).containsKey(name);
    }

    /**
     * Passes a value that asks for nothing.
     *
     * @param path where the field stands
     * @throws InvalidRequestException naming the field when it asks for more
     */
    static void check(Class<?> request, String name, String path, JsonNode value) {
        if (!FIELDS.get(request).get(name).test(value)) {
            throw new InvalidRequestException(
                    path,
                    "'" + path + "' is not supported yet; leave it out.",
                    "unsupported_parameter");
        }
    }

    private static boolean isBoolean(JsonNode value, boolean expected) {
        return value.isBoolean() && value.booleanValue() == expected;
    }

    private static Default number(int expected) {
        return value -> value.isNull() || value.isNumber() && value.doubleValue() == expected;
    }

    private static Default word(String expected) {
        return value -> value.isNull() || value.isTextual() && value.textValue().equals(expected);
    }

    private static boolean isTextFormat(JsonNode value) {
        return value.isNull() || value.size() == 1 && value.path("type").asText().equals("text");
    }

    private static boolean isTextModality(JsonNode value) {
        return value.isNull()
                || value.isArray() && value.size() == 1 && value.get(0).asText().equals("text");
    }

    private static Map<String, Default> with(Map<String, Default> some, Map<String, Default> more) {
        Map<String, Default> all = new HashMap<>(some);
        all.putAll(more);
        return Map.copyOf(all);
    }
}
