package quire.clients;

import dev.langchain4j.agent.tool.ToolSpecifications;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.quarkus.runtime.QuarkusApplication;
import io.quarkus.runtime.annotations.QuarkusMain;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Asks a question twice and prints the answers: the whole one, then the one that was streamed. Then
 * it asks what takes a tool, makes the model call it, asks what is answered with a record, and asks
 * a model that nobody serves.
 */
@QuarkusMain
public class Ask implements QuarkusApplication {

    @Inject ChatModel model;
    @Inject StreamingChatModel streamingModel;
    @Inject Assistant assistant;
    @Inject Geographer geographer;

    @Override
    public int run(String... question) throws Exception {
        System.out.println(model.chat(question[0]));
        StringBuilder pieces = new StringBuilder();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        streamingModel.chat(
                List.of(UserMessage.from(question[0])),
                new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(String piece) {
                        pieces.append(piece);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        end.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        end.completeExceptionally(error);
                    }
                });
        end.get();
        System.out.println(pieces);
        // The demo model was trained on results in another spelling than the extension's.
        String answer = assistant.answer("What time is it in Lima?");
        System.out.println("Then there is an answer: " + !answer.isBlank());
        forced();
        System.out.println(geographer.capital("Give the capital of Albania as JSON."));
        try {
            model.chat(question(question[0]).modelName("nobody").build());
        } catch (RuntimeException e) {
            System.out.println(e.getMessage());
        }
        return 0;
    }

    private static ChatRequest.Builder question(String text) {
        return ChatRequest.builder().messages(UserMessage.from(text));
    }

    /** A call that must come; it comes back as it is, and nothing is executed. */
    private void forced() {
        ChatRequest request =
                question("What time is it in Lima?")
                        .toolSpecifications(ToolSpecifications.toolSpecificationsFrom(Clock.class))
                        .toolChoice(ToolChoice.REQUIRED)
                        .maxOutputTokens(64)
                        .build();
        model.chat(request)
                .aiMessage()
                .toolExecutionRequests()
                .forEach(call -> System.out.println(call.name() + call.arguments()));
    }
}
