package quire.rest;

import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class CompletionsResourceTest {

    /** What is asked; a slow server is asked less. */
    List<JsonNode> goldenCases() throws IOException {
        return DemoServer.goldenCases();
    }

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    private static String greedy(String prompt, String more) {
        return "{\"model\": \"quire-demo\", \"temperature\": 0, \"prompt\": " + prompt + more + "}";
    }

    @Test
    void goldenPromptsAsTextAndAsTokenIdsHaveGoldenAnswers() throws IOException {
        for (JsonNode golden : goldenCases()) {
            String length = ", \"max_tokens\": " + golden.get("greedy").size();
            String answer = golden.get("answer").asText();
            DemoServer.post("/v1/completions", greedy(golden.get("prompt").toString(), length))
                    .statusCode(200)
                    .body("choices[0].text", equalTo(answer))
                    .body("usage.prompt_tokens", equalTo(golden.get("prompt_ids").size()));
            DemoServer.post("/v1/completions", greedy(golden.get("prompt_ids").toString(), length))
                    .statusCode(200)
                    .body("choices[0].text", equalTo(answer));
        }
    }

    @Test
    void lengthIsSixteenTokensUnlessTold() {
        DemoServer.post(
                        "/v1/completions",
                        greedy("\"The capital of Iraq is\"", ", \"ignore_eos\": true"))
                .statusCode(200)
                .body("id", matchesPattern("cmpl-[0-9a-f]{32}"))
                .body("object", equalTo("text_completion"))
                .body("usage.completion_tokens", equalTo(16))
                .body("choices[0].finish_reason", equalTo("length"));
    }

    @Test
    void choicesAreNumberedPromptByPrompt() {
        DemoServer.post(
                        "/v1/completions",
                        greedy(
                                "[\"The capital of France is\", \"The capital of Iraq is\"]",
                                ", \"n\": 2, \"max_tokens\": 6"))
                .statusCode(200)
                .body("choices", hasSize(4))
                .body("choices.index", equalTo(List.of(0, 1, 2, 3)))
                .body(
                        "choices.text",
                        equalTo(List.of(" Paris.", " Paris.", " Baghdad.", " Baghdad.")));
    }

    @Test
    void batchOfTokenIdsIsSeveralPrompts() {
        DemoServer.post(
                        "/v1/completions",
                        greedy("[[1, 2], [3], [4, 5, 6]]", ", \"max_tokens\": 2"))
                .statusCode(200)
                .body("choices", hasSize(3))
                .body("usage.prompt_tokens", equalTo(6));
    }

    @Test
    void severalPromptsStreamSideBySide() throws IOException {
        String body =
                greedy(
                        "[\"The capital of France is\", \"The capital of Iraq is\"]",
                        ", \"max_tokens\": 6, \"stream\": true, \"stream_options\": {\"include_usage\": true}");
        List<JsonNode> chunks =
                DemoServer.chunks(
                        DemoServer.post("/v1/completions", body)
                                .statusCode(200)
                                .contentType("text/event-stream")
                                .extract()
                                .asString());
        List<StringBuilder> texts =
                new ArrayList<>(List.of(new StringBuilder(), new StringBuilder()));
        for (JsonNode chunk : chunks) {
            assertEquals("text_completion", chunk.get("object").asText());
            for (JsonNode choice : chunk.get("choices")) {
                texts.get(choice.get("index").asInt()).append(choice.get("text").asText());
            }
        }
        assertEquals(" Paris.", texts.get(0).toString());
        assertEquals(" Baghdad.", texts.get(1).toString());
        assertEquals(10, chunks.getLast().at("/usage/prompt_tokens").asInt());
        assertEquals(6, chunks.getLast().at("/usage/completion_tokens").asInt());
    }

    @Test
    void stopTokenEndsTheChoiceAndIsNamed() {
        // 2264 is " Baghdad" in the golden answer.
        DemoServer.post(
                        "/v1/completions",
                        greedy("\"The capital of Iraq is\"", ", \"stop_token_ids\": [2264]"))
                .statusCode(200)
                .body("choices[0].finish_reason", equalTo("stop"))
                .body("choices[0].stop_reason", equalTo(2264));
    }

    @Test
    void minTokensKeepsTheEndAway() {
        DemoServer.post(
                        "/v1/completions",
                        greedy(
                                "\"The capital of Iraq is\"",
                                ", \"min_tokens\": 9, \"max_tokens\": 9"))
                .statusCode(200)
                .body("usage.completion_tokens", equalTo(9));
    }
}
