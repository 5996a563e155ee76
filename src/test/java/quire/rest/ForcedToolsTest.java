package quire.rest;

import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls that grammars force or hold to a schema. */
@QuarkusTest
class ForcedToolsTest {

    private static final String PATH = "/v1/chat/completions";
    private static final String TOOLS =
            "\"tools\": [%s, %s]".formatted(tool("get_weather", false), tool("get_time", false));
    private static final String NAMED =
            "\"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"get_time\"}}";
    private static final String REQUIRED = "\"tool_choice\": \"required\"";

    private static String tool(String name, boolean strict) {
        return "{\"type\": \"function\", \"function\": {\"name\": \""
                + name
                + "\", \"description\": \"Of a city.\", \"strict\": "
                + strict
                + ", \"parameters\": {\"type\": \"object\", \"properties\": {\"city\": {\"type\":"
                + " \"string\", \"maxLength\": 20}}, \"required\": [\"city\"],"
                + " \"additionalProperties\": false}}}";
    }

    private static String ask(String question, String... fields) {
        return "{\"model\": \"quire-demo\", \"max_tokens\": 300, \"messages\": [{\"role\":"
                + " \"user\", \"content\": \""
                + question
                + "\"}], "
                + String.join(", ", fields)
                + "}";
    }

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    /** Calls as {@code name arguments}, joined from the chunks of a stream. */
    private static List<String> streamed(String body, String reason) throws IOException {
        String stream =
                DemoServer.post(PATH, body.replaceFirst("\\{", "{\"stream\": true, "))
                        .statusCode(200)
                        .extract()
                        .asString();
        List<String> calls = new ArrayList<>();
        List<JsonNode> chunks = DemoServer.chunks(stream);
        for (JsonNode chunk : chunks) {
            JsonNode delta = chunk.at("/choices/0/delta");
            assertEquals("", delta.path("content").asText(""), "nothing but calls");
            for (JsonNode call : delta.path("tool_calls")) {
                int index = call.get("index").asInt();
                if (call.has("id")) {
                    assertEquals(calls.size(), index);
                    assertEquals("", call.at("/function/arguments").asText());
                    calls.add(call.at("/function/name").asText() + " ");
                } else {
                    String piece = call.at("/function/arguments").asText();
                    calls.set(index, calls.get(index) + piece);
                }
            }
        }
        assertEquals(reason, chunks.getLast().at("/choices/0/finish_reason").asText());
        return calls;
    }

    private static List<String> whole(String body) throws IOException {
        JsonNode answer =
                DemoServer.MAPPER.readTree(
                        DemoServer.post(PATH, body).statusCode(200).extract().asString());
        List<String> calls = new ArrayList<>();
        for (JsonNode call : answer.at("/choices/0/message/tool_calls")) {
            calls.add(
                    call.at("/function/name").asText()
                            + " "
                            + call.at("/function/arguments").asText());
        }
        return calls;
    }

    private static void assertKeepsToTheSchema(String call) throws IOException {
        JsonNode arguments = DemoServer.MAPPER.readTree(call.substring(call.indexOf(' ') + 1));
        assertEquals(1, arguments.size(), call);
        assertTrue(arguments.get("city").asText().length() <= 20, call);
    }

    @Test
    void requiredCallIsMadeWhateverIsAsked() throws IOException {
        for (int seed = 1; seed <= 3; seed++) {
            String body =
                    ask(
                            "Who are you?",
                            TOOLS,
                            REQUIRED,
                            "\"parallel_tool_calls\": false, \"seed\": " + seed);
            DemoServer.post(PATH, body)
                    .statusCode(200)
                    .body("choices[0].message.content", nullValue())
                    .body("choices[0].message.tool_calls", hasSize(1))
                    .body("choices[0].finish_reason", equalTo("tool_calls"));
            List<String> calls = whole(body);
            assertKeepsToTheSchema(calls.getFirst());
            assertEquals(calls, streamed(body, "tool_calls"));
        }
    }

    @Test
    void severalRequiredCallsAreToldOneByOne() throws IOException {
        String body = ask("What time is it in Lima?", TOOLS, REQUIRED, "\"seed\": 4");
        List<String> calls = whole(body);
        assertTrue(!calls.isEmpty());
        assertEquals(calls, streamed(body, "tool_calls"));
    }

    @Test
    void namedCallIsTheOnlyOneAndEndsAsATextDoes() throws IOException {
        String body = ask("Who are you?", TOOLS, NAMED, "\"temperature\": 0");
        DemoServer.post(PATH, body)
                .statusCode(200)
                .body("choices[0].message.tool_calls", hasSize(1))
                .body("choices[0].message.tool_calls[0].function.name", equalTo("get_time"))
                .body("choices[0].finish_reason", equalTo("stop"));
        List<String> calls = whole(body);
        assertKeepsToTheSchema(calls.getFirst());
        assertEquals(calls, streamed(body, "stop"));
    }

    @Test
    void forcedCallThatIsCutOffEndsByLength() throws IOException {
        for (String choice : List.of(NAMED, REQUIRED)) {
            String body = ask("Who are you?", TOOLS, choice, "\"seed\": 1");
            String cut = body.replace("300", "16");
            DemoServer.post(PATH, cut)
                    .statusCode(200)
                    .body("choices[0].finish_reason", equalTo("length"));
            assertEquals(1, streamed(cut, "length").size());
            // Less than a call is no list of calls, empty or not.
            DemoServer.post(PATH, body.replace("300", "3"))
                    .statusCode(200)
                    .body("choices[0].message", not(hasKey("tool_calls")))
                    .body("choices[0].finish_reason", equalTo("length"));
        }
    }

    @Test
    void strictToolIsHeldToItsSchemaWhereTheModelCallsIt() throws IOException {
        String tools =
                "\"tools\": [%s, %s]".formatted(tool("get_weather", true), tool("get_time", true));
        for (int seed = 1; seed <= 3; seed++) {
            String body =
                    ask(
                            "What time is it in Lima?",
                            tools,
                            "\"temperature\": 1.0, \"seed\": " + seed);
            for (String call : whole(body)) {
                assertKeepsToTheSchema(call);
            }
        }
        DemoServer.post(PATH, ask("What time is it in Lima?", tools, "\"temperature\": 0"))
                .statusCode(200)
                .body("choices[0].message.tool_calls[0].function.name", equalTo("get_time"))
                .body("choices[0].finish_reason", equalTo("tool_calls"));
        DemoServer.post(PATH, ask("Who are you?", tools, "\"temperature\": 0"))
                .statusCode(200)
                .body("choices[0].message.tool_calls", nullValue());
    }

    @Test
    void modelThatMayCallAnswersInTheFormatOtherwise() throws IOException {
        String format =
                "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\":"
                        + " \"n\", \"schema\": {\"enum\": [\"a\", \"b\"]}}}, \"temperature\": 0";
        DemoServer.post(PATH, ask("What time is it in Lima?", TOOLS, format))
                .statusCode(200)
                .body("choices[0].message.tool_calls[0].function.name", equalTo("get_time"));
        String text =
                DemoServer.post(
                                PATH,
                                ask("Who are you?", TOOLS, "\"tool_choice\": \"none\"", format))
                        .statusCode(200)
                        .body("choices[0].message", not(hasKey("tool_calls")))
                        .extract()
                        .path("choices[0].message.content");
        assertTrue(List.of("\"a\"", "\"b\"").contains(text), text);
    }

    @Test
    void logprobsOfACallAreThoseOfAllItsTokens() throws IOException {
        for (String choice : List.of(REQUIRED, NAMED, "\"tool_choice\": \"auto\"")) {
            String body =
                    ask(
                            "What time is it in Lima?",
                            TOOLS,
                            choice,
                            "\"logprobs\": true, \"temperature\": 0,"
                                    + " \"parallel_tool_calls\": false");
            JsonNode answer =
                    DemoServer.MAPPER.readTree(
                            DemoServer.post(PATH, body).statusCode(200).extract().asString());
            JsonNode told = answer.at("/choices/0/logprobs/content");
            assertEquals(answer.at("/usage/completion_tokens").asInt(), told.size(), choice);
            String stream =
                    DemoServer.post(PATH, body.replaceFirst("\\{", "{\"stream\": true, "))
                            .extract()
                            .asString();
            List<JsonNode> streamed = new ArrayList<>();
            for (JsonNode chunk : DemoServer.chunks(stream)) {
                chunk.at("/choices/0/logprobs/content").forEach(streamed::add);
            }
            List<JsonNode> whole = new ArrayList<>();
            told.forEach(whole::add);
            assertEquals(whole, streamed, choice);
        }
    }

    /** It says its call as it was taught to, and ends by itself. */
    @Test
    void modelThatWouldCallAnywayIsNotLedAstray() throws IOException {
        String question = "What time is it in Lima?";
        List<String> free = whole(ask(question, TOOLS, "\"temperature\": 0"));
        for (String choice : List.of(REQUIRED, NAMED)) {
            String body = ask(question, TOOLS, choice, "\"temperature\": 0");
            assertEquals(free, whole(body), choice);
            assertEquals(free, streamed(body, choice.equals(NAMED) ? "stop" : "tool_calls"));
        }
    }

    @Test
    void schemaOfAToolThatCannotBeKeptIsRefused() {
        String tools =
                "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\","
                        + " \"parameters\": {\"type\": \"nothing\"}}}]";
        DemoServer.post(PATH, ask("Who are you?", tools, REQUIRED))
                .statusCode(400)
                .body("error.param", equalTo("tools"));
    }
}
