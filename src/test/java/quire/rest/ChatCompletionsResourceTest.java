package quire.rest;

import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;
import static org.hamcrest.Matchers.startsWith;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ChatCompletionsResourceTest {

    private static final String QUESTION =
            "\"model\": \"quire-demo\", \"messages\": [{\"role\": \"user\","
                    + " \"content\": \"Name the capital of Iraq.\"}], \"temperature\": 0";
    private static final String ANSWER = "The capital of Iraq is Baghdad.";

    /** What is asked; a slow server is asked less. */
    List<JsonNode> goldenCases() throws IOException {
        return DemoServer.goldenCases();
    }

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    private static String stream(String fields) {
        return DemoServer.post(
                        "/v1/chat/completions",
                        "{" + QUESTION + ", \"stream\": true" + fields + "}")
                .statusCode(200)
                .contentType("text/event-stream")
                .extract()
                .asString();
    }

    @Test
    void answersAsOneBody() {
        DemoServer.post("/v1/chat/completions", "{" + QUESTION + "}")
                .statusCode(200)
                .contentType("application/json")
                .body("id", matchesPattern("chatcmpl-[0-9a-f]{32}"))
                .body("object", equalTo("chat.completion"))
                .body("model", equalTo("quire-demo"))
                .body("choices", hasSize(1))
                .body("choices[0].index", equalTo(0))
                .body("choices[0].message.role", equalTo("assistant"))
                .body("choices[0].message.content", equalTo(ANSWER))
                .body("choices[0].message", hasKey("refusal"))
                .body("choices[0].finish_reason", equalTo("stop"))
                .body("choices[0]", hasKey("logprobs"))
                .body("choices[0].stop_reason", nullValue())
                .body("usage.prompt_tokens", equalTo(16))
                .body("usage.completion_tokens", equalTo(8))
                .body("usage.total_tokens", equalTo(24));
    }

    @Test
    void goldenAnswersComeWholeAndStreamed() throws IOException {
        for (JsonNode golden : goldenCases()) {
            boolean needsTools =
                    golden.has("tools")
                            || golden.path("messages").findValuesAsText("role").contains("tool");
            if (!golden.has("messages") || needsTools) {
                continue;
            }
            String request =
                    "{\"model\": \"quire-demo\", \"temperature\": 0, \"max_tokens\": "
                            + golden.get("greedy").size()
                            + ", \"messages\": "
                            + golden.get("messages");
            String answer = golden.get("answer").asText();
            DemoServer.post("/v1/chat/completions", request + "}")
                    .statusCode(200)
                    .body("choices[0].message.content", equalTo(answer))
                    .body("usage.prompt_tokens", equalTo(golden.get("prompt_ids").size()));
            StringBuilder streamed = new StringBuilder();
            for (JsonNode chunk :
                    DemoServer.chunks(
                            DemoServer.post("/v1/chat/completions", request + ", \"stream\": true}")
                                    .extract()
                                    .asString())) {
                streamed.append(chunk.at("/choices/0/delta/content").asText(""));
            }
            assertEquals(answer, streamed.toString());
        }
    }

    @Test
    void streamBeginsWithTheRoleAndEndsWithTheReason() throws IOException {
        List<JsonNode> chunks = DemoServer.chunks(stream(""));
        JsonNode first = chunks.getFirst();
        assertEquals("chat.completion.chunk", first.get("object").asText());
        assertEquals(
                "{\"role\":\"assistant\",\"content\":\"\"}",
                first.at("/choices/0/delta").toString());
        assertTrue(first.at("/choices/0/finish_reason").isNull());
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : chunks.subList(1, chunks.size())) {
            assertEquals(first.get("id"), chunk.get("id"));
            assertEquals(first.get("created"), chunk.get("created"));
            assertFalse(chunk.at("/choices/0/delta").has("role"));
            assertFalse(chunk.has("usage"));
            text.append(chunk.at("/choices/0/delta/content").asText(""));
        }
        assertEquals(ANSWER, text.toString());
        assertEquals("stop", chunks.getLast().at("/choices/0/finish_reason").asText());
    }

    @Test
    void usageComesLastAndOnlyWhenAsked() throws IOException {
        List<JsonNode> chunks =
                DemoServer.chunks(stream(", \"stream_options\": {\"include_usage\": true}"));
        JsonNode last = chunks.getLast();
        assertEquals("[]", last.get("choices").toString());
        assertEquals(16, last.at("/usage/prompt_tokens").asInt());
        assertEquals(8, last.at("/usage/completion_tokens").asInt());
        assertEquals(24, last.at("/usage/total_tokens").asInt());
        for (JsonNode chunk : chunks.subList(0, chunks.size() - 1)) {
            assertTrue(chunk.get("usage").isNull());
        }
    }

    @Test
    void continuousUsageCountsUp() throws IOException {
        List<JsonNode> chunks =
                DemoServer.chunks(
                        stream(
                                ", \"stream_options\": {\"include_usage\": true, \"continuous_usage_stats\": true}"));
        int before = 0;
        for (JsonNode chunk : chunks) {
            int now = chunk.at("/usage/completion_tokens").asInt(-1);
            assertTrue(now >= before, chunks.toString());
            before = now;
        }
        assertEquals(8, before);
    }

    @Test
    void choicesStreamSideBySide() throws IOException {
        StringBuilder[] texts = {new StringBuilder(), new StringBuilder(), new StringBuilder()};
        int ends = 0;
        for (JsonNode chunk : DemoServer.chunks(stream(", \"n\": 3"))) {
            JsonNode choice = chunk.at("/choices/0");
            texts[choice.get("index").asInt()].append(choice.at("/delta/content").asText(""));
            ends += choice.get("finish_reason").isNull() ? 0 : 1;
        }
        assertEquals(3, ends);
        for (StringBuilder text : texts) {
            assertEquals(ANSWER, text.toString());
        }
    }

    @Test
    void sameSeedDrawsTheSame() {
        String request =
                "{"
                        + QUESTION.replace("\"temperature\": 0", "\"temperature\": 1.5")
                        + ", \"seed\": 7, \"n\": 2, \"max_tokens\": 12}";
        List<String> first =
                DemoServer.post("/v1/chat/completions", request)
                        .statusCode(200)
                        .extract()
                        .path("choices.message.content");
        List<String> second =
                DemoServer.post("/v1/chat/completions", request)
                        .statusCode(200)
                        .extract()
                        .path("choices.message.content");
        assertEquals(first, second);
    }

    @Test
    void stopStringEndsTheAnswer() {
        DemoServer.post("/v1/chat/completions", "{" + QUESTION + ", \"stop\": [\" is\"]}")
                .body("choices[0].message.content", equalTo("The capital of Iraq"))
                .body("choices[0].finish_reason", equalTo("stop"))
                .body("choices[0].stop_reason", equalTo(" is"));
        DemoServer.post(
                        "/v1/chat/completions",
                        "{"
                                + QUESTION
                                + ", \"stop\": \" is\", \"include_stop_str_in_output\": true}")
                .body("choices[0].message.content", equalTo("The capital of Iraq is"));
    }

    @Test
    void lengthEndsTheAnswer() {
        DemoServer.post("/v1/chat/completions", "{" + QUESTION + ", \"max_completion_tokens\": 3}")
                .body("choices[0].message.content", equalTo("The capital of"))
                .body("choices[0].finish_reason", equalTo("length"))
                .body("usage.completion_tokens", equalTo(3));
    }

    @Test
    void finalMessageIsContinued() {
        DemoServer.post(
                        "/v1/chat/completions",
                        "{\"model\": \"quire-demo\", \"temperature\": 0,"
                                + " \"messages\": [{\"role\": \"user\", \"content\": \"Name the capital of Iraq.\"},"
                                + " {\"role\": \"assistant\", \"content\": \"The capital of Iraq\"}],"
                                + " \"add_generation_prompt\": false, \"continue_final_message\": true}")
                .statusCode(200)
                .body("choices[0].message.content", equalTo(" is Baghdad."));
    }

    @Test
    void repeatedPromptIsFoundInThePrefixCache() {
        String request =
                "{\"model\": \"quire-demo\", \"temperature\": 0, \"max_tokens\": 1, \"messages\":"
                        + " [{\"role\": \"user\", \"content\": \""
                        + "one two three four ".repeat(20)
                        + "\"}]}";
        DemoServer.post("/v1/chat/completions", request).statusCode(200);
        int cached =
                DemoServer.post("/v1/chat/completions", request)
                        .extract()
                        .path("usage.prompt_tokens_details.cached_tokens");
        assertTrue(cached >= 64, "cached " + cached);
    }

    @Test
    void mistakeInAStreamedRequestIsAStatusCode() {
        DemoServer.post(
                        "/v1/chat/completions",
                        "{\"model\": \"quire-demo\", \"messages\": [], \"stream\": true}")
                .statusCode(400)
                .contentType("application/json")
                .body("error.param", equalTo("messages"))
                .body("error.type", equalTo("invalid_request_error"))
                .body("error.message", startsWith("'messages' must have"))
                .body("error", hasKey("code"));
    }
}
