package quire.rest;

import static io.restassured.RestAssured.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.rest.ParameterCase.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import quire.rest.ParameterCase.Effect;

/** Parameters of both routes. */
final class SharedParameters {

    static final Map<String, ParameterCase> TABLE =
            table(
                    new ParameterCase("model", SharedParameters::model, "\"nobody\"", "\"\"", "1"),
                    new ParameterCase("temperature", SharedParameters::temperature, "-1"),
                    new ParameterCase("top_p", tames("top_p", 0.00001), "0", "1.1"),
                    new ParameterCase("top_k", tames("top_k", 1), "-2"),
                    new ParameterCase("min_p", tames("min_p", 1), "-0.1", "1.1"),
                    new ParameterCase("repetition_penalty", turns("repetition_penalty", 3), "0"),
                    new ParameterCase("presence_penalty", turns("presence_penalty", 2), "-3"),
                    new ParameterCase("frequency_penalty", turns("frequency_penalty", 2), "3"),
                    new ParameterCase("seed", SharedParameters::seed, "\"a\"", "1e30"),
                    new ParameterCase("n", SharedParameters::n, "0", "129"),
                    new ParameterCase("stop", SharedParameters::stop, "\"\"", "[1]"),
                    new ParameterCase(
                            "stop_token_ids", SharedParameters::stopTokenIds, "[-1]", "[99999]"),
                    new ParameterCase("ignore_eos", SharedParameters::ignoreEos, "1"),
                    new ParameterCase("min_tokens", SharedParameters::minTokens, "-1", "9"),
                    new ParameterCase(
                            "include_stop_str_in_output", SharedParameters::includeStop, "0"),
                    new ParameterCase("skip_special_tokens", SharedParameters::skip, "0"),
                    new ParameterCase(
                            "spaces_between_special_tokens", OtherTokenizer::showSpaces, "\"no\""),
                    new ParameterCase("add_special_tokens", OtherTokenizer::showAdded, "1"),
                    new ParameterCase(
                            "truncate_prompt_tokens",
                            SharedParameters::truncate,
                            "0",
                            "-2",
                            "4096"),
                    new ParameterCase("priority", SharedParameters::priority, "\"high\"", "0.5"),
                    new ParameterCase("request_id", SharedParameters::requestId, "\"\"", "\"a b\""),
                    new ParameterCase("cache_salt", SharedParameters::cacheSalt, "\"\"", "1"),
                    new ParameterCase(
                            "response_format",
                            SharedParameters::responseFormat,
                            "{}",
                            "\"json_object\"",
                            "{\"type\": \"json_schema\"}"),
                    new ParameterCase(
                            "structured_outputs",
                            SharedParameters::structuredOutputs,
                            "{}",
                            "{\"choice\": []}",
                            "{\"regex\": \"(\"}",
                            "{\"json\": {}, \"regex\": \"a\"}"),
                    new ParameterCase("return_token_ids", SharedParameters::tokenIds, "1"),
                    new ParameterCase(
                            "return_tokens_as_token_ids", SharedParameters::idsAsNames, "1"),
                    new ParameterCase("prompt_logprobs", SharedParameters::promptLogprobs, "-1"),
                    new ParameterCase(
                            "thinking_token_budget", SharedParameters::thought, "-2", "0.5"),
                    new ParameterCase("stream", SharedParameters::stream, "1"),
                    new ParameterCase(
                            "stream_options",
                            SharedParameters::streamOptions,
                            "{\"include_usage\": 1}"),
                    new ParameterCase("user", nothing("user", "\"a\""), "1"),
                    new ParameterCase("metadata", nothing("metadata", "{\"a\": 1}"), "1"),
                    new ParameterCase("store", nothing("store", "true"), "1"),
                    new ParameterCase("service_tier", nothing("service_tier", "\"flex\""), "1"),
                    new ParameterCase(
                            "safety_identifier", nothing("safety_identifier", "\"a\""), "1"),
                    new ParameterCase(
                            "prompt_cache_key", nothing("prompt_cache_key", "\"a\""), "1"));

    private SharedParameters() {}

    private static Effect nothing(String name, String value) {
        return asker -> {
            ObjectNode body = asker.body();
            String without = asker.text(body);
            body.set(name, DemoServer.MAPPER.readTree(value));
            assertEquals(without, asker.text(body));
        };
    }

    /** With this value a wild draw takes the likeliest token. */
    private static Effect tames(String name, Number value) {
        return asker -> {
            String greedy = asker.text(asker.body());
            ObjectNode wild = asker.wildBody();
            assertNotEquals(greedy, asker.text(wild));
            wild.putPOJO(name, value);
            assertEquals(greedy, asker.text(wild));
        };
    }

    /** With this value the likeliest tokens are others. */
    private static Effect turns(String name, double value) {
        return asker ->
                assertNotEquals(
                        asker.text(asker.longBody()),
                        asker.text(asker.longBody().put(name, value)));
    }

    private static void model(Asker asker) {
        JsonNode answer = asker.answer(asker.body().put("model", "other-name"));
        assertEquals("other-name", answer.get("model").asText());
        ObjectNode silent = asker.body();
        silent.remove("model");
        for (ObjectNode body : List.of(silent, silent.deepCopy().putNull("model"))) {
            assertEquals("quire-demo", asker.answer(body).get("model").asText());
        }
    }

    private static void temperature(Asker asker) {
        assertEquals(asker.text(asker.body()), asker.text(asker.body()));
        assertNotEquals(asker.text(asker.body()), asker.text(asker.wildBody()));
    }

    private static void seed(Asker asker) {
        assertEquals(asker.text(asker.wildBody()), asker.text(asker.wildBody()));
        assertNotEquals(asker.text(asker.wildBody()), asker.text(asker.wildBody().put("seed", 2)));
    }

    private static void n(Asker asker) {
        JsonNode choices = asker.answer(asker.wildBody().put("n", 3)).get("choices");
        assertEquals(3, choices.size());
        assertNotEquals(asker.said(choices.get(0)), asker.said(choices.get(1)));
    }

    private static void stop(Asker asker) {
        String whole = asker.text(asker.longBody());
        JsonNode choice = asker.answer(asker.longBody().put("stop", "Par")).at("/choices/0");
        assertEquals(whole.substring(0, whole.indexOf("Par")), asker.said(choice));
        assertEquals("Par", choice.get("stop_reason").asText());
        assertEquals("stop", choice.get("finish_reason").asText());
    }

    private static void stopTokenIds(Asker asker) {
        ObjectNode body = asker.longBody().put("return_token_ids", true);
        List<Integer> ids = Asker.ids(asker.answer(body).at("/choices/0/token_ids"));
        body.putArray("stop_token_ids").add(ids.get(2));
        JsonNode choice = asker.answer(body).at("/choices/0");
        assertEquals(ids.get(2), choice.get("stop_reason").asInt());
        assertEquals(
                ids.subList(0, ids.indexOf(ids.get(2)) + 1), Asker.ids(choice.get("token_ids")));
    }

    private static void ignoreEos(Asker asker) {
        assertTrue(asker.completionTokens(asker.body().put("max_tokens", 40)) < 40);
        assertEquals(40, asker.completionTokens(asker.longBody()));
    }

    private static void minTokens(Asker asker) {
        ObjectNode body = asker.body().put("max_tokens", 40);
        int without = asker.completionTokens(body);
        assertTrue(asker.completionTokens(body.put("min_tokens", without + 3)) > without + 2);
    }

    private static void includeStop(Asker asker) {
        ObjectNode body = asker.longBody().put("stop", "Par");
        assertEquals(
                asker.text(body) + "Par", asker.text(body.put("include_stop_str_in_output", true)));
    }

    private static void skip(Asker asker) {
        assertFalse(asker.text(asker.longBody()).contains("<|im_end|>"));
        String text = asker.text(asker.longBody().put("skip_special_tokens", false));
        assertTrue(text.contains("<|im_end|>"), text);
    }

    private static void truncate(Asker asker) {
        ObjectNode body = asker.body().put("return_token_ids", true);
        JsonNode whole = asker.answer(body);
        List<Integer> ids = promptIds(asker, whole);
        List<Integer> last = ids.subList(ids.size() - 3, ids.size());
        JsonNode cut = asker.answer(body.deepCopy().put("truncate_prompt_tokens", 3));
        assertEquals(last, promptIds(asker, cut));
        assertEquals(3, cut.at("/usage/prompt_tokens").asInt());
        assertEquals(
                ids,
                promptIds(asker, asker.answer(body.deepCopy().put("truncate_prompt_tokens", -1))));
        ObjectNode endless = body.deepCopy().put("truncate_prompt_tokens", -1);
        String text = (Asker.PROMPT + " ").repeat(1200);
        if (asker.isChat()) {
            ((ObjectNode) endless.at("/messages/0")).put("content", text);
        } else {
            endless.put("prompt", text);
        }
        assertEquals(4096 - 8, asker.promptTokens(endless));
    }

    static List<Integer> promptIds(Asker asker, JsonNode answer) {
        return Asker.ids(answer.at((asker.isChat() ? "" : "/choices/0") + "/prompt_token_ids"));
    }

    /** Behind one that runs, two wait; the one that came later is answered first. */
    private static void priority(Asker asker) throws Exception {
        List<String> ended = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = new ArrayList<>();
        threads.add(ask(asker, asker.longBody().put("max_tokens", 1500), "runs", ended));
        awaitLoad(1);
        ObjectNode slow = asker.longBody().put("max_tokens", 300).put("priority", 5);
        threads.add(ask(asker, slow, "5", ended));
        awaitLoad(2);
        ObjectNode fast = asker.longBody().put("max_tokens", 1).put("priority", -5);
        threads.add(ask(asker, fast, "-5", ended));
        awaitLoad(3);
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(ended.indexOf("-5") < ended.indexOf("5"), ended::toString);
    }

    private static Thread ask(Asker asker, ObjectNode body, String name, List<String> ended) {
        return Thread.startVirtualThread(
                () -> {
                    asker.answer(body);
                    ended.add(name);
                });
    }

    private static void awaitLoad(int count) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (get("/load").jsonPath().getInt("server_load") < count) {
            assertTrue(System.nanoTime() < end, "somebody is missing, or ended too early");
            Thread.sleep(2);
        }
    }

    private static void requestId(Asker asker) {
        var response = asker.post(asker.body().put("request_id", "mine/1"));
        assertEquals(
                (asker.isChat() ? "chatcmpl-" : "cmpl-") + "mine/1",
                response.jsonPath().getString("id"));
        assertEquals("mine/1", response.header("X-Request-Id"));
        assertTrue(
                asker.chunks(asker.body().put("request_id", "mine/2"))
                        .getFirst()
                        .get("id")
                        .asText()
                        .endsWith("-mine/2"));
    }

    private static void cacheSalt(Asker asker) {
        ObjectNode body = asker.body();
        String text = "These words stand for a long prompt. ".repeat(8) + asker.isChat();
        if (asker.isChat()) {
            ((ObjectNode) body.at("/messages/0")).put("content", text);
        } else {
            body.put("prompt", text);
        }
        assertEquals(0, cached(asker, body.put("cache_salt", "one")));
        assertTrue(cached(asker, body) > 0);
        assertEquals(0, cached(asker, body.put("cache_salt", "two")));
        body.remove("cache_salt");
        assertEquals(0, cached(asker, body));
    }

    private static int cached(Asker asker, ObjectNode body) {
        return asker.answer(body).at("/usage/prompt_tokens_details/cached_tokens").asInt();
    }

    private static void responseFormat(Asker asker) throws Exception {
        ObjectNode body = asker.thoughtlessBody();
        assertNotEquals("true", asker.text(body));
        String format =
                "{\"type\": \"json_schema\", \"json_schema\": {\"name\": \"n\", \"schema\":"
                        + " {\"const\": true}}}";
        body.set("response_format", DemoServer.MAPPER.readTree(format));
        assertEquals("true", asker.text(body));
    }

    private static void structuredOutputs(Asker asker) {
        ObjectNode body = asker.thoughtlessBody();
        body.putObject("structured_outputs").putArray("choice").add("north").add("south");
        assertTrue(asker.text(body).matches("north|south"));
    }

    private static void tokenIds(Asker asker) {
        ObjectNode body = asker.body().put("return_token_ids", true);
        JsonNode answer = asker.answer(body);
        List<Integer> ids = Asker.ids(answer.at("/choices/0/token_ids"));
        assertEquals(answer.at("/usage/completion_tokens").asInt(), ids.size());
        assertEquals(answer.at("/usage/prompt_tokens").asInt(), promptIds(asker, answer).size());
        List<JsonNode> chunks = asker.chunks(body);
        JsonNode joined = asker.joined(chunks, 0);
        assertEquals(ids, Asker.ids(joined.get("token_ids")));
        assertEquals(promptIds(asker, answer), Asker.ids(joined.get("prompt_token_ids")));
        String first = chunks.getFirst().toString();
        assertTrue(first.contains("prompt_token_ids"), first);
        assertFalse(chunks.get(1).toString().contains("prompt_token_ids"));
        assertFalse(asker.answer(asker.body()).toString().contains("token_ids"));
    }

    private static void idsAsNames(Asker asker) {
        ObjectNode body = asker.body().put("return_token_ids", true);
        body.put("return_tokens_as_token_ids", true);
        if (asker.isChat()) {
            body.put("logprobs", true).put("top_logprobs", 1);
        } else {
            body.put("logprobs", 1);
        }
        JsonNode choice = asker.answer(body).at("/choices/0");
        List<String> names =
                Asker.ids(choice.get("token_ids")).stream().map(id -> "token_id:" + id).toList();
        List<String> told = new ArrayList<>();
        if (asker.isChat()) {
            choice.at("/logprobs/content").forEach(token -> told.add(token.get("token").asText()));
        } else {
            choice.at("/logprobs/tokens").forEach(token -> told.add(token.asText()));
        }
        assertEquals(names, told);
    }

    private static void promptLogprobs(Asker asker) {
        JsonNode answer = asker.answer(asker.body().put("prompt_logprobs", 1));
        JsonNode logprobs = answer.at((asker.isChat() ? "" : "/choices/0") + "/prompt_logprobs");
        assertEquals(answer.at("/usage/prompt_tokens").asInt(), logprobs.size());
        assertTrue(logprobs.get(0).isNull() && logprobs.get(1).size() >= 1);
    }

    private static void stream(Asker asker) {
        JsonNode joined = asker.joined(asker.chunks(asker.body()), 0);
        assertEquals(asker.text(asker.body()), asker.said(joined));
    }

    private static void streamOptions(Asker asker) {
        ObjectNode body = asker.body();
        assertNull(asker.chunks(body).getLast().get("usage"));
        body.putObject("stream_options").put("include_usage", true);
        JsonNode last = asker.chunks(body).getLast();
        assertEquals(
                asker.completionTokens(asker.body()), last.at("/usage/completion_tokens").asInt());
        ((ObjectNode) body.get("stream_options")).put("continuous_usage_stats", true);
        assertTrue(asker.chunks(body).getFirst().has("usage"));
    }

    /** Of a thought that would go on for longer. */
    private static void thought(Asker asker) {
        ObjectNode body = asker.longBody().put("return_token_ids", true);
        if (asker.isChat()) {
            body.put("add_generation_prompt", false).put("continue_final_message", true);
            body.withArray("/messages")
                    .addObject()
                    .put("role", "assistant")
                    .put("content", "<think>");
        } else {
            body.put("prompt", "The cat sat <think>");
        }
        List<Integer> free = Asker.ids(asker.answer(body).at("/choices/0/token_ids"));
        List<Integer> close = Asker.ids(closing());
        for (int budget : List.of(0, 1, 5)) {
            JsonNode answer = asker.answer(body.put("thinking_token_budget", budget));
            List<Integer> ids = Asker.ids(answer.at("/choices/0/token_ids"));
            int end = budget + close.size();
            assertEquals(free.subList(0, budget), ids.subList(0, budget));
            assertEquals(close, ids.subList(budget, end));
            assertEquals(40, ids.size());
            assertNotEquals(close, free.subList(budget, end));
        }
        body.put("thinking_token_budget", -1);
        assertEquals(free, Asker.ids(asker.answer(body).at("/choices/0/token_ids")));
    }

    private static JsonNode closing() {
        ObjectNode body = DemoServer.MAPPER.createObjectNode().put("prompt", "</think>");
        try {
            return DemoServer.MAPPER
                    .readTree(DemoServer.post("/tokenize", body.toString()).extract().asString())
                    .get("tokens");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
