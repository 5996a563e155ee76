package quire.rest;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
class LogprobsTest {

    private static final String PROMPT = "The capital of France is";

    /** Random sets of parameters; a slow server is asked fewer. */
    int rounds() {
        return 60;
    }

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    private static JsonNode answer(String path, ObjectNode body) throws IOException {
        return DemoServer.MAPPER.readTree(
                DemoServer.post(path, body.toString()).statusCode(200).extract().asString());
    }

    private static ObjectNode completion(String prompt) {
        return DemoServer.MAPPER
                .createObjectNode()
                .put("model", "quire-demo")
                .put("prompt", prompt)
                .put("temperature", 0);
    }

    private static ObjectNode chat() {
        ObjectNode body =
                DemoServer.MAPPER
                        .createObjectNode()
                        .put("model", "quire-demo")
                        .put("temperature", 0);
        body.putArray("messages").addObject().put("role", "user").put("content", PROMPT);
        return body;
    }

    /** As lm-eval asks for the likelihood of an answer. */
    @Test
    void echoOfAPromptScoresEachOfItsTokens() throws IOException {
        ObjectNode body = completion(PROMPT).put("max_tokens", 1).put("logprobs", 1);
        body.put("echo", true).put("seed", 1234);
        JsonNode choice = answer("/v1/completions", body).at("/choices/0");
        JsonNode logprobs = choice.get("logprobs");
        assertTrue(choice.get("text").asText().startsWith(PROMPT));
        int numTokens = logprobs.get("tokens").size();
        assertTrue(logprobs.get("token_logprobs").get(0).isNull());
        assertTrue(logprobs.get("top_logprobs").get(0).isNull());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < numTokens; i++) {
            assertEquals(text.length(), logprobs.get("text_offset").get(i).asInt());
            text.append(logprobs.get("tokens").get(i).asText());
            if (i > 0) {
                double own = logprobs.get("token_logprobs").get(i).asDouble();
                JsonNode tops = logprobs.get("top_logprobs").get(i);
                assertTrue(tops.size() >= 1 && tops.size() <= 2);
                assertEquals(own, tops.get(logprobs.get("tokens").get(i).asText()).asDouble());
                assertTrue(own <= 0);
            }
        }
        assertEquals(choice.get("text").asText(), text.toString());
        ObjectNode alone = body.deepCopy().put("max_tokens", 0);
        JsonNode read = answer("/v1/completions", alone);
        assertEquals(PROMPT, read.at("/choices/0/text").asText());
        assertEquals(0, read.at("/usage/completion_tokens").asInt());
        assertEquals("length", read.at("/choices/0/finish_reason").asText());
        JsonNode scores = read.at("/choices/0/logprobs/token_logprobs");
        assertEquals(numTokens - 1, scores.size());
        for (int i = 1; i < scores.size(); i++) {
            assertEquals(logprobs.get("token_logprobs").get(i), scores.get(i));
        }
        JsonNode text0 = answer("/v1/completions", completion(PROMPT).put("echo", true));
        assertTrue(text0.at("/choices/0/text").asText().startsWith(PROMPT));
        assertTrue(text0.at("/choices/0/logprobs").isNull());
    }

    @Test
    void promptLogprobsAreByTokenIdWithRanks() throws IOException {
        ObjectNode body = completion(PROMPT).put("max_tokens", 2).put("prompt_logprobs", 2);
        JsonNode choice = answer("/v1/completions", body).at("/choices/0");
        assertTrue(choice.get("logprobs").isNull());
        assertTrue(choice.get("prompt_logprobs").get(0).isNull());
        for (int i = 1; i < choice.get("prompt_logprobs").size(); i++) {
            JsonNode place = choice.get("prompt_logprobs").get(i);
            List<Integer> ranks = new ArrayList<>();
            place.forEach(token -> ranks.add(token.get("rank").asInt()));
            assertTrue(ranks.contains(1) && ranks.contains(2), place.toString());
            assertTrue(place.size() == 2 || place.size() == 3);
        }
        JsonNode ofChat = answer("/v1/chat/completions", chat().put("prompt_logprobs", 0));
        assertEquals(
                ofChat.at("/usage/prompt_tokens").asInt(), ofChat.get("prompt_logprobs").size());
        assertEquals(1, ofChat.get("prompt_logprobs").get(1).size());
    }

    @Test
    void bytesOfAChatsTokensAreItsText() throws IOException {
        ObjectNode body = chat().put("logprobs", true).put("top_logprobs", 3);
        body.put("max_completion_tokens", 12).put("skip_special_tokens", false);
        body.put("include_stop_str_in_output", true);
        JsonNode choice = answer("/v1/chat/completions", body).at("/choices/0");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (JsonNode token : choice.at("/logprobs/content")) {
            token.get("bytes").forEach(b -> bytes.write(b.asInt()));
            assertEquals(3, token.get("top_logprobs").size());
            assertEquals(token.get("logprob"), token.at("/top_logprobs/0/logprob"));
            assertEquals(token.get("token"), token.at("/top_logprobs/0/token"));
        }
        assertEquals(
                choice.at("/message/content").asText(), bytes.toString(StandardCharsets.UTF_8));
        assertTrue(choice.at("/logprobs/refusal").isNull());
        ObjectNode none = chat().put("logprobs", false).put("top_logprobs", 0);
        DemoServer.post("/v1/chat/completions", none.toString())
                .statusCode(200)
                .body("choices[0].logprobs", nullValue());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            /v1/completions      | logprobs        | 21 | at most 20 (--max-logprobs)
            /v1/completions      | prompt_logprobs | 21 | at most 20 (--max-logprobs)
            /v1/completions      | logprobs        | -1 | logprobs
            /v1/completions      | max_tokens      | 0  | without 'echo'
            /v1/chat/completions | top_logprobs    | 21 | at most 20 (--max-logprobs)
            /v1/chat/completions | top_logprobs    | 1  | when 'logprobs' is true
            /v1/chat/completions | prompt_logprobs | -1 | prompt_logprobs
            """)
    void whatIsTooMuchIsRefusedByName(String path, String field, int value, String words) {
        ObjectNode body = path.contains("chat") ? chat() : completion(PROMPT);
        DemoServer.post(path, body.put(field, value).toString())
                .statusCode(400)
                .body("error.param", equalTo(field))
                .body("error.message", containsString(words));
    }

    @Test
    void promptsAreNotScoredInStreams() {
        ObjectNode body = completion(PROMPT).put("prompt_logprobs", 1).put("stream", true);
        DemoServer.post("/v1/completions", body.toString())
                .statusCode(400)
                .body("error.param", equalTo("prompt_logprobs"));
    }

    @Test
    void joinedStreamIsTheWholeAnswerWithItsLogprobs() throws IOException {
        Random random = new Random(17);
        for (int round = 0; round < rounds(); round++) {
            boolean isChat = random.nextBoolean();
            ObjectNode body = isChat ? chat() : completion(PROMPT);
            anyParams(random, body, isChat);
            String path = isChat ? "/v1/chat/completions" : "/v1/completions";
            JsonNode whole = answer(path, body);
            body.put("stream", true);
            List<JsonNode> chunks =
                    DemoServer.chunks(
                            DemoServer.post(path, body.toString())
                                    .statusCode(200)
                                    .extract()
                                    .asString());
            for (JsonNode choice : whole.get("choices")) {
                assertEquals(shape(choice, isChat), joined(chunks, choice, isChat), body::toString);
            }
        }
    }

    private static void anyParams(Random random, ObjectNode body, boolean isChat) {
        body.put("seed", random.nextInt(100)).put("temperature", random.nextInt(3) * 0.7);
        body.put("n", 1 + random.nextInt(2)).put("max_tokens", 1 + random.nextInt(12));
        if (random.nextBoolean()) {
            body.put("repetition_penalty", 1.3).put("presence_penalty", 0.5);
        }
        if (random.nextInt(3) == 0) {
            body.putArray("stop").add("a");
        }
        body.put("skip_special_tokens", random.nextBoolean());
        if (random.nextInt(4) == 0) {
            return;
        }
        int count = random.nextInt(6);
        if (isChat) {
            body.put("logprobs", true).put("top_logprobs", count);
        } else {
            body.put("logprobs", count).put("echo", random.nextBoolean());
            if (body.get("echo").asBoolean() && random.nextInt(3) == 0) {
                body.put("max_tokens", 0);
            }
        }
    }

    /** Text, end and log-probabilities of a choice. */
    private static ObjectNode shape(JsonNode choice, boolean isChat) {
        ObjectNode shape = DemoServer.MAPPER.createObjectNode();
        shape.put("text", choice.at(isChat ? "/message/content" : "/text").asText());
        shape.set("finish_reason", choice.get("finish_reason"));
        shape.set("logprobs", choice.get("logprobs"));
        return shape;
    }

    private static ObjectNode joined(List<JsonNode> chunks, JsonNode choice, boolean isChat) {
        ObjectNode joined = DemoServer.MAPPER.createObjectNode();
        StringBuilder text = new StringBuilder();
        ObjectNode logprobs = DemoServer.MAPPER.createObjectNode();
        for (JsonNode chunk : chunks) {
            for (JsonNode part : chunk.get("choices")) {
                if (part.get("index").equals(choice.get("index"))) {
                    text.append(part.at(isChat ? "/delta/content" : "/text").asText());
                    joined.set("finish_reason", part.get("finish_reason"));
                    append(logprobs, part.path("logprobs"));
                }
            }
        }
        joined.put("text", text.toString());
        if (logprobs.isEmpty()) {
            joined.putNull("logprobs");
        } else {
            joined.set("logprobs", logprobs);
        }
        return joined;
    }

    private static void append(ObjectNode all, JsonNode more) {
        Iterator<String> names = more.fieldNames();
        while (names.hasNext()) {
            String name = names.next();
            if (more.get(name).isNull()) {
                all.putNull(name);
            } else {
                assertFalse(more.get(name).isEmpty());
                all.withArray("/" + name).addAll((ArrayNode) more.get(name));
            }
        }
    }
}
