package quire.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.tool.ToolExecutor;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import quire.LLM;
import quire.Outside;
import quire.SamplingParams;

/** LangChain4j's services with tools and with objects as answers, over a model in this process. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class AiServicesAnswersTest {

    private static final String UNKEPT = "{\"type\": \"integer\", \"multipleOf\": 17}";

    private static LLM llm;

    enum Mood {
        GOOD,
        BAD
    }

    record Verdict(Mood mood, boolean sure) {}

    interface Judge {
        Verdict judge(String text);
    }

    interface Clock {
        String ask(String question);
    }

    record Capital(String country, String capital) {}

    interface Geographer {
        Capital capital(String question);
    }

    /** A method that is a tool. */
    static final class ClockTool {
        @Tool(name = "get_time", value = "Get the local time in a city.")
        String time(String city) {
            return city.equals("Lima") ? "{\"time\": \"06:17\"}" : "unknown";
        }
    }

    @BeforeAll
    static void load() {
        Outside.CPU_KERNELS.path();
        llm = LLM.load(Path.of("models/quire-demo"));
    }

    @AfterAll
    static void close() {
        if (llm != null) {
            llm.close();
        }
    }

    @Test
    void answerIsARecord() {
        Judge judge =
                AiServices.create(Judge.class, new QuireChatModel(llm, SamplingParams.greedy(100)));
        Verdict verdict = judge.judge("What a nice day!");
        assertNotNull(verdict.mood());
    }

    @Test
    void modelCallsAToolOfTheService() {
        List<String> cities = new CopyOnWriteArrayList<>();
        ToolSpecification time =
                ToolSpecification.builder()
                        .name("get_time")
                        .description("Get the local time in a city.")
                        .parameters(
                                JsonObjectSchema.builder()
                                        .addStringProperty("city", "The name of the city.")
                                        .required("city")
                                        .build())
                        .build();
        ToolExecutor executor =
                (call, memoryId) -> {
                    cities.add(call.arguments());
                    return "{\"time\": \"06:17\"}";
                };
        Clock clock =
                AiServices.builder(Clock.class)
                        .chatModel(new QuireChatModel(llm, SamplingParams.greedy(100)))
                        .chatMemory(MessageWindowChatMemory.withMaxMessages(10))
                        .tools(Map.of(time, executor))
                        .build();
        assertEquals("It is 06:17 in Lima.", clock.ask("What time is it in Lima?"));
        assertEquals(List.of("{\"city\": \"Lima\"}"), cities);
    }

    @Test
    void recordHasWhatTheModelKnows() {
        Geographer geographer =
                AiServices.create(
                        Geographer.class, new QuireChatModel(llm, SamplingParams.greedy(100)));
        assertEquals(
                new Capital("Albania", "Tirana"),
                geographer.capital("Give the capital of Albania as JSON."));
    }

    @Test
    void modelCallsAMethodOfTheProgram() {
        Clock clock =
                AiServices.builder(Clock.class)
                        .chatModel(new QuireChatModel(llm, SamplingParams.greedy(100)))
                        .tools(new ClockTool())
                        .build();
        assertEquals("It is 06:17 in Lima.", clock.ask("What time is it in Lima?"));
    }

    @Test
    void callThatMustComeComesWholeAndStreamed() throws Exception {
        ChatRequest request =
                ChatRequest.builder()
                        .messages(UserMessage.from("What time is it in Lima?"))
                        .toolSpecifications(
                                ToolSpecifications.toolSpecificationsFrom(ClockTool.class))
                        .toolChoice(ToolChoice.REQUIRED)
                        .build();
        SamplingParams params = SamplingParams.greedy(100);
        List<ToolExecutionRequest> calls =
                new QuireChatModel(llm, params).chat(request).aiMessage().toolExecutionRequests();
        assertEquals(1, calls.size());
        assertEquals("get_time", calls.getFirst().name());
        assertEquals("{\"city\": \"Lima\"}", calls.getFirst().arguments());
        CompletableFuture<ChatResponse> streamed = new CompletableFuture<>();
        new QuireStreamingChatModel(llm, params)
                .chat(
                        request,
                        new StreamingChatResponseHandler() {
                            @Override
                            public void onCompleteResponse(ChatResponse response) {
                                streamed.complete(response);
                            }

                            @Override
                            public void onError(Throwable error) {
                                streamed.completeExceptionally(error);
                            }
                        });
        List<ToolExecutionRequest> streamedCalls =
                streamed.get(1, TimeUnit.MINUTES).aiMessage().toolExecutionRequests();
        assertEquals(calls.size(), streamedCalls.size());
        assertEquals(calls.getFirst().arguments(), streamedCalls.getFirst().arguments());
    }

    @Test
    void schemaThatCannotBeKeptIsTold() {
        ChatRequest request =
                ChatRequest.builder()
                        .messages(UserMessage.from("How old are you?"))
                        .responseFormat(
                                ResponseFormat.builder()
                                        .type(ResponseFormatType.JSON)
                                        .jsonSchema(
                                                JsonSchema.builder()
                                                        .name("age")
                                                        .rootElement(JsonRawSchema.from(UNKEPT))
                                                        .build())
                                        .build())
                        .build();
        InvalidRequestException error =
                assertThrows(
                        InvalidRequestException.class,
                        () -> new QuireChatModel(llm, SamplingParams.greedy(100)).chat(request));
        assertTrue(error.getMessage().contains("multipleOf"), error.getMessage());
    }
}
