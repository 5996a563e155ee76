package quire.rest;

import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Chats with tools, which quire-demo was trained to call. */
@QuarkusTest
class ChatToolsTest {

    private static final String PATH = "/v1/chat/completions";
    private static final String CITY =
            "\"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\": \"string\","
                    + " \"description\": \"The name of the city.\"}}, \"required\": [\"city\"]}}}";
    private static final String TOOLS =
            "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"get_weather\","
                    + " \"description\": \"Get the current weather of a city.\", "
                    + CITY
                    + ", {\"type\": \"function\", \"function\": {\"name\": \"get_time\","
                    + " \"description\": \"Get the local time in a city.\", "
                    + CITY
                    + "]";
    private static final String QUESTION =
            "\"model\": \"quire-demo\", \"temperature\": 0, \"messages\": [{\"role\": \"user\","
                    + " \"content\": \"What time is it in Lima?\"}], "
                    + TOOLS;
    private static final String ARGUMENTS = "{\"city\": \"Lima\"}";

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    private static List<JsonNode> stream(String fields) throws IOException {
        return DemoServer.chunks(
                DemoServer.post(PATH, "{" + QUESTION + ", \"stream\": true" + fields + "}")
                        .statusCode(200)
                        .extract()
                        .asString());
    }

    @Test
    void modelCallsATool() {
        DemoServer.post(PATH, "{" + QUESTION + "}")
                .statusCode(200)
                .body("choices[0].message.content", nullValue())
                .body("choices[0].message.tool_calls", hasSize(1))
                .body("choices[0].message.tool_calls[0].id", matchesPattern("call_[0-9a-f]{24}"))
                .body("choices[0].message.tool_calls[0].type", equalTo("function"))
                .body("choices[0].message.tool_calls[0].function.name", equalTo("get_time"))
                .body("choices[0].message.tool_calls[0].function.arguments", equalTo(ARGUMENTS))
                .body("choices[0].finish_reason", equalTo("tool_calls"));
    }

    @Test
    void callIsStreamedArgumentByArgument() throws IOException {
        List<JsonNode> chunks = stream("");
        List<JsonNode> calls = new ArrayList<>();
        for (JsonNode chunk : chunks) {
            JsonNode delta = chunk.at("/choices/0/delta");
            if (delta.has("tool_calls")) {
                assertEquals(1, delta.size());
                calls.add(delta.get("tool_calls").get(0));
            } else {
                assertEquals("", delta.path("content").asText());
            }
        }
        assertEquals(0, calls.getFirst().get("index").asInt());
        assertTrue(calls.getFirst().get("id").asText().matches("call_[0-9a-f]{24}"));
        assertEquals(
                "{\"name\":\"get_time\",\"arguments\":\"\"}",
                calls.getFirst().get("function").toString());
        StringBuilder arguments = new StringBuilder();
        for (JsonNode call : calls.subList(1, calls.size())) {
            assertEquals(2, call.size(), "index and function alone");
            assertEquals(1, call.get("function").size());
            arguments.append(call.at("/function/arguments").asText());
        }
        assertTrue(calls.size() > 3, "in pieces");
        assertEquals(ARGUMENTS, arguments.toString());
        assertEquals("tool_calls", chunks.getLast().at("/choices/0/finish_reason").asText());
    }

    @Test
    void callThatIsCutOffEndsByLength() {
        DemoServer.post(PATH, "{" + QUESTION + ", \"max_tokens\": 12}")
                .statusCode(200)
                .body("choices[0].finish_reason", equalTo("length"));
    }

    @Test
    void stopStringWithinACallEndsIt() {
        DemoServer.post(PATH, "{" + QUESTION + ", \"stop\": \"Li\"}")
                .statusCode(200)
                .body(
                        "choices[0].message.tool_calls[0].function.arguments",
                        equalTo("{\"city\": \""))
                .body("choices[0].finish_reason", equalTo("tool_calls"));
    }

    @Test
    void callThatIsForbiddenIsTextWithoutMarkers() throws IOException {
        String said = "{\"name\": \"get_time\", \"arguments\": " + ARGUMENTS + "}";
        DemoServer.post(PATH, "{" + QUESTION + ", \"tool_choice\": \"none\"}")
                .statusCode(200)
                .body("choices[0].message.content", equalTo(said))
                .body("choices[0].message", not(hasKey("tool_calls")))
                .body("choices[0].finish_reason", equalTo("stop"));
        StringBuilder streamed = new StringBuilder();
        for (JsonNode chunk : stream(", \"tool_choice\": \"none\"")) {
            streamed.append(chunk.at("/choices/0/delta/content").asText(""));
            assertFalse(chunk.at("/choices/0/delta").has("tool_calls"));
        }
        assertEquals(said, streamed.toString());
    }

    @Test
    void everyChoiceHasItsOwnCall() throws IOException {
        DemoServer.post(PATH, "{" + QUESTION + ", \"n\": 2}")
                .statusCode(200)
                .body("choices[0].message.tool_calls[0].function.arguments", equalTo(ARGUMENTS))
                .body("choices[1].message.tool_calls[0].function.arguments", equalTo(ARGUMENTS));
        int begun = 0;
        for (JsonNode chunk : stream(", \"n\": 2")) {
            JsonNode call = chunk.at("/choices/0/delta/tool_calls/0");
            if (call.has("id")) {
                begun++;
                assertEquals(0, call.get("index").asInt());
            }
        }
        assertEquals(2, begun);
    }

    @Test
    void toolsAnswerGoesBackToTheModel() {
        String history =
                "\"model\": \"quire-demo\", \"temperature\": 0, "
                        + TOOLS
                        + ", \"messages\": [{\"role\": \"user\", \"content\": \"What time is it in"
                        + " Lima?\"}, {\"role\": \"assistant\", \"content\": null, \"refusal\": null,"
                        + " \"tool_calls\": [{\"id\": \"call_1\", \"type\": \"function\", \"function\":"
                        + " {\"name\": \"get_time\", \"arguments\": \"{\\\"city\\\": \\\"Lima\\\"}\"}}]},"
                        + " {\"role\": \"tool\", \"tool_call_id\": \"call_1\", \"content\":"
                        + " \"{\\\"time\\\": \\\"06:17\\\"}\"}]";
        DemoServer.post(PATH, "{" + history + "}")
                .statusCode(200)
                .body("choices[0].message.content", equalTo("It is 06:17 in Lima."))
                .body("choices[0].message", not(hasKey("tool_calls")))
                .body("choices[0].finish_reason", equalTo("stop"));
    }

    @Test
    void goldenAnswersToToolsComeAsTheModelGivesThem() throws IOException {
        for (JsonNode golden : DemoServer.goldenCases()) {
            if (!golden.has("tools")) {
                continue;
            }
            String request =
                    "{\"model\": \"quire-demo\", \"temperature\": 0, \"max_tokens\": "
                            + golden.get("greedy").size()
                            + ", \"tool_choice\": \"none\", \"messages\": "
                            + golden.get("messages")
                            + ", \"tools\": "
                            + golden.get("tools")
                            + "}";
            DemoServer.post(PATH, request)
                    .statusCode(200)
                    .body("usage.prompt_tokens", equalTo(golden.get("prompt_ids").size()));
        }
    }

    @Test
    void toolsAreTokenizedAsTheModelGetsThem() throws IOException {
        int numTokens =
                DemoServer.post(
                                "/tokenize",
                                "{" + QUESTION.replace("\"temperature\": 0, ", "") + "}")
                        .statusCode(200)
                        .extract()
                        .path("count");
        DemoServer.post(PATH, "{" + QUESTION + "}").body("usage.prompt_tokens", equalTo(numTokens));
    }
}
