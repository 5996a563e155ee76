package quire.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;

/** Draws a request, which has some of all parameters that there are and is right as a whole. */
final class RandomBody {

    private static final List<String> TEXTS =
            List.of(
                    Asker.PROMPT,
                    "Once upon a time",
                    "A smile \uD83D\uDE42 and Straße",
                    "<|im_start|>user\n"
                            + "Name the capital of Iraq.<|im_end|>\n"
                            + "<|im_start|>assistant\n");

    private static final String SCHEMA =
            "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\"}, \"b\":"
                    + " {\"enum\": [1, \"two\"]}}, \"required\": [\"b\"]}";

    private static final String TAG =
            "\"structures\": [{\"begin\": \"The\", \"schema\": "
                    + SCHEMA
                    + ", \"end\": \".\"}], \"triggers\": [\"Th\"]";

    private static final List<String> OUTPUTS =
            List.of(
                    "{\"choice\": [\"Paris\", \"Par is\", \"Rome\"]}",
                    "{\"choice\": [\"Paris\"]}",
                    "{\"regex\": \"[a-z ]{3,40}\"}",
                    "{\"regex\": \"(\uD83D\uDE42|é){2,6}\"}",
                    "{\"json\": {\"type\": \"object\"}}",
                    "{\"json\": {\"enum\": [\"tea\", 7, null]}, \"disable_any_whitespace\": true}",
                    "{\"json\": " + SCHEMA + "}",
                    "{\"json_object\": true}",
                    "{\"structural_tag\": \"{\\\"type\\\": \\\"structural_tag\\\", "
                            + TAG.replace("\"", "\\\"")
                            + "}\"}",
                    "{\"grammar\": \"root ::= [0-9] root | [0-9]\"}");

    private static final List<String> FORMATS =
            List.of(
                    "{\"type\": \"text\"}",
                    "{\"type\": \"json_object\"}",
                    "{\"type\": \"json_schema\", \"json_schema\": {\"name\": \"n\", \"schema\": "
                            + SCHEMA
                            + "}}",
                    "{\"type\": \"structural_tag\", " + TAG + "}");

    /** Fields that OpenAI has and that change nothing. */
    private static final List<String> UNUSED =
            List.of(
                    "{\"user\": \"a\"}",
                    "{\"metadata\": {\"a\": \"b\"}}",
                    "{\"store\": true}",
                    "{\"service_tier\": \"flex\"}",
                    "{\"safety_identifier\": \"a\"}",
                    "{\"prompt_cache_key\": \"a\"}");

    private static final String TEMPLATE =
            "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n"
                    + "{% endfor %}{{ style }}{% if documents %}{{ documents[0].text }}{% endif %}"
                    + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    private final Random random;
    private final boolean isChat;
    private final ObjectNode body;

    private RandomBody(Random random, boolean isChat) {
        this.random = random;
        this.isChat = isChat;
        this.body = new Asker(isChat).body().put("seed", random.nextInt(1000));
    }

    static ObjectNode draw(Random random, boolean isChat) {
        return new RandomBody(random, isChat).drawn();
    }

    private ObjectNode drawn() {
        sampling();
        ending();
        telling();
        handling();
        if (isChat) {
            chat();
        } else {
            completion();
        }
        boolean hasForm = body.has("tools") || form();
        if (!hasForm && one(6)) {
            search();
        } else {
            bias();
            if (!hasForm) {
                words();
            }
        }
        if (isChat && one(4)) {
            body.set("max_completion_tokens", body.remove("max_tokens"));
        }
        return body;
    }

    private boolean one(int of) {
        return random.nextInt(of) == 0;
    }

    private <T> T any(List<T> some) {
        return some.get(random.nextInt(some.size()));
    }

    private static JsonNode json(String text) {
        try {
            return DemoServer.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private void sampling() {
        body.put("temperature", random.nextInt(4) * 0.6).put("n", 1 + random.nextInt(3));
        if (one(3)) {
            body.put("top_p", 0.05 + random.nextInt(19) * 0.05);
        }
        if (one(3)) {
            body.put("top_k", random.nextInt(50) - 1);
        }
        if (one(4)) {
            body.put("min_p", random.nextInt(10) * 0.1);
        }
        if (one(3)) {
            body.put("repetition_penalty", 0.5 + random.nextInt(20) * 0.1);
            body.put("presence_penalty", random.nextInt(5) - 2);
            body.put("frequency_penalty", random.nextInt(5) - 2);
        }
    }

    private boolean form() {
        if (!one(3)) {
            return false;
        }
        if (one(3)) {
            body.set("response_format", json(any(FORMATS)));
        } else {
            body.set("structured_outputs", json(any(OUTPUTS)));
        }
        return true;
    }

    private void bias() {
        if (one(5)) {
            ObjectNode bias = body.putObject("logit_bias");
            random.ints(5, 0, 4096).forEach(id -> bias.put("" + id, random.nextInt(20) - 10));
        }
    }

    private void words() {
        if (one(5)) {
            body.putArray("bad_words").add("the").add("capital of").add(".");
        }
        if (one(8)) {
            body.remove(List.of("thinking_token_budget", "bad_words"));
            ArrayNode allowed = body.putArray("allowed_token_ids");
            random.ints(60, 0, 4096).forEach(allowed::add);
        }
    }

    /** Without what is refused beside it. */
    private void search() {
        body.remove(
                List.of(
                        "repetition_penalty",
                        "presence_penalty",
                        "frequency_penalty",
                        "min_tokens",
                        "stop",
                        "include_stop_str_in_output",
                        "prompt_logprobs",
                        "thinking_token_budget"));
        if (body.has("logprobs")) {
            // An echo would tell those of the prompt, too.
            body.remove("echo");
            body.put("max_tokens", 1 + random.nextInt(12));
        }
        body.put("use_beam_search", true).put("length_penalty", random.nextInt(5) * 0.5);
    }

    private void ending() {
        int maxTokens = 1 + random.nextInt(24);
        body.put("max_tokens", maxTokens).put("ignore_eos", one(3));
        if (one(4)) {
            body.put("min_tokens", random.nextInt(maxTokens + 1));
        }
        if (one(3)) {
            ArrayNode stops = body.putArray("stop");
            for (String stop : List.of("a", " the", ".\n", "Par", "<|im_end|>")) {
                if (random.nextBoolean()) {
                    stops.add(stop);
                }
            }
            body.put("include_stop_str_in_output", random.nextBoolean());
        }
        if (one(4)) {
            body.putArray("stop_token_ids").add(random.nextInt(4096)).add(random.nextInt(400));
        }
    }

    private void telling() {
        body.put("skip_special_tokens", random.nextBoolean());
        body.put("spaces_between_special_tokens", random.nextBoolean());
        body.put("return_token_ids", one(3));
        body.put("return_tokens_as_token_ids", one(4));
        int tops = random.nextInt(6);
        if (one(2) && isChat) {
            body.put("logprobs", true).put("top_logprobs", tops);
        } else if (one(2) && !isChat) {
            body.put("logprobs", tops);
        }
        if (one(6)) {
            body.put("prompt_logprobs", random.nextInt(3));
        }
        if (one(3)) {
            body.putObject("stream_options")
                    .put("include_usage", true)
                    .put("continuous_usage_stats", random.nextBoolean());
        }
    }

    private void handling() {
        if (one(4)) {
            body.put("truncate_prompt_tokens", one(3) ? -1 : 1 + random.nextInt(20));
        }
        if (one(4)) {
            body.put("cache_salt", "salt " + random.nextInt(3));
        }
        if (one(3)) {
            body.put("thinking_token_budget", random.nextInt(12) - 1);
        }
        if (one(6)) {
            body.put("add_special_tokens", random.nextBoolean());
        }
        if (one(6)) {
            body.put("priority", random.nextInt(5) - 2);
        }
        if (one(6)) {
            body.put("request_id", "mine-" + random.nextInt(1000));
        }
        if (one(4)) {
            body.setAll((ObjectNode) json(any(UNUSED)));
        }
    }

    private void completion() {
        switch (random.nextInt(3)) {
            case 0 -> body.put("prompt", any(TEXTS));
            case 1 -> {
                ArrayNode prompts = body.putArray("prompt");
                TEXTS.stream().limit(1 + random.nextInt(TEXTS.size())).forEach(prompts::add);
            }
            default -> {
                ArrayNode ids = body.putArray("prompt");
                random.ints(1 + random.nextInt(30), 0, 4096).forEach(ids::add);
            }
        }
        body.put("echo", one(3));
        if (body.get("echo").asBoolean() && one(4)) {
            body.put("max_tokens", 0).remove(List.of("min_tokens"));
        }
    }

    private void chat() {
        body.put("include_reasoning", random.nextBoolean());
        if (one(3)) {
            tools();
        } else if (one(3)) {
            String begun = one(2) ? "<think>\nThe capital of" : "The capital";
            body.withArray("/messages").addObject().put("role", "assistant").put("content", begun);
            body.put("add_generation_prompt", false).put("continue_final_message", true);
            body.put("echo", random.nextBoolean());
        } else if (one(3)) {
            template();
        } else if (one(4)) {
            body.put("add_generation_prompt", false);
        }
        if (one(6)) {
            body.put("reasoning_effort", any(List.of("none", "low", "high")));
        }
    }

    private void tools() {
        ((ObjectNode) body.at("/messages/0")).put("content", "What time is it in Lima?");
        body.set("tools", json(ChatParameters.TOOLS));
        if (one(3)) {
            ((ObjectNode) body.at("/tools/1/function")).put("strict", true);
        }
        switch (random.nextInt(6)) {
            case 0 -> body.put("tool_choice", "none");
            case 1 -> body.put("tool_choice", "required");
            case 2 -> body.set("tool_choice", json(ChatParameters.NAMED));
            default -> body.put("tool_choice", "auto");
        }
        body.put("parallel_tool_calls", random.nextBoolean());
        body.put("max_tokens", 4 + random.nextInt(60)).remove(List.of("min_tokens"));
    }

    private void template() {
        body.put("chat_template", TEMPLATE);
        body.putObject("chat_template_kwargs").put("style", any(TEXTS));
        if (one(2)) {
            body.putArray("documents").addObject().put("text", any(TEXTS));
        }
    }
}
