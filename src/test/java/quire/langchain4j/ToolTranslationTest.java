package quire.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import quire.Completion;
import quire.Message;
import quire.Prompt;
import quire.ResponseFormat;
import quire.SamplingParams;
import quire.Tool;
import quire.ToolCall;

/** Tools and response formats, in LangChain4j's words and in Quire's. */
class ToolTranslationTest {

    private static final JsonObjectSchema CITY =
            JsonObjectSchema.builder()
                    .addStringProperty("city", "Its name.")
                    .required("city")
                    .build();
    private static final String CITY_JSON =
            "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"description\":"
                    + "\"Its name.\"}},\"required\":[\"city\"]}";
    private static final ToolSpecification WEATHER =
            ToolSpecification.builder()
                    .name("weather")
                    .description("Of a city.")
                    .parameters(CITY)
                    .build();
    private static final ToolExecutionRequest CALL =
            ToolExecutionRequest.builder().id("1").name("weather").arguments("{}").build();

    private final FakeLLM llm = new FakeLLM();

    private SamplingParams params(ChatRequest.Builder request) {
        new QuireChatModel(llm).chat(request.messages(UserMessage.from("Why?")).build());
        return llm.params.removeLast();
    }

    private static String compact(String json) {
        return json.replaceAll("\\s", "");
    }

    @Test
    void toolsAreQuiresOwn() {
        SamplingParams params =
                params(
                        ChatRequest.builder()
                                .toolSpecifications(
                                        WEATHER,
                                        ToolSpecification.builder()
                                                .name("now")
                                                .strict(true)
                                                .build())
                                .toolChoice(ToolChoice.REQUIRED));
        assertEquals(quire.ToolChoice.REQUIRED, params.toolChoice());
        Tool weather = params.tools().getFirst();
        assertEquals("weather", weather.name());
        assertEquals("Of a city.", weather.description());
        assertEquals(compact(CITY_JSON), compact(weather.parameters()));
        assertEquals(false, weather.isStrict());
        Tool now = params.tools().getLast();
        assertEquals("", now.description());
        assertTrue(now.isStrict());
        assertTrue(now.parameters().contains("object"), now.parameters());
    }

    @Test
    void responseFormatsAreQuiresOwn() {
        assertEquals(
                ResponseFormat.JSON,
                params(
                                ChatRequest.builder()
                                        .responseFormat(
                                                dev.langchain4j.model.chat.request.ResponseFormat
                                                        .JSON))
                        .responseFormat());
        JsonSchema schema = JsonSchema.builder().name("City").rootElement(CITY).build();
        String asked =
                params(
                                ChatRequest.builder()
                                        .responseFormat(
                                                dev.langchain4j.model.chat.request.ResponseFormat
                                                        .builder()
                                                        .type(ResponseFormatType.JSON)
                                                        .jsonSchema(schema)
                                                        .build()))
                        .responseFormat()
                        .schema()
                        .orElseThrow();
        assertEquals(
                compact(CITY_JSON).replaceFirst("}$", ",\"additionalProperties\":false}"),
                compact(asked));
        assertTrue(
                new QuireChatModel(llm)
                        .supportedCapabilities()
                        .contains(Capability.RESPONSE_FORMAT_JSON_SCHEMA));
    }

    @Test
    void callsAndWhatCameOfThemAreTold() {
        new QuireChatModel(llm)
                .chat(
                        UserMessage.from("Why?"),
                        AiMessage.from("Let me see.", List.of(CALL)),
                        ToolExecutionResultMessage.from(CALL, "rain"));
        ToolCall call = ToolCall.of("1", "weather", "{}");
        assertEquals(
                List.of(
                        Prompt.chat(
                                List.of(
                                        Message.user("Why?"),
                                        Message.assistant("Let me see.", List.of(call)),
                                        Message.tool(call, "rain")))),
                llm.prompts);
    }

    @Test
    void callsComeBackWholeAndStreamed() throws Exception {
        llm.answer =
                Completion.of(
                        List.of(
                                Completion.Choice.of(
                                        "",
                                        List.of(ToolCall.of("1", "weather", "{}")),
                                        quire.FinishReason.TOOL_CALLS)),
                        Completion.Usage.of(1, 0, 1));
        ChatResponse whole = new QuireChatModel(llm).chat(UserMessage.from("Why?"));
        assertEquals(List.of(CALL), whole.aiMessage().toolExecutionRequests());
        assertEquals(Optional.empty(), Optional.ofNullable(whole.aiMessage().text()));
        assertEquals(FinishReason.TOOL_EXECUTION, whole.finishReason());
        List<CompleteToolCall> calls = new CopyOnWriteArrayList<>();
        CompletableFuture<ChatResponse> response = new CompletableFuture<>();
        new QuireStreamingChatModel(llm)
                .chat(
                        "Why?",
                        new StreamingChatResponseHandler() {
                            @Override
                            public void onCompleteToolCall(CompleteToolCall call) {
                                calls.add(call);
                            }

                            @Override
                            public void onCompleteResponse(ChatResponse complete) {
                                response.complete(complete);
                            }

                            @Override
                            public void onError(Throwable error) {
                                response.completeExceptionally(error);
                            }
                        });
        assertEquals(whole.aiMessage(), response.get(60, TimeUnit.SECONDS).aiMessage());
        assertEquals(List.of(new CompleteToolCall(0, CALL)), calls);
    }
}
