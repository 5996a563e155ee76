package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionFunctionTool;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.ChatCompletionToolMessageParam;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.batcher.ServingEngine;

/**
 * Tools with the clients that people use: the model calls, the client answers, the model says it.
 */
@QuarkusTest
class ToolClientsTest {

    private static final String MODEL = "quire-demo";
    private static final String QUESTION = "What time is it in Lima?";
    private static final String RESULT = "{\"time\": \"06:17\"}";
    private static final String ANSWER = "It is 06:17 in Lima.";

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

    @TestHTTPResource("/v1")
    URI base;

    @Inject ServingEngine serving;

    private OpenAIClient client;

    @BeforeEach
    void awaitModel() throws InterruptedException {
        EngineWatch.of(serving);
        client =
                OpenAIOkHttpClient.builder()
                        .baseUrl(base.toString())
                        .apiKey("none")
                        .maxRetries(0)
                        .build();
    }

    @AfterEach
    void close() {
        client.close();
    }

    private static void assertCallsTheClock(ChatResponse response) {
        assertEquals(FinishReason.TOOL_EXECUTION, response.finishReason());
        List<ToolExecutionRequest> calls = response.aiMessage().toolExecutionRequests();
        assertEquals(1, calls.size());
        assertEquals("get_time", calls.getFirst().name());
        assertEquals("{\"city\": \"Lima\"}", calls.getFirst().arguments());
    }

    private static ChatRequest request(AiMessage call) {
        return ChatRequest.builder()
                .messages(
                        UserMessage.from(QUESTION),
                        call,
                        ToolExecutionResultMessage.from(
                                call.toolExecutionRequests().getFirst(), RESULT))
                .toolSpecifications(TIME)
                .build();
    }

    @Test
    void langChain4jCallsATool() {
        OpenAiChatModel model =
                OpenAiChatModel.builder()
                        .baseUrl(base.toString())
                        .apiKey("none")
                        .modelName(MODEL)
                        .temperature(0.0)
                        .maxRetries(0)
                        .build();
        ChatResponse call =
                model.chat(
                        ChatRequest.builder()
                                .messages(UserMessage.from(QUESTION))
                                .toolSpecifications(TIME)
                                .build());
        assertCallsTheClock(call);
        assertEquals(ANSWER, model.chat(request(call.aiMessage())).aiMessage().text());
    }

    @Test
    void langChain4jStreamsACall() throws Exception {
        OpenAiStreamingChatModel model =
                OpenAiStreamingChatModel.builder()
                        .baseUrl(base.toString())
                        .apiKey("none")
                        .modelName(MODEL)
                        .temperature(0.0)
                        .build();
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        StringBuilder arguments = new StringBuilder();
        model.chat(
                ChatRequest.builder()
                        .messages(UserMessage.from(QUESTION))
                        .toolSpecifications(TIME)
                        .build(),
                new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialToolCall(PartialToolCall piece) {
                        arguments.append(piece.partialArguments());
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        whole.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        whole.completeExceptionally(error);
                    }
                });
        assertCallsTheClock(whole.get(60, TimeUnit.SECONDS));
        assertEquals("{\"city\": \"Lima\"}", arguments.toString());
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
        return ChatCompletionCreateParams.builder()
                .model(MODEL)
                .temperature(0.0)
                .addUserMessage(QUESTION)
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
        ChatCompletion completion = client.chat().completions().create(question().build());
        ChatCompletionMessageFunctionToolCall call = call(completion);
        assertEquals("get_time", call.function().name());
        assertEquals("{\"city\": \"Lima\"}", call.function().arguments());
        ChatCompletion answer =
                client.chat()
                        .completions()
                        .create(
                                question()
                                        .addMessage(completion.choices().getFirst().message())
                                        .addMessage(
                                                ChatCompletionToolMessageParam.builder()
                                                        .toolCallId(call.id())
                                                        .content(RESULT)
                                                        .build())
                                        .build());
        assertEquals(ANSWER, answer.choices().getFirst().message().content().orElseThrow());
    }

    @Test
    void openAiJavaPutsAStreamedCallTogether() {
        ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(question().build())) {
            stream.stream().forEach(accumulator::accumulate);
        }
        ChatCompletionMessageFunctionToolCall call = call(accumulator.chatCompletion());
        assertEquals("{\"city\": \"Lima\"}", call.function().arguments());
        assertTrue(call.id().startsWith("call_"), call.id());
    }
}
