package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whatever a request asks for, its stream joined is its answer as a whole. {@code
 * -Dquire.streams.rounds} and {@code -Dquire.streams.seed} choose others; 1000 is the full test.
 */
@QuarkusTest
@TestProfile(RandomParametersTest.Thinking.class)
@Timeout(600)
class RandomParametersTest {

    /** A server that tells thoughts apart. */
    public static final class Thinking implements QuarkusTestProfile {

        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quire.kv-cache-memory-bytes", "64M",
                    "quire.max-num-seqs", "8",
                    "quire.reasoning-parser", "qwen3");
        }
    }

    private static final List<String> TEXTS =
            List.of(
                    Asker.PROMPT,
                    "Once upon a time",
                    "A smile \uD83D\uDE42 and Straße",
                    "<|im_start|>user\n"
                            + "Name the capital of Iraq.<|im_end|>\n"
                            + "<|im_start|>assistant\n");

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    @Test
    void joinedStreamIsTheWholeAnswer() throws Exception {
        long first = Long.getLong("quire.streams.seed", 20_261_127L);
        int rounds = Integer.getInteger("quire.streams.rounds", 100);
        for (long seed = first; seed < first + rounds; seed++) {
            Random random = new Random(seed);
            Asker asker = new Asker(random.nextBoolean());
            ObjectNode body = body(random, asker.isChat());
            try {
                compare(asker, body);
            } catch (AssertionError e) {
                throw new AssertionError(
                        "rerun with -Dquire.streams.rounds=1 -Dquire.streams.seed="
                                + seed
                                + ": "
                                + body,
                        e);
            }
        }
    }

    private static void compare(Asker asker, ObjectNode body) {
        JsonNode whole = asker.answer(body);
        List<JsonNode> chunks = asker.chunks(body);
        for (JsonNode choice : whole.get("choices")) {
            ObjectNode joined = asker.joined(chunks, choice.get("index").asInt());
            ObjectNode expected = choice.deepCopy();
            if (whole.has("prompt_token_ids")) {
                expected.set("prompt_token_ids", whole.get("prompt_token_ids"));
            }
            assertEquals(normal(expected), normal(joined));
        }
    }

    /** Without what is null or empty, and the ids of calls, which are drawn. */
    private static JsonNode normal(ObjectNode choice) {
        for (String name : List.of("text", "logprobs", "stop_reason")) {
            if (choice.path(name).isNull() || choice.path(name).asText("-").isEmpty()) {
                choice.remove(name);
            }
        }
        if (choice.get("message") instanceof ObjectNode message) {
            message.remove("refusal");
            if (message.path("content").asText("").isEmpty() || message.get("content").isNull()) {
                message.remove("content");
            }
            message.path("tool_calls").forEach(call -> ((ObjectNode) call).remove("id"));
        }
        return choice;
    }

    private static final List<String> FORMS =
            List.of(
                    "{\"choice\": [\"Paris\", \"Par is\", \"Rome\"]}",
                    "{\"regex\": \"[a-z ]{3,40}\"}",
                    "{\"json\": {\"type\": \"object\"}}",
                    "{\"json\": {\"enum\": [\"tea\", 7, null]}, \"disable_any_whitespace\": true}",
                    "{\"grammar\": \"root ::= [0-9] root | [0-9]\"}");

    private static ObjectNode body(Random random, boolean isChat) throws Exception {
        ObjectNode body = new Asker(isChat).body().put("seed", random.nextInt(1000));
        sampling(random, body);
        ending(random, body);
        telling(random, body, isChat);
        if (isChat) {
            chat(random, body);
        } else {
            completion(random, body);
        }
        if (!body.has("tools") && one(random, 4)) {
            String outputs = FORMS.get(random.nextInt(FORMS.size()));
            body.set("structured_outputs", DemoServer.MAPPER.readTree(outputs));
        } else if (!body.has("tools") && one(random, 6)) {
            search(random, body);
        } else if (!body.has("tools")) {
            tokens(random, body);
        }
        return body;
    }

    private static boolean one(Random random, int of) {
        return random.nextInt(of) == 0;
    }

    private static void sampling(Random random, ObjectNode body) {
        body.put("temperature", random.nextInt(4) * 0.6).put("n", 1 + random.nextInt(3));
        if (one(random, 3)) {
            body.put("top_p", 0.05 + random.nextInt(19) * 0.05);
        }
        if (one(random, 3)) {
            body.put("top_k", random.nextInt(50) - 1);
        }
        if (one(random, 4)) {
            body.put("min_p", random.nextInt(10) * 0.1);
        }
        if (one(random, 3)) {
            body.put("repetition_penalty", 0.5 + random.nextInt(20) * 0.1);
            body.put("presence_penalty", random.nextInt(5) - 2);
            body.put("frequency_penalty", random.nextInt(5) - 2);
        }
    }

    private static void tokens(Random random, ObjectNode body) {
        if (one(random, 5)) {
            ObjectNode bias = body.putObject("logit_bias");
            random.ints(5, 0, 4096).forEach(id -> bias.put("" + id, random.nextInt(20) - 10));
        }
        if (one(random, 5)) {
            body.putArray("bad_words").add("the").add("capital of").add(".");
        }
        if (one(random, 8)) {
            body.remove(List.of("thinking_token_budget", "bad_words"));
            ArrayNode allowed = body.putArray("allowed_token_ids");
            random.ints(60, 0, 4096).forEach(allowed::add);
        }
    }

    /** Without what is refused beside it. */
    private static void search(Random random, ObjectNode body) {
        body.remove(
                List.of(
                        "repetition_penalty",
                        "presence_penalty",
                        "frequency_penalty",
                        "min_tokens",
                        "stop",
                        "include_stop_str_in_output",
                        "thinking_token_budget"));
        if (body.has("logprobs")) {
            // An echo would tell those of the prompt, too.
            body.remove("echo");
            body.put("max_tokens", 1 + random.nextInt(12));
        }
        body.put("use_beam_search", true).put("length_penalty", random.nextInt(5) * 0.5);
    }

    private static void ending(Random random, ObjectNode body) {
        int maxTokens = 1 + random.nextInt(24);
        body.put("max_tokens", maxTokens).put("ignore_eos", one(random, 3));
        if (one(random, 4)) {
            body.put("min_tokens", random.nextInt(maxTokens + 1));
        }
        if (one(random, 3)) {
            ArrayNode stops = body.putArray("stop");
            for (String stop : List.of("a", " the", ".\n", "Par", "<|im_end|>")) {
                if (random.nextBoolean()) {
                    stops.add(stop);
                }
            }
            body.put("include_stop_str_in_output", random.nextBoolean());
        }
        if (one(random, 4)) {
            body.putArray("stop_token_ids").add(random.nextInt(4096)).add(random.nextInt(400));
        }
    }

    private static void telling(Random random, ObjectNode body, boolean isChat) {
        body.put("skip_special_tokens", random.nextBoolean());
        body.put("spaces_between_special_tokens", random.nextBoolean());
        body.put("return_token_ids", one(random, 3));
        body.put("return_tokens_as_token_ids", one(random, 4));
        if (one(random, 4)) {
            body.put("truncate_prompt_tokens", one(random, 3) ? -1 : 1 + random.nextInt(20));
        }
        if (one(random, 4)) {
            body.put("cache_salt", "salt " + random.nextInt(3));
        }
        if (one(random, 3)) {
            body.put("thinking_token_budget", random.nextInt(12) - 1);
        }
        int tops = random.nextInt(6);
        if (one(random, 2)) {
            return;
        }
        if (isChat) {
            body.put("logprobs", true).put("top_logprobs", tops);
        } else {
            body.put("logprobs", tops);
        }
    }

    private static void completion(Random random, ObjectNode body) {
        switch (random.nextInt(3)) {
            case 0 -> body.put("prompt", TEXTS.get(random.nextInt(TEXTS.size())));
            case 1 -> {
                ArrayNode prompts = body.putArray("prompt");
                TEXTS.stream().limit(1 + random.nextInt(TEXTS.size())).forEach(prompts::add);
            }
            default -> {
                ArrayNode ids = body.putArray("prompt");
                random.ints(1 + random.nextInt(30), 0, 4096).forEach(ids::add);
            }
        }
        body.put("echo", one(random, 3));
        if (body.get("echo").asBoolean() && one(random, 4)) {
            body.put("max_tokens", 0).remove(List.of("min_tokens"));
        }
    }

    private static void chat(Random random, ObjectNode body) throws Exception {
        body.put("include_reasoning", random.nextBoolean());
        if (one(random, 3)) {
            ((ObjectNode) body.at("/messages/0")).put("content", "What time is it in Lima?");
            body.set("tools", DemoServer.MAPPER.readTree(ChatParameters.TOOLS));
            switch (random.nextInt(6)) {
                case 0 -> body.put("tool_choice", "none");
                case 1 -> body.put("tool_choice", "required");
                case 2 -> body.set("tool_choice", DemoServer.MAPPER.readTree(ChatParameters.NAMED));
                default -> body.put("tool_choice", "auto");
            }
            body.put("parallel_tool_calls", random.nextBoolean());
            body.put("max_tokens", 4 + random.nextInt(60)).remove(List.of("min_tokens"));
        } else if (one(random, 3)) {
            String begun = one(random, 2) ? "<think>\nThe capital of" : "The capital";
            body.withArray("/messages").addObject().put("role", "assistant").put("content", begun);
            body.put("add_generation_prompt", false).put("continue_final_message", true);
            body.put("echo", random.nextBoolean());
        } else if (one(random, 4)) {
            body.put("add_generation_prompt", false);
        }
    }
}
