package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.language.LanguageModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiLanguageModel;
import dev.langchain4j.model.openai.OpenAiModelCatalog;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import io.quarkus.test.junit.QuarkusTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

/** LangChain4j's models for OpenAI, unchanged but for the address. */
@QuarkusTest
class LangChain4jClientTest extends JavaClients {

    private static List<ChatMessage> messages(GoldenChat chat) {
        List<ChatMessage> messages = new ArrayList<>();
        for (GoldenChat.Message message : chat.messages()) {
            messages.add(
                    switch (message.role()) {
                        case "system" -> SystemMessage.from(message.content());
                        case "assistant" -> AiMessage.from(message.content());
                        default -> UserMessage.from(message.content());
                    });
        }
        return messages;
    }

    private static void assertAnswer(GoldenChat chat, ChatResponse response) {
        assertEquals(chat.answer(), response.aiMessage().text(), chat.prompt());
        assertEquals(FinishReason.STOP, response.finishReason());
        assertEquals(chat.promptIds().size(), response.tokenUsage().inputTokenCount());
        assertEquals(chat.numAnswerTokens(), response.tokenUsage().outputTokenCount());
    }

    @Test
    void conversationsAreAnsweredAsInTransformers() {
        OpenAiChatModel model = langChain4j().build();
        for (GoldenChat chat : GoldenChat.all()) {
            assertAnswer(chat, model.chat(messages(chat)));
        }
    }

    @Test
    void streamedConversationsComeInPiecesAndAddUp() throws Exception {
        OpenAiStreamingChatModel model = langChain4jStreaming().build();
        for (GoldenChat chat : GoldenChat.all().subList(0, 10)) {
            Listener listener = new Listener();
            model.chat(messages(chat), listener);
            assertAnswer(chat, listener.response());
            assertEquals(chat.answer(), String.join("", listener.pieces));
            assertTrue(listener.pieces.size() > 1, "one piece only: " + listener.pieces);
        }
    }

    @Test
    void languageModelContinuesAPrompt() {
        LanguageModel model =
                OpenAiLanguageModel.builder()
                        .baseUrl(base.toString())
                        .apiKey("none")
                        .modelName(MODEL)
                        .temperature(0.0)
                        .maxRetries(0)
                        .build();
        assertEquals(" Baghdad.", model.generate("The capital of Iraq is").content());
    }

    @Test
    void stopSeedAndLengthAreHonoured() {
        String months = "Name the months of the year.";
        ChatResponse stopped =
                langChain4j()
                        .stop(List.of(" March"))
                        .build()
                        .chat(List.<ChatMessage>of(UserMessage.from(months)));
        assertEquals("The months are January, February,", stopped.aiMessage().text());
        assertEquals(FinishReason.STOP, stopped.finishReason());
        ChatResponse cut =
                langChain4j()
                        .maxCompletionTokens(3)
                        .build()
                        .chat(List.<ChatMessage>of(UserMessage.from(months)));
        assertEquals(FinishReason.LENGTH, cut.finishReason());
        assertEquals(3, cut.tokenUsage().outputTokenCount());
        OpenAiChatModel seeded = langChain4j().temperature(1.0).seed(7).build();
        String story = "Tell me a story about a bear.";
        assertEquals(seeded.chat(story), seeded.chat(story));
    }

    @Test
    void fieldsBeyondOpenAisAreHandedOn() {
        OpenAiChatModel onlyTheLikeliest =
                langChain4j().temperature(5.0).customParameters(Map.of("top_k", 1)).build();
        assertEquals(
                "The capital of Iraq is Baghdad.",
                onlyTheLikeliest.chat("Name the capital of Iraq."));
    }

    @Test
    void servedModelsAreInTheCatalog() {
        List<ModelDescription> models =
                OpenAiModelCatalog.builder()
                        .baseUrl(base.toString())
                        .apiKey("none")
                        .build()
                        .listModels();
        assertEquals(List.of(MODEL), models.stream().map(ModelDescription::name).toList());
    }

    @Test
    void errorsBecomeTheClientsOwn() {
        OpenAiChatModel elsewhere = langChain4j().modelName("none-such").build();
        assertThrows(ModelNotFoundException.class, () -> elsewhere.chat("Hello"));
        OpenAiChatModel cold = langChain4j().temperature(-1.0).build();
        InvalidRequestException error =
                assertThrows(InvalidRequestException.class, () -> cold.chat("Hello"));
        assertTrue(error.getMessage().contains("'temperature'"), error.getMessage());
    }

    @Test
    void refusedStreamIsReportedAsAnError() {
        Listener listener = new Listener();
        langChain4jStreaming().temperature(-1.0).build().chat("Hello", listener);
        ExecutionException error = assertThrows(ExecutionException.class, listener::response);
        assertInstanceOf(InvalidRequestException.class, error.getCause());
    }
}
