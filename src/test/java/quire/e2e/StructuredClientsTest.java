package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.batcher.ServingEngine;

/** Answers that must have a form, and calls that must come, with the clients that people use. */
@QuarkusTest
class StructuredClientsTest {

    private static final String MODEL = "quire-demo";
    private static final String JSON_QUESTION = "Give the capital of Albania as JSON.";
    private static final String CLOCK_QUESTION = "What time is it in Lima?";

    /** What openai-java makes a strict tool of. */
    @JsonTypeName("get_time")
    @JsonClassDescription("Get the local time in a city.")
    static final class GetTime {
        public String city;
    }

    /** What LangChain4j makes a schema of. */
    record CapitalRecord(String country, String capital) {}

    /** What LangChain4j implements. */
    interface Assistant {
        CapitalRecord capital(String question);

        String answer(String question);
    }

    /** A tool that remembers what it was asked. */
    static final class Clock {
        final List<String> asked = new ArrayList<>();

        @Tool(name = "get_time", value = "Get the local time in a city.")
        String time(String city) {
            asked.add(city);
            return "{\"time\": \"06:17\"}";
        }
    }

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

    private static ChatCompletionCreateParams.Builder ask(String question) {
        return ChatCompletionCreateParams.builder()
                .model(MODEL)
                .temperature(0.0)
                .maxCompletionTokens(200)
                .addUserMessage(question);
    }

    private OpenAiChatModel.OpenAiChatModelBuilder model() {
        return OpenAiChatModel.builder()
                .baseUrl(base.toString())
                .apiKey("none")
                .modelName(MODEL)
                .temperature(0.0)
                .maxTokens(200)
                .maxRetries(0);
    }

    @Test
    void openAiJavaFillsAStrictToolOfAClass() {
        ChatCompletion completion =
                client.chat()
                        .completions()
                        .create(ask(CLOCK_QUESTION).addTool(GetTime.class).build());
        GetTime call = onlyCall(completion).function().arguments(GetTime.class);
        assertEquals("Lima", call.city);
    }

    private static ChatCompletionMessageFunctionToolCall onlyCall(ChatCompletion completion) {
        var calls = completion.choices().getFirst().message().toolCalls().orElseThrow();
        assertEquals(1, calls.size());
        return calls.getFirst().asFunction();
    }

    @Test
    void langChain4jServiceReturnsARecord() {
        OpenAiChatModel model =
                model().supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
                        .strictJsonSchema(true)
                        .build();
        Assistant assistant = AiServices.create(Assistant.class, model);
        assertEquals(new CapitalRecord("Albania", "Tirana"), assistant.capital(JSON_QUESTION));
    }

    @Test
    void langChain4jServiceUsesATool() {
        Clock clock = new Clock();
        Assistant assistant =
                AiServices.builder(Assistant.class)
                        .chatModel(model().strictTools(true).build())
                        .tools(clock)
                        .build();
        assertEquals("It is 06:17 in Lima.", assistant.answer(CLOCK_QUESTION));
        assertEquals(List.of("Lima"), clock.asked);
    }

    @Test
    void langChain4jForcesACall() {
        List<ToolSpecification> tools = ToolSpecifications.toolSpecificationsFrom(new Clock());
        ChatResponse response =
                model().build()
                        .chat(
                                ChatRequest.builder()
                                        .messages(UserMessage.from(CLOCK_QUESTION))
                                        .toolSpecifications(tools)
                                        .toolChoice(ToolChoice.REQUIRED)
                                        .build());
        assertTrue(response.aiMessage().hasToolExecutionRequests());
        assertEquals("get_time", response.aiMessage().toolExecutionRequests().getFirst().name());
    }
}
