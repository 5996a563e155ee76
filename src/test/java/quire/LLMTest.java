package quire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The API over the demo model. */
class LLMTest {

    private static final String PROMPT = "Once upon a time";
    private static final List<Message> QUESTION =
            List.of(Message.user("What is the capital of France?"));
    private static final SamplingParams GREEDY = SamplingParams.greedy(8);

    /** So long that it is still under way whenever a test looks. */
    private static final SamplingParams ENDLESS =
            GREEDY.toBuilder().maxTokens(900).ignoreEos(true).build();

    private static LLM llm;

    @BeforeAll
    static void load() {
        Outside.CPU_KERNELS.path();
        llm = LLM.builder(Path.of("models/quire-demo")).contextLength(1024).threads(1).load();
    }

    @AfterAll
    static void close() {
        if (llm != null) {
            llm.close();
        }
    }

    @Test
    void onePromptOrManyGiveTheSameTexts() {
        List<String> prompts = List.of(PROMPT, "The cat", "Tom and Lily went to the park");
        List<String> alone =
                prompts.stream().map(prompt -> llm.generate(prompt, GREEDY).text()).toList();
        assertEquals(alone, texts(llm.generate(prompts, GREEDY)));
        List<Prompt> tokens =
                prompts.stream().map(llm::tokenize).<Prompt>map(Prompt::tokens).toList();
        assertEquals(alone, texts(llm.generateAll(tokens, GREEDY)));
        assertEquals(List.of(), llm.generateAll(List.of(), GREEDY));
    }

    private static List<String> texts(List<Completion> completions) {
        return completions.stream().map(Completion::text).toList();
    }

    @Test
    void oneConversationOrManyGiveTheSameAnswers() {
        List<Message> other = List.of(Message.system("Be brief."), Message.user("Who are you?"));
        SamplingParams greedy = SamplingParams.greedy();
        Completion answer = llm.chat(QUESTION, greedy);
        assertEquals(FinishReason.STOP, answer.finishReason());
        assertTrue(answer.text().contains("Paris"), answer.text());
        assertEquals(
                List.of(answer.text(), llm.chat(other, greedy).text()),
                texts(llm.chatAll(List.of(QUESTION, other), greedy)));
    }

    @Test
    void sixtyFourVirtualThreadsAreComputedTogether() throws Exception {
        String expected = llm.generate(PROMPT, GREEDY).text();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<String>> texts =
                    IntStream.range(0, 64)
                            .mapToObj(
                                    i -> threads.submit(() -> llm.generate(PROMPT, GREEDY).text()))
                            .toList();
            for (Future<String> text : texts) {
                assertEquals(expected, text.get());
            }
        }
    }

    @Test
    void aStreamIsTheTextInPiecesOnTheCallersThread() {
        List<String> pieces = new ArrayList<>();
        Thread caller = Thread.currentThread();
        Completion whole =
                llm.stream(
                        PROMPT,
                        GREEDY,
                        piece -> {
                            assertSame(caller, Thread.currentThread());
                            pieces.add(piece);
                        });
        assertEquals(whole.text(), String.join("", pieces));
        assertFalse(pieces.contains(""));
        pieces.clear();
        Completion answer = llm.streamChat(QUESTION, GREEDY, pieces::add);
        assertEquals(answer.text(), String.join("", pieces));
        assertEquals(llm.chat(QUESTION, GREEDY).text(), answer.text());
    }

    @Test
    void usageAndReasonsAreTold() {
        Completion completion = llm.generate(PROMPT, GREEDY.toBuilder().n(2).build());
        assertEquals(llm.countTokens(PROMPT), completion.usage().numPromptTokens());
        assertEquals(2 * 8, completion.usage().numCompletionTokens());
        assertEquals(2, completion.choices().size());
        assertEquals(FinishReason.LENGTH, completion.finishReason());
        Completion.Choice first = completion.choices().getFirst();
        assertEquals(8, first.numTokens());
        assertEquals(Optional.empty(), first.stopString());

        SamplingParams stop = GREEDY.toBuilder().stop(first.text().substring(3, 6)).build();
        Completion.Choice stopped = llm.generate(PROMPT, stop).choices().getFirst();
        assertEquals(FinishReason.STOP, stopped.finishReason());
        assertEquals(Optional.of(first.text().substring(3, 6)), stopped.stopString());
        assertEquals(first.text().substring(0, 3), stopped.text());

        int[] tokens = llm.tokenize(PROMPT + first.text());
        int token = tokens[llm.countTokens(PROMPT)];
        SamplingParams stopToken = GREEDY.toBuilder().stopTokenIds(List.of(token)).build();
        Completion.Choice ended = llm.generate(PROMPT, stopToken).choices().getFirst();
        assertEquals(OptionalInt.of(token), ended.stopTokenId());
        assertEquals(1, ended.numTokens());
    }

    @Test
    void aTextGoesToTheEndOfTheContextWhenNobodySaysHowFar() {
        SamplingParams params = SamplingParams.builder().temperature(0).ignoreEos(true).build();
        Completion completion = llm.generate(PROMPT, params);
        assertEquals(
                llm.info().contextLength(),
                completion.usage().numPromptTokens() + completion.usage().numCompletionTokens());
        assertEquals(FinishReason.LENGTH, completion.finishReason());
    }

    @Test
    void tokensAreCountedAsTheyAreComputed() {
        int[] ids = llm.tokenize(PROMPT);
        assertEquals(ids.length, llm.countTokens(PROMPT));
        assertTrue(llm.detokenize(ids).endsWith(PROMPT), llm.detokenize(ids));
        assertArrayEquals(new int[] {5, 7}, llm.tokenize(Prompt.tokens(5, 7)));
        String template = llm.applyTemplate(QUESTION);
        assertTrue(template.contains(QUESTION.getFirst().text()), template);
        assertEquals(llm.detokenize(llm.tokenize(Prompt.chat(QUESTION))), template);
        assertEquals(
                llm.countTokens(QUESTION),
                llm.chat(QUESTION, SamplingParams.greedy(1)).usage().numPromptTokens());
    }

    @Test
    void whatCanNeverBeServedIsRefusedInTheWordsOfTheApi() {
        refused("no token at all", () -> llm.generate("", GREEDY));
        refused("none of the model's", () -> llm.detokenize(-1));
        refused(
                "none of the model's",
                () -> llm.submit(Prompt.tokens(1 << 30), SamplingParams.DEFAULT));
        refused("'maxTokens' is 2000", () -> llm.generate(PROMPT, SamplingParams.greedy(2000)));
        refused("topP is 3.0; allowed", () -> SamplingParams.builder().topP(3).build());
        refused(
                "at most maxTokens, 4",
                () -> SamplingParams.builder().maxTokens(4).minTokens(5).build());
        refused("role", () -> Message.of(" ", "text"));
        refused("at least one", () -> Prompt.chat(List.of()));
        refused("maximum context length", () -> llm.generate("word ".repeat(2000), GREEDY));
    }

    private static void refused(String words, Runnable call) {
        PromptException refusal = assertThrows(PromptException.class, call::run);
        assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
        assertTrue(
                List.of(refusal.getStackTrace()).stream()
                        .anyMatch(frame -> frame.getClassName().equals(LLMTest.class.getName())),
                "the caller's stack");
    }

    @Test
    void nothingOfARefusedCallIsComputed() {
        assertThrows(
                PromptException.class,
                () -> llm.submitAll(List.of(Prompt.text(PROMPT), Prompt.tokens(-1)), GREEDY));
    }

    @Test
    void aCompletionCanBeCancelledFromAnotherThread() throws Exception {
        PendingCompletion pending = llm.submit(Prompt.text(PROMPT), ENDLESS);
        assertThrows(CompletionTimeoutException.class, () -> pending.await(Duration.ZERO));
        assertFalse(pending.isDone());
        Thread.ofVirtual().start(pending::cancel).join();
        assertThrows(CompletionCancelledException.class, pending::await);
        assertTrue(pending.isDone());
        assertEquals(8, llm.generate(PROMPT, GREEDY).usage().numCompletionTokens());
    }

    @Test
    void aFutureIsCompletedAndItsCancellationEndsTheCompletion() throws Exception {
        PendingCompletion pending = llm.submit(Prompt.text(PROMPT), GREEDY);
        CompletableFuture<String> text = pending.toCompletableFuture().thenApply(Completion::text);
        assertEquals(pending.await().text(), text.get());
        PendingCompletion endless = llm.submit(Prompt.text(PROMPT), ENDLESS);
        endless.toCompletableFuture().cancel(false);
        assertThrows(CompletionCancelledException.class, endless::await);
    }

    @Test
    void infoTellsOfModelAndBackend() {
        LLMInfo info = llm.info();
        assertEquals("quire-demo", info.name());
        assertEquals(1024, info.contextLength());
        assertTrue(info.backend().startsWith("cpu"), info.backend());
        assertEquals(Set.of(Backend.CUDA), info.notUsed().keySet());
        assertTrue(info.kvCacheTokens() >= 1024, info::toString);
        // Keys and values of 6 layers with 2 heads of 64 elements in two bytes.
        assertEquals(2L * 6 * 2 * 64 * 2, info.kvCacheBytes() / info.kvCacheTokens());
    }
}
