package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionNamedToolChoice;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.output.FinishReason;
import io.quarkus.test.junit.QuarkusTest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Tools with the clients that people use: the model calls, the client answers, the model says it.
 */
@QuarkusTest
class ToolClientsTest extends JavaClients {

    private static final String ARGUMENTS = "{\"city\": \"Lima\"}";

    private static final ToolSpecification TIME =
            ToolSpecification.builder()
                    .name("get_time")
                    .description("Get the local time in a city.")
                    .parameters(
                            JsonObjectSchema.builder()
                                    .addStringProperty("city", "The name of the city.")
                                    .required("city")
                                    .build())
                    .build();

    private static void assertCallsTheClock(ChatResponse response) {
        assertEquals(FinishReason.TOOL_EXECUTION, response.finishReason());
        List<ToolExecutionRequest> calls = response.aiMessage().toolExecutionRequests();
        assertEquals(1, calls.size());
        assertEquals("get_time", calls.getFirst().name());
        assertEquals(ARGUMENTS, calls.getFirst().arguments());
    }

    private static ChatRequest request(AiMessage call) {
        return ChatRequest.builder()
                .messages(
                        UserMessage.from(CLOCK_QUESTION),
                        call,
                        ToolExecutionResultMessage.from(
                                call.toolExecutionRequests().getFirst(), CLOCK_RESULT))
                .toolSpecifications(TIME)
                .build();
    }

    private static ChatRequest.Builder clockQuestion() {
        return ChatRequest.builder()
                .messages(UserMessage.from(CLOCK_QUESTION))
                .toolSpecifications(TIME);
    }

    @Test
    void langChain4jCallsATool() {
        OpenAiChatModel model = langChain4j().build();
        ChatResponse call = model.chat(clockQuestion().build());
        assertCallsTheClock(call);
        assertEquals(CLOCK_ANSWER, model.chat(request(call.aiMessage())).aiMessage().text());
    }

    @Test
    void langChain4jStreamsACall() throws Exception {
        Listener listener = new Listener();
        langChain4jStreaming().build().chat(clockQuestion().build(), listener);
        assertCallsTheClock(listener.response());
        assertEquals(ARGUMENTS, listener.arguments.toString());
    }

    @Test
    void langChain4jForcesACallWholeAndStreamed() throws Exception {
        ChatRequest forced =
                clockQuestion().toolChoice(ToolChoice.REQUIRED).maxOutputTokens(200).build();
        assertCallsTheClock(langChain4j().parallelToolCalls(false).build().chat(forced));
        Listener listener = new Listener();
        langChain4jStreaming().parallelToolCalls(false).build().chat(forced, listener);
        assertCallsTheClock(listener.response());
        assertEquals(ARGUMENTS, listener.arguments.toString());
    }

    @Test
    void langChain4jHasNoCallWhereNoneMayCome() {
        ChatRequest talk = clockQuestion().toolChoice(ToolChoice.NONE).build();
        assertFalse(langChain4j().build().chat(talk).aiMessage().hasToolExecutionRequests());
    }

    private static ChatCompletionCreateParams.Builder question() {
        FunctionParameters parameters =
                FunctionParameters.builder()
                        .putAdditionalProperty("type", JsonValue.from("object"))
                        .putAdditionalProperty(
                                "properties",
                                JsonValue.from(Map.of("city", Map.of("type", "string"))))
                        .putAdditionalProperty("required", JsonValue.from(List.of("city")))
                        .build();
        return ask(CLOCK_QUESTION)
                .addTool(
                        ChatCompletionFunctionTool.builder()
                                .function(
                                        FunctionDefinition.builder()
                                                .name("get_time")
                                                .description("Get the local time in a city.")
                                                .parameters(parameters)
                                                .build())
                                .build());
    }

    private static ChatCompletionMessageFunctionToolCall call(ChatCompletion completion) {
        ChatCompletion.Choice choice = completion.choices().getFirst();
        assertEquals(ChatCompletion.Choice.FinishReason.TOOL_CALLS, choice.finishReason());
        return choice.message().toolCalls().orElseThrow().getFirst().asFunction();
    }

    @Test
    void openAiJavaCallsATool() {
        ChatCompletion completion = openAi.chat().completions().create(question().build());
        ChatCompletionMessageFunctionToolCall call = call(completion);
        assertEquals("get_time", call.function().name());
        assertEquals(ARGUMENTS, call.function().arguments());
        ChatCompletion answer =
                openAi.chat()
                        .completions()
                        .create(
                                question()
                                        .addMessage(completion.choices().getFirst().message())
                                        .addMessage(
                                                ChatCompletionToolMessageParam.builder()
                                                        .toolCallId(call.id())
                                                        .content(CLOCK_RESULT)
                                                        .build())
                                        .build());
        assertEquals(CLOCK_ANSWER, answer.choices().getFirst().message().content().orElseThrow());
    }

    @Test
    void openAiJavaPutsAStreamedCallTogether() {
        ChatCompletionMessageFunctionToolCall call =
                call(
                        joined(openAi.chat().completions().createStreaming(question().build()))
                                .chatCompletion());
        assertEquals(ARGUMENTS, call.function().arguments());
        assertTrue(call.id().startsWith("call_"), call.id());
    }

    @Test
    void openAiJavaForcesACallWholeAndStreamed() {
        ChatCompletionCreateParams.Builder question =
                question().maxCompletionTokens(200).parallelToolCalls(false);
        ChatCompletionCreateParams required =
                question.toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED).build();
        assertCallsTheClock(required, ChatCompletion.Choice.FinishReason.TOOL_CALLS);
        ChatCompletionNamedToolChoice clock =
                ChatCompletionNamedToolChoice.builder()
                        .function(
                                ChatCompletionNamedToolChoice.Function.builder()
                                        .name("get_time")
                                        .build())
                        .build();
        assertCallsTheClock(
                question.toolChoice(clock).build(), ChatCompletion.Choice.FinishReason.STOP);
    }

    private void assertCallsTheClock(
            ChatCompletionCreateParams forced, ChatCompletion.Choice.FinishReason reason) {
        for (ChatCompletion completion :
                List.of(
                        openAi.chat().completions().create(forced).validate(),
                        joined(openAi.chat().completions().createStreaming(forced))
                                .chatCompletion())) {
            ChatCompletion.Choice choice = completion.choices().getFirst();
            var calls = choice.message().toolCalls().orElseThrow();
            assertEquals(1, calls.size());
            assertEquals("get_time", calls.getFirst().asFunction().function().name());
            assertEquals(ARGUMENTS, calls.getFirst().asFunction().function().arguments());
            assertEquals(reason, choice.finishReason());
        }
    }

    @Test
    void openAiJavaIsToldWhichToolThereIsNot() {
        ChatCompletionCreateParams unknown =
                question()
                        .toolChoice(
                                ChatCompletionNamedToolChoice.builder()
                                        .function(
                                                ChatCompletionNamedToolChoice.Function.builder()
                                                        .name("get_tide")
                                                        .build())
                                        .build())
                        .build();
        BadRequestException error =
                assertThrows(
                        BadRequestException.class,
                        () -> openAi.chat().completions().create(unknown));
        assertTrue(error.getMessage().contains("get_tide"), error.getMessage());
    }
}
