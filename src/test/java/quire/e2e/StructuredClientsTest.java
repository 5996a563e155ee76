package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionMessageFunctionToolCall;
import com.openai.models.chat.completions.StructuredChatCompletion;
import com.openai.models.chat.completions.StructuredChatCompletionCreateParams;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.service.AiServices;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Answers that must have a form, and tools made of classes, with the clients that people use. */
@QuarkusTest
class StructuredClientsTest extends JavaClients {

    private static final String TIRANA = "{\"country\": \"Albania\", \"capital\": \"Tirana\"}";

    /** A schema with a keyword that a grammar cannot keep. */
    private static final Map<String, Object> UNKEPT = Map.of("type", "integer", "multipleOf", 17);

    /** What openai-java makes a strict tool of. */
    @JsonTypeName("get_time")
    @JsonClassDescription("Get the local time in a city.")
    static final class GetTime {
        public String city;
    }

    enum City {
        Lima,
        Tirana
    }

    enum Country {
        Albania,
        Peru
    }

    /** What openai-java makes a schema of, with its fields in the order of the alphabet. */
    static final class Capital {
        public City capital;
        public Country country;
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
            return CLOCK_RESULT;
        }
    }

    private static StructuredChatCompletionCreateParams<Capital> askForACapital() {
        return ask(JSON_QUESTION).maxCompletionTokens(200).responseFormat(Capital.class).build();
    }

    private static void assertTirana(StructuredChatCompletion<Capital> completion) {
        Capital capital = completion.choices().getFirst().message().content().orElseThrow();
        assertEquals(Country.Albania, capital.country);
        assertEquals(City.Tirana, capital.capital);
    }

    @Test
    void openAiJavaAnswersWithAnObjectOfAClass() {
        assertTirana(openAi.chat().completions().create(askForACapital()));
    }

    @Test
    void openAiJavaMakesAnObjectOfAStream() {
        assertTirana(
                joined(openAi.chat().completions().createStreaming(askForACapital()))
                        .chatCompletion(Capital.class));
    }

    @Test
    void openAiJavaFillsAStrictToolOfAClass() {
        ChatCompletionCreateParams params =
                ask(CLOCK_QUESTION).maxCompletionTokens(200).addTool(GetTime.class).build();
        assertAsksForLima(openAi.chat().completions().create(params));
        assertAsksForLima(
                joined(openAi.chat().completions().createStreaming(params)).chatCompletion());
    }

    private static void assertAsksForLima(ChatCompletion completion) {
        List<ChatCompletionMessageFunctionToolCall> calls =
                completion.choices().getFirst().message().toolCalls().orElseThrow().stream()
                        .map(call -> call.asFunction())
                        .toList();
        assertEquals(1, calls.size());
        assertEquals("Lima", calls.getFirst().function().arguments(GetTime.class).city);
    }

    @Test
    void openAiJavaIsToldWhatOfASchemaIsNotKept() {
        Object unkept =
                Map.of(
                        "type",
                        "json_schema",
                        "json_schema",
                        Map.of("name", "capital", "schema", UNKEPT));
        ChatCompletionCreateParams params =
                ask(JSON_QUESTION)
                        .putAdditionalBodyProperty("response_format", JsonValue.from(unkept))
                        .build();
        BadRequestException error =
                assertThrows(
                        BadRequestException.class,
                        () -> openAi.chat().completions().create(params));
        assertTrue(error.getMessage().contains("multipleOf"), error.getMessage());
    }

    @Test
    void langChain4jServiceReturnsARecord() {
        OpenAiChatModel model =
                langChain4j()
                        .supportedCapabilities(Capability.RESPONSE_FORMAT_JSON_SCHEMA)
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
                        .chatModel(langChain4j().strictTools(true).build())
                        .tools(clock)
                        .build();
        assertEquals(CLOCK_ANSWER, assistant.answer(CLOCK_QUESTION));
        assertEquals(List.of("Lima"), clock.asked);
    }

    /** What LangChain4j asks where an answer must be of a schema. */
    private static ChatRequest structured(JsonSchema schema) {
        return ChatRequest.builder()
                .messages(UserMessage.from(JSON_QUESTION))
                .responseFormat(
                        ResponseFormat.builder()
                                .type(ResponseFormatType.JSON)
                                .jsonSchema(schema)
                                .build())
                .maxOutputTokens(200)
                .build();
    }

    @Test
    void langChain4jStreamsWhatBecomesAnObject() throws Exception {
        JsonObjectSchema object =
                JsonObjectSchema.builder()
                        .addStringProperty("country")
                        .addStringProperty("capital")
                        .required("country", "capital")
                        .build();
        JsonSchema schema = JsonSchema.builder().name("capital").rootElement(object).build();
        Listener listener = new Listener();
        langChain4jStreaming().strictJsonSchema(true).build().chat(structured(schema), listener);
        assertEquals(TIRANA, listener.response().aiMessage().text());
        assertEquals(TIRANA, String.join("", listener.pieces));
        assertTrue(listener.pieces.size() > 3, listener.pieces::toString);
    }

    @Test
    void langChain4jIsToldWhatOfASchemaIsNotKept() {
        JsonSchema schema =
                JsonSchema.builder()
                        .name("capital")
                        .rootElement(
                                JsonRawSchema.from("{\"type\": \"integer\", \"multipleOf\": 17}"))
                        .build();
        InvalidRequestException error =
                assertThrows(
                        InvalidRequestException.class,
                        () -> langChain4j().build().chat(structured(schema)));
        assertTrue(error.getMessage().contains("multipleOf"), error.getMessage());
    }
}
