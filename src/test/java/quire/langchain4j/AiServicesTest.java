package quire.langchain4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.memory.chat.TokenWindowChatMemory;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.service.SystemMessage;
import dev.langchain4j.service.TokenStream;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import quire.LLM;
import quire.Message;
import quire.Outside;
import quire.QuireMetrics;
import quire.SamplingParams;

/** LangChain4j's services over a model in this process. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class AiServicesTest {

    private static final String QUESTION = "Name the capital of Iraq.";
    private static final String ANSWER = "The capital of Iraq is Baghdad.";
    private static final String ANOTHER = "What is the capital of France?";
    private static final long PATIENCE_SECONDS = 60;

    private static LLM llm;

    interface Assistant {

        Result<String> answer(String question);

        @SystemMessage("Answer in one sentence.")
        String answerBriefly(String question);

        TokenStream stream(String question);
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

    private static Assistant assistant(SamplingParams params, ChatMemory memory) {
        return AiServices.builder(Assistant.class)
                .chatModel(new QuireChatModel(llm, params))
                .streamingChatModel(new QuireStreamingChatModel(llm, params))
                .chatMemory(memory)
                .build();
    }

    private static Assistant assistant() {
        return assistant(SamplingParams.greedy(), MessageWindowChatMemory.withMaxMessages(10));
    }

    @Test
    void conversationsAreRemembered() {
        Assistant assistant = assistant();
        Result<String> first = assistant.answer(QUESTION);
        assertEquals(ANSWER, first.content());
        assertEquals(FinishReason.STOP, first.finishReason());
        List<Message> conversation = new ArrayList<>(List.of(Message.user(QUESTION)));
        assertEquals(llm.countTokens(conversation), first.tokenUsage().inputTokenCount());
        Result<String> second = assistant.answer(ANOTHER);
        conversation.addAll(List.of(Message.assistant(ANSWER), Message.user(ANOTHER)));
        assertEquals(llm.countTokens(conversation), second.tokenUsage().inputTokenCount());
        assertEquals(llm.chat(conversation, SamplingParams.greedy()).text(), second.content());
    }

    @Test
    void aMemoryOfSomeTokensForgetsTheOldest() {
        int limit = llm.countTokens(List.of(Message.user(ANOTHER))) + 20;
        ChatMemory memory =
                TokenWindowChatMemory.builder()
                        .maxTokens(limit, new QuireTokenCountEstimator(llm))
                        .build();
        Assistant assistant = assistant(SamplingParams.greedy(), memory);
        for (int turn = 0; turn < 4; turn++) {
            assistant.answer(ANOTHER);
            int tokens = llm.countTokens(Conversation.of(memory.messages()));
            assertTrue(tokens <= limit, tokens + " tokens of " + limit);
            assertEquals(2, memory.messages().size());
        }
    }

    @Test
    void systemMessagesComeFirst() {
        List<Message> conversation =
                List.of(Message.system("Answer in one sentence."), Message.user(QUESTION));
        assertEquals(
                llm.chat(conversation, SamplingParams.greedy()).text(),
                assistant().answerBriefly(QUESTION));
    }

    @Test
    void answersThatAreCutSaySo() {
        Result<String> cut =
                assistant(SamplingParams.greedy(3), MessageWindowChatMemory.withMaxMessages(2))
                        .answer(QUESTION);
        assertEquals(FinishReason.LENGTH, cut.finishReason());
        assertEquals(3, cut.tokenUsage().outputTokenCount());
    }

    @Test
    void streamsComeInPiecesAndAreRemembered() throws Exception {
        Assistant assistant = assistant();
        List<String> pieces = new ArrayList<>();
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        assistant.stream(QUESTION)
                .onPartialResponse(pieces::add)
                .onCompleteResponse(whole::complete)
                .onError(whole::completeExceptionally)
                .start();
        ChatResponse response = whole.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertEquals(ANSWER, response.aiMessage().text());
        assertEquals(ANSWER, String.join("", pieces));
        assertEquals(FinishReason.STOP, response.finishReason());
        assertEquals(
                llm.countTokens(List.of(Message.user(QUESTION))),
                response.tokenUsage().inputTokenCount());
        assertEquals(
                llm.countTokens(
                        List.of(
                                Message.user(QUESTION),
                                Message.assistant(ANSWER),
                                Message.user(ANOTHER))),
                assistant.answer(ANOTHER).tokenUsage().inputTokenCount());
    }

    /** Who is slower than the model gets longer pieces: a long answer has several all the same. */
    @Test
    void aLongAnswerComesInManyPieces() throws Exception {
        List<String> pieces = new ArrayList<>();
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        assistant(
                        endless().toBuilder().maxTokens(300).build(),
                        MessageWindowChatMemory.withMaxMessages(2))
                .stream(QUESTION)
                .onPartialResponse(pieces::add)
                .onCompleteResponse(whole::complete)
                .onError(whole::completeExceptionally)
                .start();
        ChatResponse response = whole.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertEquals(response.aiMessage().text(), String.join("", pieces));
        assertTrue(pieces.size() > 2, pieces.size() + " pieces");
    }

    @Test
    void aCancelledStreamIsHeardOfNoMoreAndComputesNoMore() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        try (QuireMetrics metrics = QuireMetrics.of(llm)) {
            metrics.bindTo(registry);
            List<String> pieces = new ArrayList<>();
            CompletableFuture<String> cancelled = new CompletableFuture<>();
            assistant(endless(), MessageWindowChatMemory.withMaxMessages(2)).stream(QUESTION)
                    .onPartialResponseWithContext(
                            (piece, context) -> {
                                pieces.add(piece.text());
                                if (pieces.size() == 2) {
                                    context.streamingHandle().cancel();
                                    assertTrue(context.streamingHandle().isCancelled());
                                    cancelled.complete("");
                                }
                            })
                    .onCompleteResponse(response -> pieces.add("completed"))
                    .onError(error -> pieces.add("failed: " + error))
                    .start();
            cancelled.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            while (ended(registry, "abort") == 0) {
                Thread.sleep(1);
            }
            assertEquals(0, ended(registry, "length") + ended(registry, "stop"));
            while (registry.get("vllm:num_requests_running").gauge().value() > 0) {
                Thread.sleep(1);
            }
            assertEquals(2, pieces.size(), pieces::toString);
        }
    }

    /** Only the end of the context ends it. */
    private static SamplingParams endless() {
        return SamplingParams.greedy().toBuilder().ignoreEos(true).build();
    }

    private static double ended(MeterRegistry registry, String reason) {
        return registry.get("vllm:request_success")
                .tag("finished_reason", reason)
                .counter()
                .count();
    }

    @Test
    void whatAHandlerThrowsComesBackToItAndEndsTheAnswer() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        try (QuireMetrics metrics = QuireMetrics.of(llm)) {
            metrics.bindTo(registry);
            CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
            assistant(endless(), MessageWindowChatMemory.withMaxMessages(2)).stream(QUESTION)
                    .onPartialResponse(
                            piece -> {
                                throw new IllegalStateException("planted");
                            })
                    .onCompleteResponse(whole::complete)
                    .onError(whole::completeExceptionally)
                    .start();
            ExecutionException e =
                    assertThrows(
                            ExecutionException.class,
                            () -> whole.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
            assertEquals("planted", e.getCause().getMessage());
            while (ended(registry, "abort") == 0) {
                Thread.sleep(1);
            }
        }
    }

    @Test
    void whatCanNeverBeServedIsToldAsAnError() {
        String tooLong = "word ".repeat(5000);
        assertThrows(InvalidRequestException.class, () -> assistant().answer(tooLong));
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        assistant().stream(tooLong)
                .onPartialResponse(piece -> {})
                .onCompleteResponse(whole::complete)
                .onError(whole::completeExceptionally)
                .start();
        ExecutionException e =
                assertThrows(
                        ExecutionException.class,
                        () -> whole.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
        assertInstanceOf(InvalidRequestException.class, e.getCause());
    }

    @Test
    void anInterruptEndsTheAnswer() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        try (QuireMetrics metrics = QuireMetrics.of(llm)) {
            metrics.bindTo(registry);
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Thread caller =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            new QuireChatModel(llm, endless()).chat(QUESTION);
                                        } catch (RuntimeException e) {
                                            interrupted.complete(
                                                    Thread.currentThread().isInterrupted());
                                        }
                                    });
            while (registry.get("vllm:num_requests_running").gauge().value() == 0) {
                Thread.sleep(1);
            }
            assertFalse(interrupted.isDone());
            caller.interrupt();
            assertTrue(interrupted.get(PATIENCE_SECONDS, TimeUnit.SECONDS), "the flag is kept");
            while (ended(registry, "abort") == 0) {
                Thread.sleep(1);
            }
        }
    }
}
