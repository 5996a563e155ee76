package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.engine.ChatRenderer;
import quire.error.InvalidRequestException;
import quire.golden.GoldenData;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.template.ChatTemplate;

/** What chat templates get of a history with calls. */
class ChatTurnsTest {

    private static ChatPrompt prompt(String messages) throws IOException {
        CreateChatCompletionRequest request =
                RequestBodyTest.mapper()
                        .readValue(
                                "{\"model\": \"m\", \"messages\": [" + messages + "]}",
                                CreateChatCompletionRequest.class);
        return ChatPrompt.of(request.getMessages(), true, false, Map.of(), List.of());
    }

    private static String history(String arguments) {
        return "{\"role\": \"user\", \"content\": \"Weather?\"}, {\"role\": \"assistant\","
                + " \"content\": null, \"tool_calls\": [{\"id\": \"abcdefghi\", \"type\":"
                + " \"function\", \"index\": 0, \"function\": {\"name\": \"get_weather\", \"arguments\": "
                + arguments
                + "}}]}, {\"role\": \"tool\", \"tool_call_id\": \"abcdefghi\", \"content\":"
                + " \"sunny\"}";
    }

    private static String rendered(String name, String messages) throws IOException {
        Path file = GoldenData.fixtures().resolve("chat-templates").resolve(name + ".jinja");
        ChatRenderer chat =
                new ChatRenderer(
                        Optional.of(ChatTemplate.compile(Files.readString(file))),
                        Map.of("bos_token", "<s>", "eos_token", "</s>"));
        return prompt(messages).render(chat);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            Qwen-Qwen2.5-7B-Instruct                | "arguments": {"city": "Bonn"}}
            Qwen-Qwen3-0.6B                         | "arguments": {"city": "Bonn"}}
            Qwen3-Coder                             | <parameter=city>
            meta-llama-Llama-3.1-8B-Instruct        | "parameters": {"city": "Bonn"}}
            meta-llama-Llama-3.2-3B-Instruct        | "parameters": {"city": "Bonn"}}
            Mistral-Small-3.2-24B-Instruct-2506     | [TOOL_CALLS]get_weather[CALL_ID]abcdefghi[ARGS]{"city": "Bonn"}
            mistralai-Mistral-Nemo-Instruct-2407    | "arguments": {"city": "Bonn"}, "id": "abcdefghi"}
            deepseek-ai-DeepSeek-V3.1               | <｜tool▁sep｜>{"city": "Bonn"}<｜tool▁call▁end｜>
            deepseek-ai-DeepSeek-R1-Distill-Qwen-32B | {"city": "Bonn"}
            deepseek-ai-DeepSeek-R1-Distill-Llama-8B | {"city": "Bonn"}
            """)
    void callsOfTheHistoryReachEveryTemplate(String name, String expected) throws IOException {
        String prompt = rendered(name, history("\"{\\\"city\\\": \\\"Bonn\\\"}\""));
        assertEquals(true, prompt.contains(expected), prompt);
        assertEquals(false, prompt.contains("None"), prompt);
        // Arguments that are no JSON must not make every later turn an error.
        rendered(name, history("\"{\\\"city\\\": \\\"Bo\""));
        rendered(name, history("\"\""));
        // Nor must ids that another model gave.
        rendered(
                name,
                history("\"{\\\"city\\\": \\\"Bonn\\\"}\"")
                        .replace("abcdefghi", "call_0123456789"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
            {"role": "user", "content": "a", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]} | messages.0.tool_calls
            {"role": "user", "content": "a", "tool_call_id": "a"} | messages.0.tool_call_id
            {"role": "tool", "tool_call_id": "a"}                 | messages.0.content
            {"role": "tool", "content": null}                     | messages.0.content
            """)
    void whatStandsInTheWrongMessageIsRefusedByName(String message, String param) {
        InvalidRequestException refusal =
                assertThrows(
                        InvalidRequestException.class,
                        () -> rendered("Qwen-Qwen2.5-7B-Instruct", message));
        assertEquals(param, refusal.param());
    }
}
