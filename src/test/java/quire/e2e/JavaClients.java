package quire.e2e;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import quire.batcher.ServingEngine;

/** A server, and clients of Java that people use, unchanged but for the address. */
abstract class JavaClients {

    static final String MODEL = "quire-demo";
    static final String JSON_QUESTION = "Give the capital of Albania as JSON.";
    static final String CLOCK_QUESTION = "What time is it in Lima?";
    static final String CLOCK_RESULT = "{\"time\": \"06:17\"}";
    static final String CLOCK_ANSWER = "It is 06:17 in Lima.";

    private static final long PATIENCE_SECONDS = 60;

    @TestHTTPResource("/v1")
    URI base;

    @Inject ServingEngine serving;

    OpenAIClient openAi;

    @BeforeEach
    void connect() throws InterruptedException {
        EngineWatch.of(serving);
        openAi =
                OpenAIOkHttpClient.builder()
                        .baseUrl(base.toString())
                        .apiKey("none")
                        .maxRetries(0)
                        .build();
    }

    @AfterEach
    void disconnect() {
        openAi.close();
    }

    /** What openai-java asks. */
    static ChatCompletionCreateParams.Builder ask(String question) {
        return ChatCompletionCreateParams.builder()
                .model(MODEL)
                .temperature(0.0)
                .addUserMessage(question);
    }

    /** What openai-java makes of a stream, each of whose chunks has the shape that it knows. */
    static ChatCompletionAccumulator joined(StreamResponse<ChatCompletionChunk> stream) {
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
        try (stream) {
            stream.stream().map(ChatCompletionChunk::validate).forEach(whole::accumulate);
        }
        return whole;
    }

    OpenAiChatModel.OpenAiChatModelBuilder langChain4j() {
        return OpenAiChatModel.builder()
                .baseUrl(base.toString())
                .apiKey("none")
                .modelName(MODEL)
                .temperature(0.0)
                .maxRetries(0);
    }

    OpenAiStreamingChatModel.OpenAiStreamingChatModelBuilder langChain4jStreaming() {
        return OpenAiStreamingChatModel.builder()
                .baseUrl(base.toString())
                .apiKey("none")
                .modelName(MODEL)
                .temperature(0.0);
    }

    /** What LangChain4j tells of a stream. */
    static final class Listener implements StreamingChatResponseHandler {

        final List<String> pieces = new ArrayList<>();
        final StringBuilder arguments = new StringBuilder();
        private final CompletableFuture<ChatResponse> whole = new CompletableFuture<>();

        @Override
        public void onPartialResponse(String piece) {
            pieces.add(piece);
        }

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

        ChatResponse response() throws Exception {
            return whole.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
    }
}
