package quire.rest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.InvalidRequestException;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;

class RequestBodyTest {

    private static final ObjectMapper MAPPER = mapper();

    static ObjectMapper mapper() {
        ObjectMapper mapper = new ObjectMapper();
        new StrictJson().customize(mapper);
        return mapper;
    }

    static CreateCompletionRequest completion(String fields) throws IOException {
        return MAPPER.readValue(
                "{\"model\": \"m\", \"prompt\": \"p\""
                        + (fields.isEmpty() ? "" : ", " + fields)
                        + "}",
                CreateCompletionRequest.class);
    }

    static CreateChatCompletionRequest chat(String fields) throws IOException {
        return MAPPER.readValue(
                "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"c\"}]"
                        + (fields.isEmpty() ? "" : ", " + fields)
                        + "}",
                CreateChatCompletionRequest.class);
    }

    static InvalidRequestException refusal(String body, Class<?> type) {
        Throwable thrown = assertThrows(Exception.class, () -> MAPPER.readValue(body, type));
        while (thrown.getCause() != null && !(thrown instanceof InvalidRequestException)) {
            thrown = thrown.getCause();
        }
        return assertInstanceOf(InvalidRequestException.class, thrown);
    }

    static InvalidRequestException completionRefusal(String fields) {
        return refusal("{\"model\": \"m\", " + fields + "}", CreateCompletionRequest.class);
    }

    private static Prompt prompt(String json) throws IOException {
        return MAPPER.readValue(json, Prompt.class);
    }

    @Test
    void promptHasFourShapes() throws IOException {
        assertEquals(List.of(new Prompt.Text("a")), prompt("\"a\"").inputs());
        assertEquals(
                List.of(new Prompt.Text("a"), new Prompt.Text("b")),
                prompt("[\"a\", \"b\"]").inputs());
        List<Prompt.Input> one = prompt("[1, 2, 300]").inputs();
        assertEquals(1, one.size());
        assertArrayEquals(new int[] {1, 2, 300}, ids(one.getFirst()));
        List<Prompt.Input> two = prompt("[[1], [2, 3]]").inputs();
        assertArrayEquals(new int[] {1}, ids(two.get(0)));
        assertArrayEquals(new int[] {2, 3}, ids(two.get(1)));
    }

    private static int[] ids(Prompt.Input input) {
        return assertInstanceOf(Prompt.TokenIds.class, input).ids();
    }

    @Test
    void longPromptOfTokenIdsKeepsEachOne() throws IOException {
        int[] expected = IntStream.range(0, 1000).toArray();
        assertArrayEquals(expected, ids(prompt(Arrays.toString(expected)).inputs().getFirst()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            ""               | prompt     | empty
            []               | prompt     | empty
            [[]]             | prompt     | empty
            ["a", ""]        | prompt     | empty
            5                | prompt     | must be a string, a list of strings
            {}               | prompt     | must be a string, a list of strings
            true             | prompt     | must be a string, a list of strings
            [null]           | prompt.0   | must be a string, a list of strings
            ["a", 1]         | prompt.1   | must be a string like the prompts before it, but is 1
            [1, "a"]         | prompt.1   | must be an integer, but is the string "a"
            [1, 2.5]         | prompt.1   | must be an integer, but is 2.5
            [[1], 2]         | prompt.1   | must be a list of token ids
            [[1, null]]      | prompt.0.1 | must be an integer, but is null
            [3000000000]     | prompt.0   | must be an integer from
            """)
    void promptOfAnotherShapeIsRefused(String json, String param, String message) {
        InvalidRequestException refusal = completionRefusal("\"prompt\": " + json);
        assertEquals(param, refusal.param());
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    @Test
    void numberOfPromptsIsLimited() throws IOException {
        String most = "\"a\", ".repeat(Prompt.MAX_PROMPTS - 1) + "\"a\"";
        assertEquals(Prompt.MAX_PROMPTS, prompt("[" + most + "]").inputs().size());
        assertEquals("prompt", completionRefusal("\"prompt\": [" + most + ", \"a\"]").param());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            "max_tokens": "5"        | max_tokens     | 'max_tokens' must be an integer, but is the string "5".
            "max_tokens": 1.5        | max_tokens     | 'max_tokens' must be an integer, but is 1.5.
            "max_tokens": true       | max_tokens     | 'max_tokens' must be an integer, but is true.
            "max_tokens": 2147483648 | max_tokens     | 'max_tokens' must be an integer from -2147483648 to 2147483647, but is 2147483648.
            "n": [1]                 | n              | 'n' must be an integer, but is a list.
            "seed": 9223372036854775808 | seed        | 'seed' must be an integer of 64 bits at most, but is 9223372036854775808.
            "temperature": "hot"     | temperature    | 'temperature' must be a number, but is the string "hot".
            "temperature": 1e999     | temperature    | 'temperature' must be a number, but is 1e999.
            "stream": "yes"          | stream         | 'stream' must be true or false, but is the string "yes".
            "stream": 1              | stream         | 'stream' must be true or false, but is 1.
            "user": 5                | user           | 'user' must be a string, but is 5.
            "stop": 5                | stop           | 'stop' must be a string or a list of strings, but is 5.
            "stop": ["a", 5]         | stop.1         | 'stop.1' must be a string, but is 5.
            "stop_token_ids": 5      | stop_token_ids | 'stop_token_ids' must be a list, but is 5.
            "metadata": 5            | metadata       | 'metadata' must be an object, but is 5.
            "stream_options": true   | stream_options | 'stream_options' must be an object, but is true.
            "stream_options": "x"    | stream_options | 'stream_options' must be an object, but is the string "x".
            "stop_token_ids": {}     | stop_token_ids | 'stop_token_ids' must be a list, but is an object.
            "stop_token_ids": "1"    | stop_token_ids | 'stop_token_ids' must be a list, but is the string "1".
            "metadata": []           | metadata       | 'metadata' must be an object, but is a list.
            "stop_token_ids": ["a"]  | stop_token_ids.0 | 'stop_token_ids.0' must be an integer, but is the string "a".
            "stream_options": {"include_usage": 1} | stream_options.include_usage | 'stream_options.include_usage' must be true or false, but is 1.
            """)
    void wrongTypeIsRefusedByName(String fields, String param, String message) {
        InvalidRequestException refusal = completionRefusal("\"prompt\": \"p\", " + fields);
        assertEquals(param, refusal.param());
        assertEquals(message, refusal.getMessage());
    }

    @Test
    void integersMayBeWrittenWithAPoint() throws IOException {
        assertEquals(16, completion("\"max_tokens\": 16.0").getMaxTokens());
        assertEquals(7L, completion("\"seed\": 7e0").getSeed());
    }

    @Test
    void boundsOfIntegersAreReadExactly() throws IOException {
        assertEquals(Integer.MAX_VALUE, completion("\"max_tokens\": 2147483647").getMaxTokens());
        assertEquals(Long.MIN_VALUE, completion("\"seed\": -9223372036854775808").getSeed());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"stop_token_ids\": [1, null]", "\"max_tokens\": 1, \"max_tokens\": 2"})
    void otherWrongShapesAreRefusedByTheLibrary(String fields) {
        assertThrows(JsonProcessingException.class, () -> completion(fields));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\": \"m\"",
                "{\"model\": \"m\"} x",
                "{'model': 'm'}",
                "{\"model\": NaN}",
                "nul"
            })
    void brokenJsonIsRefused(String body) {
        assertThrows(
                JsonProcessingException.class,
                () -> MAPPER.readValue(body, CreateCompletionRequest.class));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            []   | The body must be an object, but is a list.
            5    | The body must be an object, but is 5.
            "a"  | The body must be an object, but is the string "a".
            true | The body must be an object, but is true.
            """)
    void bodyThatIsNoObjectIsRefused(String body, String message) {
        assertEquals(message, refusal(body, CreateCompletionRequest.class).getMessage());
    }

    @Test
    void invalidUtf8IsRefused() {
        byte[] body =
                "{\"model\": \"m\", \"prompt\": \"\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1);
        assertThrows(
                IOException.class, () -> MAPPER.readValue(body, CreateCompletionRequest.class));
    }

    @Test
    void nullLeavesAFieldToItsDefault() throws IOException {
        CreateCompletionRequest request =
                completion(
                        "\"max_tokens\": null, \"stop\": null,"
                                + " \"stream\": null, \"temperature\": null, \"logprobs\": null, \"suffix\": null");
        assertEquals(completion(""), request);
    }

    @Test
    void bookkeepingIsAccepted() throws IOException {
        String fields =
                "\"user\": \"u\", \"metadata\": {\"a\": null}, \"store\": true,"
                        + " \"service_tier\": \"auto\", \"safety_identifier\": \"s\", \"prompt_cache_key\": \"k\"";
        assertEquals("u", completion(fields).getUser());
        assertEquals("k", chat(fields).getPromptCacheKey());
    }

    @Test
    void unknownFieldIsRefusedWithAHint() {
        InvalidRequestException refusal = completionRefusal("\"prompt\": \"p\", \"temprature\": 1");
        assertEquals("temprature", refusal.param());
        assertEquals("unknown_parameter", refusal.code());
        assertEquals(
                "Unknown parameter 'temprature'; did you mean 'temperature'?",
                refusal.getMessage());
        assertEquals(
                "Unknown parameter 'colour'.",
                completionRefusal("\"prompt\": \"p\", \"colour\": 1").getMessage());
    }

    @Test
    void unknownNestedFieldIsRefusedWithItsPath() {
        assertEquals(
                "messages.1.colour",
                refusal(
                                "{\"model\": \"m\", \"messages\": ["
                                        + "{\"role\": \"user\", \"content\": \"a\"},"
                                        + "{\"role\": \"user\", \"content\": \"b\", \"colour\": 1}]}",
                                CreateChatCompletionRequest.class)
                        .param());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            [{"type": "image_url", "image_url": {"url": "x"}}] | messages.0.content.0.type | type 'image_url', which is not supported yet
            [{"type": "text", "text": "a"}, {"type": "input_audio"}] | messages.0.content.1.type | type 'input_audio', which is not supported yet
            [{"type": "poem"}]         | messages.0.content.0.type | must be 'text', but is "poem"
            [{"text": "a"}]            | messages.0.content.0.type | must be 'text'
            [{"type": "text"}]         | messages.0.content.0.text | is required
            [{"type": "text", "text": 5}] | messages.0.content.0.text | must be a string
            [{"type": "text", "text": "a", "x": 5}] | messages.0.content.0.x | Unknown parameter
            ["a"]                      | messages.0.content.0 | must be a text part
            []                         | messages.0.content | is empty
            5                          | messages.0.content | must be a string or a list of text parts, but is 5
            {"type": "text"}           | messages.0.content | must be a string or a list of text parts, but is an object
            """)
    void contentThatIsNotTextIsRefusedByName(String content, String param, String message) {
        InvalidRequestException refusal =
                refusal(
                        "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": "
                                + content
                                + "}]}",
                        CreateChatCompletionRequest.class);
        assertEquals(param, refusal.param());
        assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
    }

    @Test
    void textPartsAreJoinedByLineBreaks() throws IOException {
        MessageContent content =
                MAPPER.readValue(
                        "[{\"type\": \"text\", \"text\": \"a\"}, {\"text\": \"b\", \"type\": \"text\"}]",
                        MessageContent.class);
        assertEquals("a\nb", content.text());
        assertEquals("c", chat("").getMessages().getFirst().getContent().text());
    }

    @Test
    void answeredMessageMayBeSentBackAsItCame() throws IOException {
        CreateChatCompletionRequest request =
                MAPPER.readValue(
                        "{\"model\": \"m\", \"messages\": ["
                                + "{\"role\": \"assistant\", \"content\": \"a\", \"refusal\": null, \"annotations\": [],"
                                + " \"audio\": null, \"function_call\": null, \"tool_calls\": null}]}",
                        CreateChatCompletionRequest.class);
        assertEquals("a", request.getMessages().getFirst().getContent().text());
    }
}
