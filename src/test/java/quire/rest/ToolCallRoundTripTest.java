package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.chat.Reading;
import quire.chat.Said;
import quire.chat.ToolUse;
import quire.chat.Turn;
import quire.engine.ChatRenderer;
import quire.golden.GoldenData;
import quire.rest.api.model.CalledFunction;
import quire.rest.api.model.ChatMessage;
import quire.rest.api.model.ToolCall;
import quire.template.ChatTemplate;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

/** What a published chat template writes of random calls is read as these calls. */
class ToolCallRoundTripTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ROUNDS = 500;
    private static final long SEED = 20_261_127;

    /** Texts that formats may stumble over. */
    private static final List<String> HARD =
            List.of(
                    "Bonn",
                    "",
                    "00501",
                    "true",
                    "null",
                    "3",
                    "a \"quoted\" 'word'",
                    "back\\slash",
                    "two\nlines",
                    "tab\tand {\"name\": \"get_time\"}",
                    "}}]",
                    "<tool_call>",
                    "</tool_call>",
                    "[TOOL_CALLS][",
                    "<|python_tag|>",
                    "```json",
                    "`code`",
                    "Zürich 東京 🌧",
                    "</parameter> x",
                    "a < b </function>",
                    "<｜tool▁call▁end｜>",
                    "; {",
                    "<think>",
                    "{{ x }}");

    private static final List<Map<String, Object>> TOOLS =
            List.of(tool("get_weather"), tool("get-time.v2"), tool("f"));

    private static Map<String, Object> tool(String name) {
        Map<String, Object> properties =
                Map.of(
                        "text", Map.of("type", "string"),
                        "count", Map.of("type", "integer"),
                        "part", Map.of("type", "number"),
                        "flag", Map.of("type", "boolean"),
                        "list", Map.of("type", "array"),
                        "object", Map.of("type", "object"));
        return Map.of(
                "type",
                "function",
                "function",
                Map.of(
                        "name",
                        name,
                        "description",
                        "d",
                        "parameters",
                        Map.of("type", "object", "properties", properties)));
    }

    private static String text(Random random) {
        return HARD.get(random.nextInt(HARD.size()));
    }

    private static ObjectNode arguments(Random random) {
        ObjectNode arguments = JSON.createObjectNode();
        if (random.nextBoolean()) {
            arguments.put("text", text(random));
        }
        if (random.nextBoolean()) {
            arguments.put(
                    "count",
                    random.nextInt(1000) - 500 + (random.nextInt(9) == 0 ? 9007199254740993L : 0));
        }
        if (random.nextBoolean()) {
            arguments.put("part", random.nextInt(1000) / 8.0 - 60);
        }
        if (random.nextBoolean()) {
            arguments.put("flag", random.nextBoolean());
        }
        if (random.nextBoolean()) {
            ArrayNode list = arguments.putArray("list");
            for (int i = random.nextInt(3); i > 0; i--) {
                list.add(text(random)).add(i).addNull();
            }
        }
        if (random.nextBoolean()) {
            arguments.putObject("object").put("a", text(random)).putObject("b").put("c", true);
        }
        return arguments;
    }

    private static ChatMessage asks() {
        return new ChatMessage().role("user").content(new MessageContent(List.of("Go on.")));
    }

    private static ChatMessage calls(List<ToolCall> calls) {
        return new ChatMessage().role("assistant").toolCalls(calls);
    }

    private static List<ToolCall> randomCalls(Random random, int most)
            throws JsonProcessingException {
        List<ToolCall> calls = new ArrayList<>();
        for (int i = 1 + random.nextInt(most); i > 0; i--) {
            Map<?, ?> function =
                    (Map<?, ?>) TOOLS.get(random.nextInt(TOOLS.size())).get("function");
            calls.add(
                    new ToolCall()
                            .id("abcdefgh" + i)
                            .type(ToolCall.TypeEnum.FUNCTION)
                            .function(
                                    new CalledFunction()
                                            .name(function.get("name").toString())
                                            .arguments(
                                                    JSON.writeValueAsString(arguments(random)))));
        }
        return calls;
    }

    @ParameterizedTest
    @CsvSource({
        "Qwen-Qwen2.5-7B-Instruct, 3, <|im_end|>",
        "Qwen-Qwen3-0.6B, 3, <|im_end|>",
        "Qwen-QwQ-32B, 3, <|im_end|>",
        "NousResearch-Hermes-3-Llama-3.1-8B-tool_use, 3, <|im_end|>",
        "Qwen3-Coder, 3, <|im_end|>",
        "meta-llama-Llama-3.1-8B-Instruct, 1, <|eot_id|>",
        "meta-llama-Llama-3.2-3B-Instruct, 1, <|eot_id|>",
        "Mistral-Small-3.2-24B-Instruct-2506, 3, </s>",
        "mistralai-Mistral-Nemo-Instruct-2407, 3, </s>",
        "deepseek-ai-DeepSeek-V3.1, 3, <｜end▁of▁sentence｜>",
        "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B, 3, <｜end▁of▁sentence｜>",
    })
    void callsOfATemplateAreReadAsTheyWere(String name, int most, String end) throws IOException {
        Path file = GoldenData.fixtures().resolve("chat-templates").resolve(name + ".jinja");
        String source = Files.readString(file);
        ToolCallFormat format = ToolCallFormat.ofTemplate(source).orElseThrow();
        ChatRenderer chat =
                new ChatRenderer(
                        Optional.of(ChatTemplate.compile(source)),
                        Map.of("bos_token", "<s>", "eos_token", end));
        Reading reading =
                new Reading(
                        Optional.empty(),
                        Optional.of(
                                new ToolUse(
                                        new ToolUse.Way.Free(format),
                                        ToolSchemas.of(TOOLS),
                                        true,
                                        false)));
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            List<ToolCall> calls = randomCalls(random, most);
            String before =
                    ChatPrompt.of(List.of(asks()), true, false, Map.of(), TOOLS).render(chat);
            String whole =
                    ChatPrompt.of(List.of(asks(), calls(calls)), false, false, Map.of(), TOOLS)
                            .render(chat);
            int common = 0;
            while (common < before.length() && before.charAt(common) == whole.charAt(common)) {
                common++;
            }
            // Back to where a token may begin.
            while ("\n>]".indexOf(whole.charAt(common - 1)) < 0) {
                common--;
            }
            String said = whole.substring(common, whole.lastIndexOf(end));
            Said message = Said.of(said, reading);
            String why = "seed " + SEED + ", round " + round + ": " + said;
            assertEquals(calls.size(), message.calls().size(), why);
            for (int i = 0; i < calls.size(); i++) {
                CalledFunction expected = calls.get(i).getFunction();
                Turn.Call read = message.calls().get(i);
                assertEquals(expected.getName(), read.name(), why);
                assertEquals(json(expected.getArguments()), json(read.arguments()), why);
            }
            assertEquals("", message.content().replaceAll("</?think>|\\s", ""), why);
        }
    }

    private static JsonNode json(String arguments) throws JsonProcessingException {
        return JSON.readTree(arguments);
    }
}
