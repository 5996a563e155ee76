package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.rest.RequestBodyTest.chat;
import static quire.rest.RequestBodyTest.completion;
import static quire.rest.RequestBodyTest.completionRefusal;
import static quire.rest.RequestBodyTest.refusal;

import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.error.InvalidRequestException;
import quire.rest.api.model.CreateChatCompletionRequest;

class UnsupportedFieldsTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            "suffix": ""                  | suffix
            "guided_json": {}             | guided_json
            "stream_options": {"include_obfuscation": true} | stream_options.include_obfuscation
            """)
    void completionFieldThatIsNotSupportedIsRefusedByName(String fields, String param) {
        InvalidRequestException refusal = completionRefusal("\"prompt\": \"p\", " + fields);
        assertEquals(param, refusal.param());
        assertEquals("'" + param + "' is not supported yet; leave it out.", refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
            "functions": [{"name": "f"}]   | functions
            "function_call": {"name": "f"} | function_call
            "modalities": ["text", "audio"] | modalities
            "prediction": {}               | prediction
            "verbosity": "low"             | verbosity
            "web_search_options": {}       | web_search_options
            """)
    void chatFieldThatIsNotSupportedIsRefusedByName(String fields, String param) {
        InvalidRequestException refusal =
                refusal(
                        "{\"model\": \"m\", \"messages\": [], " + fields + "}",
                        CreateChatCompletionRequest.class);
        assertEquals(param, refusal.param());
        assertEquals("'" + param + "' is not supported yet; leave it out.", refusal.getMessage());
    }

    @Test
    void whatVllmTookAwayHasAWayOut() {
        InvalidRequestException refusal = completionRefusal("\"prompt\": \"p\", \"best_of\": 2");
        assertEquals("best_of", refusal.param());
        assertEquals(
                "'best_of' is gone, as in vLLM: ask for 'n' choices and take the best by their"
                        + " 'logprobs'.",
                refusal.getMessage());
    }

    @Test
    void allUnsupportedFieldsAreToldInOneSentence() {
        assertEquals(
                "'functions' and 'function_call' are not supported yet; leave them out.",
                chatRefusal("\"functions\": [{\"name\": \"f\"}], \"function_call\": \"auto\"")
                        .getMessage());
        InvalidRequestException refusal =
                chatRefusal(
                        "\"function_call\": \"none\", \"prediction\": {\"a\": 1}, \"functions\": [{}], \"seed\": 1,"
                                + " \"stream_options\": {\"include_obfuscation\": true}");
        assertEquals("prediction", refusal.param());
        assertEquals("unsupported_parameter", refusal.code());
        assertEquals(
                "'prediction', 'functions', 'stream_options.include_obfuscation' and 'function_call' are not"
                        + " supported yet; leave them out.",
                refusal.getMessage());
    }

    @Test
    void manyUnsupportedFieldsAreCounted() {
        String messages =
                "{\"role\": \"assistant\", \"content\": \"\", \"thinking\": \"a\"}, ".repeat(14);
        InvalidRequestException refusal =
                refusal(
                        "{\"model\": \"m\", \"messages\": ["
                                + messages
                                + "{\"role\": \"user\", \"content\": \"a\"}]}",
                        CreateChatCompletionRequest.class);
        assertEquals("messages.0.thinking", refusal.param());
        assertTrue(
                refusal.getMessage()
                        .endsWith(
                                "'messages.9.thinking' and 4 more are not supported yet; leave"
                                        + " them out."),
                refusal.getMessage());
    }

    private static InvalidRequestException chatRefusal(String fields) {
        return refusal(
                "{\"model\": \"m\", \"messages\": [], " + fields + "}",
                CreateChatCompletionRequest.class);
    }

    @Test
    void everyFieldMayBeNullUnlessItIsRequired() throws Exception {
        StringBuilder nulls = new StringBuilder("\"whatever\": null");
        for (String name : UnsupportedFields.names(CreateChatCompletionRequest.class)) {
            nulls.append(", \"").append(name).append("\": null");
        }
        for (PropertyDescriptor field :
                Introspector.getBeanInfo(CreateChatCompletionRequest.class, Object.class)
                        .getPropertyDescriptors()) {
            String name = field.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            if (!Set.of("model", "messages").contains(name)) {
                nulls.append(", \"").append(name).append("\": null");
            }
        }
        assertEquals(chat(""), chat(nulls.toString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            {"model": "m", "messages": null}               | messages        | 'messages' is required, but is null.
            {"model": "m", "messages": [{"role": null}]}   | messages.0.role | 'messages.0.role' is required, but is null.
            {"model": "m", "messages": [{"role": "user", "content": [{"type": "text", "text": null}]}]} | messages.0.content.0.text | 'messages.0.content.0.text' must be a string, but is null.
            """)
    void requiredFieldThatIsNullIsToldApartFromOneThatIsAbsent(
            String body, String param, String message) {
        InvalidRequestException refusal = refusal(body, CreateChatCompletionRequest.class);
        assertEquals(param, refusal.param());
        assertEquals(message, refusal.getMessage());
    }

    @Test
    void unsupportedFieldsPassWithTheirDefaults() throws IOException {
        assertEquals(
                chat(""),
                chat(
                        """
                "tools": null, "tool_choice": null, "parallel_tool_calls": null,
                "functions": [], "function_call": "auto", "temprature": null,
                "modalities": ["text"], "include_reasoning": null"""));
        assertEquals(completion(""), completion("\"best_of\": 1, \"suffix\": null"));
    }
}
