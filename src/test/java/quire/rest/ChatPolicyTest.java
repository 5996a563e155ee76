package quire.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import quire.chat.Reading;
import quire.chat.ToolUse;
import quire.error.InvalidRequestException;
import quire.golden.GoldenData;
import quire.grammar.constraint.Constraint;
import quire.grammar.schema.SchemaOptions;
import quire.grammar.tag.CallForm;
import quire.grammar.tag.Tool;
import quire.reasoning.ReasoningFormat;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.toolcall.ToolCallFormat;
import quire.toolcall.ToolSchemas;

class ChatPolicyTest {

    private static final ChatPolicy USUAL =
            new ChatPolicy(true, Optional.empty(), false, Optional.empty());
    private static final String TEMPLATE = "<tool_call> {\"name\", \"arguments\"}";
    private static final String TOOL =
            "{\"type\": \"function\", \"function\": {\"parameters\": {\"b\": 1, \"a\": 2},"
                    + " \"name\": \"f\", \"strict\": false}}";

    private static CreateChatCompletionRequest request(String fields) throws IOException {
        return RequestBodyTest.mapper()
                .readValue(
                        "{\"model\": \"m\", \"messages\": [], " + fields + "}",
                        CreateChatCompletionRequest.class);
    }

    private static InvalidRequestException refusal(ChatPolicy policy, String fields) {
        try {
            policy.of(request(fields), TEMPLATE);
        } catch (InvalidRequestException e) {
            return e;
        } catch (IOException e) {
            return assertInstanceOf(InvalidRequestException.class, e.getCause());
        }
        throw new AssertionError("accepted: " + fields);
    }

    private static ToolUse use(boolean allowed, boolean parallel) {
        Map<String, Object> parameters = Map.of("b", 1, "a", 2);
        ToolUse.Way way =
                allowed
                        ? new ToolUse.Way.Free(ToolCallFormat.HERMES)
                        : new ToolUse.Way.Forbidden(ToolCallFormat.HERMES);
        return new ToolUse(way, new ToolSchemas(Map.of("f", parameters)), parallel, false);
    }

    @Test
    void withoutToolsThereIsNothingToRead() throws IOException {
        ChatPolicy.Tools none = new ChatPolicy.Tools(List.of(), Optional.empty(), Optional.empty());
        assertEquals(none, USUAL.of(request("\"seed\": 1"), TEMPLATE));
        assertEquals(
                none, USUAL.of(request("\"tools\": null, \"tool_choice\": \"none\""), TEMPLATE));
    }

    @Test
    void toolsAreShownInOneOrderWhateverTheRequestsIs() throws IOException {
        ChatPolicy.Tools tools = USUAL.of(request("\"tools\": [" + TOOL + "]"), TEMPLATE);
        assertEquals(
                "[{type=function, function={name=f, parameters={b=1, a=2}}}]",
                tools.shown().toString());
        assertEquals(Optional.of(use(true, true)), tools.use());
    }

    @Test
    void parallelCallsAreSwitchedOff() throws IOException {
        assertEquals(
                Optional.of(use(true, false)),
                USUAL.of(
                                request(
                                        "\"parallel_tool_calls\": false, \"tools\": ["
                                                + TOOL
                                                + "]"),
                                TEMPLATE)
                        .use());
    }

    @Test
    void toolsThatMustNotBeCalledAreShownUnlessTheServerHidesThem() throws IOException {
        CreateChatCompletionRequest none =
                request("\"tool_choice\": \"none\", \"tools\": [" + TOOL + "]");
        assertEquals(1, USUAL.of(none, TEMPLATE).shown().size());
        assertEquals(Optional.of(use(false, true)), USUAL.of(none, TEMPLATE).use());
        ChatPolicy hiding = new ChatPolicy(true, Optional.empty(), true, Optional.empty());
        assertEquals(0, hiding.of(none, TEMPLATE).shown().size());
        assertEquals(Optional.empty(), USUAL.of(none, "no calls").use());
    }

    @Test
    void serverMayForbidTheChoice() throws IOException {
        ChatPolicy strict = new ChatPolicy(false, Optional.empty(), false, Optional.empty());
        assertEquals("tool_choice", refusal(strict, "\"tools\": [" + TOOL + "]").param());
        strict.of(request("\"tool_choice\": \"none\", \"tools\": [" + TOOL + "]"), TEMPLATE);
    }

    @Test
    void unknownFormatIsRefusedUnlessTheServerWasToldOne() throws IOException {
        CreateChatCompletionRequest request = request("\"tools\": [" + TOOL + "]");
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> USUAL.of(request, "no calls"));
        assertEquals("tools", refusal.param());
        assertTrue(refusal.getMessage().contains("--tool-call-parser"), refusal.getMessage());
        ChatPolicy told =
                new ChatPolicy(true, Optional.of(ToolCallFormat.HERMES), false, Optional.empty());
        assertTrue(told.of(request, "no calls").use().isPresent());
    }

    @Test
    void thoughtIsOpenWhereThePromptEndsWithinOne() {
        ChatPolicy thinking =
                new ChatPolicy(true, Optional.empty(), false, Optional.of(ReasoningFormat.QWEN3));
        assertEquals(Optional.empty(), USUAL.thoughts(null, "<think>\n"));
        assertEquals(
                Optional.of(new Reading.Thoughts(ReasoningFormat.QWEN3, true, true)),
                thinking.thoughts(null, "a <|im_start|>assistant\n<think>\n"));
        assertEquals(
                Optional.of(new Reading.Thoughts(ReasoningFormat.QWEN3, false, true)),
                thinking.thoughts(true, "a <think> b <|im_start|>assistant\n"));
        assertEquals(
                Optional.of(new Reading.Thoughts(ReasoningFormat.QWEN3, false, false)),
                thinking.thoughts(false, "<think>\n\n</think>\n\n"));
        assertTrue(ReasoningFormat.QWEN3.isClosed("<think>\n\n</think>\n\n"));
        assertFalse(ReasoningFormat.QWEN3.isClosed("</think> b <|im_start|>assistant\n"));
    }

    @Test
    void forcedCallsNeedNoFormatOfTheModels() throws IOException {
        ChatPolicy strict = new ChatPolicy(false, Optional.empty(), false, Optional.empty());
        String tools = "\"tools\": [" + TOOL + "], \"parallel_tool_calls\": false, ";
        ChatPolicy.Tools required =
                strict.of(request(tools + "\"tool_choice\": \"required\""), "no calls");
        assertEquals(
                new ToolUse.Way.Required(Optional.empty()), required.use().orElseThrow().way());
        assertEquals(1, required.shown().size());
        Constraint.Tools calls =
                assertInstanceOf(
                        Constraint.Tools.class, required.answer().orElseThrow().constraint());
        assertEquals(
                List.of(new Tool("f", "{\"b\":1,\"a\":2,\"type\":\"object\"}")), calls.tools());
        assertEquals(CallForm.JSON_ARRAY, calls.form());
        assertEquals(false, calls.parallel());
        ChatPolicy.Tools named =
                strict.of(
                        request(
                                tools
                                        + "\"tool_choice\": {\"type\": \"function\","
                                        + " \"function\": {\"name\": \"f\"}}"),
                        "no calls");
        assertEquals(new ToolUse.Way.Named("f", Optional.empty()), named.use().orElseThrow().way());
        assertEquals(
                new Constraint.JsonSchema(
                        "{\"b\":1,\"a\":2,\"type\":\"object\"}", SchemaOptions.SERVED),
                named.answer().orElseThrow().constraint());
    }

    @Test
    void forcedCallsAreInTheFormatOfTheModelOrTheOneTheServerWasTold() throws IOException {
        String tools = "\"tools\": [" + TOOL + "], \"tool_choice\": \"required\"";
        ChatPolicy told =
                new ChatPolicy(true, Optional.of(ToolCallFormat.PYTHONIC), false, Optional.empty());
        assertEquals(
                new ToolUse.Way.Required(Optional.of(ToolCallFormat.HERMES)),
                USUAL.of(request(tools), TEMPLATE).use().orElseThrow().way());
        assertEquals(
                new ToolUse.Way.Required(Optional.of(ToolCallFormat.PYTHONIC)),
                told.of(request(tools), TEMPLATE).use().orElseThrow().way());
    }

    @Test
    void formatOfAForcedAnswerIsTheCalls() throws IOException {
        ChatPolicy.Tools tools =
                USUAL.of(
                        request(
                                "\"tools\": ["
                                        + TOOL
                                        + "], \"tool_choice\": \"required\","
                                        + " \"response_format\": {\"type\": \"json_object\"}"),
                        TEMPLATE);
        assertInstanceOf(Constraint.Tools.class, tools.answer().orElseThrow().constraint());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    "tool_choice": "auto" | tool_choice | 'tool_choice' wants 'tools' to choose from, and there are none; give some, or leave it out.
                    "tool_choice": "required" | tool_choice | 'tool_choice' wants 'tools' to choose from, and there are none; give some, or leave it out.
                    "tool_choice": "required", "tools": null | tool_choice | 'tool_choice' wants 'tools' to choose from, and there are none; give some, or leave it out.
                    "tool_choice": {"type": "function", "function": {"name": "f"}} | tool_choice | 'tool_choice' wants 'tools' to choose from, and there are none; give some, or leave it out.
                    "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": {"type": "function", "function": {"name": "g"}} | tool_choice | 'tool_choice' names 'g', which is none of the 'tools'.
                    "tool_choice": "any" | tool_choice | 'tool_choice' must be 'auto', 'none', 'required' or an object that names a function, but is the string "any".
                    "tool_choice": 1 | tool_choice | 'tool_choice' must be 'auto', 'none', 'required' or an object that names a function, but is 1.
                    "tool_choice": {"type": "function", "name": "f"} | tool_choice | 'tool_choice' as an object must be {"type": "function", "function": {"name": …}}, but is {"type":"function","name":"f"}; there are also 'auto', 'none' and 'required'.
                    "tool_choice": {"type": "allowed_tools"} | tool_choice | 'tool_choice' as an object must be {"type": "function", "function": {"name": …}}, but is {"type":"allowed_tools"}; there are also 'auto', 'none' and 'required'.
                    "tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "required", "structured_outputs": {"regex": "a"} | structured_outputs | 'structured_outputs' and 'tool_choice' both say what the answer must be; leave one of them out.
                    "tools": [{"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"name": "f"}}] | tools.1.function.name | 'tools.1.function.name' is 'f', as that of a tool before it.
                    "tools": [{"type": "retrieval", "function": {"name": "f"}}] | tools.0.type | 'tools.0.type' must be one of function, but is the string "retrieval".
                    "tools": [{"type": "function", "function": {"name": "f", "parameters": 1}}] | tools.0.function.parameters | 'tools.0.function.parameters' must be an object, but is 1.
                    """)
    void whatCannotBeHonouredIsRefusedByName(String fields, String param, String message) {
        InvalidRequestException refusal = refusal(USUAL, fields);
        assertEquals(message, refusal.getMessage());
        assertEquals(param, refusal.param());
    }

    @ParameterizedTest
    @CsvSource({
        "Qwen-Qwen2.5-7B-Instruct, HERMES",
        "Qwen-Qwen3-0.6B, HERMES",
        "Qwen-QwQ-32B, HERMES",
        "NousResearch-Hermes-3-Llama-3.1-8B-tool_use, HERMES",
        "HuggingFaceTB-SmolLM3-3B,",
        "Qwen3-Coder, QWEN3_CODER",
        "Mistral-Small-3.2-24B-Instruct-2506, MISTRAL",
        "mistralai-Mistral-Nemo-Instruct-2407, MISTRAL",
        "deepseek-ai-DeepSeek-V3.1, DEEPSEEK_V3",
        "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B, DEEPSEEK_V3",
        "llama-cpp-deepseek-r1, DEEPSEEK_V3",
        "meta-llama-Llama-3.1-8B-Instruct, LLAMA3_JSON",
        "meta-llama-Llama-3.2-3B-Instruct, LLAMA3_JSON",
        "microsoft-Phi-3.5-mini-instruct,",
        "LFM2-8B-A1B,",
        "ibm-granite-granite-3.3-2B-Instruct,",
        "GLM-4.6,",
        "MiniMax-M2,",
        "Kimi-K2-Instruct,",
        "google-gemma-2-2b-it,",
        "openai-gpt-oss-120b,",
        "CohereForAI-c4ai-command-r7b-12-2024-tool_use,",
    })
    void formatIsSeenInTheTemplate(String name, ToolCallFormat format) throws IOException {
        Path file = GoldenData.fixtures().resolve("chat-templates").resolve(name + ".jinja");
        assertEquals(
                Optional.ofNullable(format), ToolCallFormat.ofTemplate(Files.readString(file)));
    }
}
