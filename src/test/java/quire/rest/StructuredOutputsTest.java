package quire.rest;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers of quire-demo that must be what a request says, on both routes, whole and streamed. */
@QuarkusTest
class StructuredOutputsTest {

    private static final String CHAT = "/v1/chat/completions";
    private static final String COMPLETIONS = "/v1/completions";
    private static final String PERSON =
            "{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\","
                    + " \"maxLength\": 12}, \"age\": {\"type\": \"integer\", \"minimum\": 0,"
                    + " \"maximum\": 130}, \"likes\": {\"enum\": [\"tea\", \"milk\"]}}, \"required\":"
                    + " [\"name\", \"age\", \"likes\"], \"additionalProperties\": false}";

    @BeforeEach
    void awaitReady() throws InterruptedException {
        DemoServer.awaitReady();
    }

    private static String chat(String fields) {
        return "{\"model\": \"quire-demo\", \"max_tokens\": 200, \"messages\": [{\"role\":"
                + " \"user\", \"content\": \"Who are you?\"}], "
                + fields
                + "}";
    }

    private static String completion(String fields) {
        return "{\"model\": \"quire-demo\", \"max_tokens\": 200, \"prompt\": \"Here is it: \", "
                + fields
                + "}";
    }

    private static String text(String path, String body) {
        String at = path.equals(CHAT) ? "choices[0].message.content" : "choices[0].text";
        return DemoServer.post(path, body)
                .statusCode(200)
                .body("choices[0].finish_reason", equalTo("stop"))
                .extract()
                .path(at);
    }

    private static String streamed(String path, String body) throws IOException {
        String stream =
                DemoServer.post(path, body.replaceFirst("\\{", "{\"stream\": true, "))
                        .statusCode(200)
                        .extract()
                        .asString();
        StringBuilder text = new StringBuilder();
        for (JsonNode chunk : DemoServer.chunks(stream)) {
            JsonNode choice = chunk.at("/choices/0");
            text.append(choice.at("/delta/content").asText(choice.at("/text").asText("")));
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '!',
            quoteCharacter = '~',
            textBlock =
                    """
                    "structured_outputs": {"regex": "[a-c]{3}x{1,3}y"} ! [a-c]{3}x{1,3}y
                    "structured_outputs": {"choice": ["north", "south"]} ! north|south
                    "structured_outputs": {"choice": ["1", "12", "123"]} ! 1|12|123
                    "structured_outputs": {"grammar": "root ::= [0-9] (\\"+\\" [0-9]){2}"} ! \\d\\+\\d\\+\\d
                    "structured_outputs": {"grammar": "start: \\"a\\" | \\"b\\" start"} ! b*a
                    "structured_outputs": {"json": {"const": [1, "a"]}, "disable_any_whitespace": true} ! \\[1,"a"\\]
                    "structured_outputs": {"json": "{\\"const\\": true}"} ! true
                    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"enum": ["x", 7]}}} ! "x"|7
                    """)
    void answerIsWhatWasAskedFor(String fields, String pattern) throws IOException {
        for (int seed = 1; seed <= 3; seed++) {
            String sampling = fields + ", \"temperature\": 1.5, \"seed\": " + seed;
            for (String path : List.of(CHAT, COMPLETIONS)) {
                String body = path.equals(CHAT) ? chat(sampling) : completion(sampling);
                String text = text(path, body);
                assertTrue(text.matches(pattern), text + " is not " + pattern);
                assertEquals(text, streamed(path, body));
            }
        }
    }

    @Test
    void objectsKeepToTheirSchema() throws IOException {
        String format =
                "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\":"
                        + " \"person\", \"strict\": true, \"schema\": "
                        + PERSON
                        + "}}, \"temperature\": 1.0, \"seed\": ";
        for (int seed = 1; seed <= 5; seed++) {
            JsonNode person = DemoServer.MAPPER.readTree(text(CHAT, chat(format + seed)));
            assertEquals(3, person.size());
            assertTrue(person.get("name").asText().length() <= 12);
            assertTrue(person.get("age").isInt() && person.get("age").asInt() <= 130);
            assertTrue(List.of("tea", "milk").contains(person.get("likes").asText()));
        }
    }

    @Test
    void anyObjectIsAnObject() throws IOException {
        String body =
                chat(
                        "\"response_format\": {\"type\": \"json_object\"}, \"max_tokens\": 300,"
                                + " \"temperature\": 0");
        String text =
                DemoServer.post(CHAT, body.replaceFirst("\"max_tokens\": 200, ", ""))
                        .statusCode(200)
                        .extract()
                        .path("choices[0].message.content");
        assertTrue(text.startsWith("{"), text);
    }

    @Test
    void everyChoiceOfAPromptKeepsToIt() {
        List<String> texts =
                DemoServer.post(
                                CHAT,
                                chat(
                                        "\"n\": 4, \"structured_outputs\": {\"regex\":"
                                                + " \"[xyz]{4}\"}"))
                        .statusCode(200)
                        .extract()
                        .path("choices.message.content");
        assertEquals(4, texts.size());
        texts.forEach(text -> assertTrue(text.matches("[xyz]{4}"), text));
    }

    @Test
    void cutAnswerIsABeginning() {
        DemoServer.post(
                        CHAT,
                        chat("\"structured_outputs\": {\"regex\": \"(ab){500}\"}")
                                .replace("200", "5"))
                .statusCode(200)
                .body("choices[0].finish_reason", equalTo("length"))
                .body("choices[0].message.content", matchesPattern("(ab)+a?"));
    }

    @Test
    void logprobsAreThoseOfTheTokensThatWereWritten() {
        String body =
                chat(
                        "\"logprobs\": true, \"top_logprobs\": 2, \"temperature\": 0,"
                                + " \"structured_outputs\": {\"choice\": [\"north\"]}");
        List<String> tokens =
                DemoServer.post(CHAT, body)
                        .statusCode(200)
                        .body("choices[0].message.content", equalTo("north"))
                        .extract()
                        .path("choices[0].logprobs.content.token");
        assertTrue(String.join("", tokens).startsWith("north"), tokens.toString());
    }

    @Test
    void usageCountsForcedTokensToo() {
        DemoServer.post(
                        COMPLETIONS,
                        completion(
                                "\"structured_outputs\": {\"choice\": [\""
                                        + "north ".repeat(20)
                                        + "\"]}"))
                .statusCode(200)
                .body("choices[0].text", equalTo("north ".repeat(20)))
                .body("usage.completion_tokens > 19", equalTo(true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "objekt"}}} | response_format.json_schema.schema | type
                    "response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": {"properties": {"a": {"unevaluatedItems": {"not": {"contains": 1}}}}}}} | response_format.json_schema.schema | /properties/a
                    "structured_outputs": {"json": "{"}           | structured_outputs.json     | JSON
                    "structured_outputs": {"regex": "a("}         | structured_outputs.regex    | at character 2
                    "structured_outputs": {"regex": "a{3,2}"}     | structured_outputs.regex    | at character 2
                    "structured_outputs": {"grammar": "root ::= (\\"a\\""} | structured_outputs.grammar | line 1
                    "structured_outputs": {"grammar": "start: nothing"} | structured_outputs.grammar | nothing
                    "structured_outputs": {"choice": []}          | structured_outputs.choice   | 1
                    """)
    void whatCannotBeKeptIsRefusedWithItsPlace(String fields, String param, String place) {
        for (String path : List.of(CHAT, COMPLETIONS)) {
            DemoServer.post(path, path.equals(CHAT) ? chat(fields) : completion(fields))
                    .statusCode(400)
                    .body("error.type", equalTo("invalid_request_error"))
                    .body("error.param", equalTo(param))
                    .body("error.message", containsString(place))
                    .body("error.message", containsString(param));
        }
    }

    @Test
    void wrongGrammarOfAStreamIsAPlainRefusal() {
        String body = chat("\"stream\": true, \"structured_outputs\": {\"regex\": \"a(\"}");
        DemoServer.post(CHAT, body)
                .statusCode(400)
                .body("error.param", equalTo("structured_outputs.regex"));
    }

    @Test
    void stopStringEndsAConstrainedAnswerToo() {
        String body =
                chat(
                        "\"stop\": \"c\", \"structured_outputs\": {\"regex\": \"abcd\"},"
                                + " \"temperature\": 0");
        assertEquals("ab", text(CHAT, body));
        assertFalse(
                text(
                                COMPLETIONS,
                                completion(
                                        "\"stop\": \"c\", \"structured_outputs\":"
                                                + " {\"regex\": \"abcd\"}"))
                        .contains("c"));
    }
}
