package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How an {@link LLM} begins and ends, and what is told of it. */
class LLMLifeTest {

    private static final Path DEMO = Path.of("models/quire-demo");
    private static final Prompt PROMPT = Prompt.text("Once upon a time");
    private static final List<Message> HELLO = List.of(Message.user("Hello"));

    /** So long that it is still under way whenever a test looks. */
    private static final SamplingParams ENDLESS =
            SamplingParams.greedy().toBuilder().ignoreEos(true).build();

    @TempDir Path folder;

    @BeforeEach
    void needKernels() {
        Outside.CPU_KERNELS.path();
    }

    private static LLMBuilder demo() {
        return LLM.builder(DEMO).threads(1).kvCacheBytes(64L << 20);
    }

    private static void awaitNobodyInside(LLM llm) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (((EngineLLM) llm).engine().numInside() > 0) {
            assertTrue(System.nanoTime() < deadline, "something goes on that nobody waits for");
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    @Test
    void closingEndsWhatIsUnderWayAndAfterItThereIsOneException() throws Exception {
        LLM llm = demo().load();
        Completion before = llm.generate("The", SamplingParams.greedy(2));
        PendingCompletion ended = llm.submit(PROMPT, SamplingParams.greedy(2));
        Completion result = ended.await();
        PendingCompletion pending = llm.submit(PROMPT, ENDLESS);
        CompletableFuture<Completion> future = pending.toCompletableFuture();
        List<Thread> closers =
                Stream.generate(() -> Thread.ofVirtual().start(llm::close)).limit(4).toList();
        llm.close();
        for (Thread closer : closers) {
            closer.join();
        }
        llm.close();
        assertThrows(ClosedException.class, pending::await);
        assertInstanceOf(
                ClosedException.class,
                assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS))
                        .getCause());
        assertEquals(result.text(), ended.await().text(), "what has ended stays");
        assertFalse(before.text().isEmpty());
        List<Consumer<LLM>> calls =
                List.of(
                        closed -> closed.generate("a"),
                        closed -> closed.generate(List.of(), ENDLESS),
                        closed -> closed.chat(HELLO),
                        closed -> closed.chatAll(List.of(), ENDLESS),
                        closed -> closed.stream("a", ENDLESS, text -> {}),
                        closed -> closed.streamChat(HELLO, ENDLESS, text -> {}),
                        closed -> closed.submit(PROMPT, ENDLESS),
                        closed -> closed.submitAll(List.of(), ENDLESS),
                        closed -> closed.tokenize("a"),
                        closed -> closed.tokenize(Prompt.tokens(1)),
                        closed -> closed.detokenize(1),
                        closed -> closed.countTokens("a"),
                        closed -> closed.countTokens(HELLO),
                        closed -> closed.applyTemplate(HELLO),
                        LLM::info);
        calls.forEach(call -> assertThrows(ClosedException.class, () -> call.accept(llm)));
    }

    @Test
    void anInterruptedCallLeavesNothingBehind() throws Exception {
        try (LLM llm = demo().load()) {
            List<Consumer<Consumer<String>>> calls =
                    List.of(
                            begun -> llm.stream("Once", ENDLESS, begun),
                            begun -> {
                                begun.accept("");
                                llm.generateAll(List.of(PROMPT, PROMPT), ENDLESS);
                            });
            for (Consumer<Consumer<String>> call : calls) {
                CompletableFuture<Boolean> flag = new CompletableFuture<>();
                CountDownLatch begun = new CountDownLatch(1);
                Thread caller =
                        Thread.ofPlatform()
                                .start(
                                        () -> {
                                            try {
                                                call.accept(text -> begun.countDown());
                                            } catch (CompletionInterruptedException e) {
                                                flag.complete(
                                                        Thread.currentThread().isInterrupted());
                                            } catch (RuntimeException e) {
                                                flag.completeExceptionally(e);
                                            }
                                        });
                assertTrue(begun.await(30, TimeUnit.SECONDS));
                caller.interrupt();
                assertTrue(flag.get(30, TimeUnit.SECONDS), "the flag stays set");
                awaitNobodyInside(llm);
            }
        }
    }

    @Test
    void aListenerThatThrowsOrAHandleThatIsCancelledLeavesNothingBehind() throws Exception {
        try (LLM llm = demo().load()) {
            IllegalStateException thrown = new IllegalStateException();
            assertSame(
                    thrown,
                    assertThrows(
                            IllegalStateException.class,
                            () ->
                                    llm.streamChat(
                                            HELLO,
                                            ENDLESS,
                                            text -> {
                                                throw thrown;
                                            })));
            awaitNobodyInside(llm);
            PendingCompletion pending = llm.submit(PROMPT, ENDLESS);
            assertThrows(
                    CompletionTimeoutException.class, () -> pending.await(Duration.ofMillis(5)));
            pending.cancel();
            assertThrows(CompletionCancelledException.class, pending::await);
            awaitNobodyInside(llm);
        }
    }

    @Test
    void promptsComeInTogetherOrNotAtAll() throws Exception {
        try (LLM llm = demo().maxSequences(1).maxQueue(2).load()) {
            assertThrows(
                    PromptException.class,
                    () -> llm.submitAll(List.of(PROMPT, Prompt.tokens(-1)), ENDLESS));
            assertThrows(
                    PromptException.class,
                    () -> llm.submitAll(List.of(PROMPT, PROMPT, PROMPT), ENDLESS),
                    "the whole queue could not hold them");
            assertEquals(0, ((EngineLLM) llm).engine().numInside());
            PendingCompletion runs = llm.submit(PROMPT, ENDLESS);
            CountDownLatch begun = new CountDownLatch(1);
            Thread listener =
                    Thread.ofVirtual()
                            .start(
                                    () ->
                                            assertThrows(
                                                    CompletionCancelledException.class,
                                                    () -> runs.await(text -> begun.countDown())));
            assertTrue(begun.await(30, TimeUnit.SECONDS));
            List<PendingCompletion> wait = llm.submitAll(List.of(PROMPT, PROMPT), ENDLESS);
            OverloadException refusal =
                    assertThrows(OverloadException.class, () -> llm.submit(PROMPT, ENDLESS));
            assertTrue(refusal.getMessage().contains("raise maxQueue"), refusal.getMessage());
            wait.forEach(PendingCompletion::cancel);
            runs.cancel();
            listener.join();
            awaitNobodyInside(llm);
        }
    }

    @Test
    void anInterruptWhileLoadingIsOneAndAListenerMayEndIt() {
        Thread caller = Thread.currentThread();
        List<String> stages = new CopyOnWriteArrayList<>();
        LLMBuilder interrupted =
                demo().progress(
                                (stage, done, total) -> {
                                    stages.add(stage);
                                    if (stages.size() == 1) {
                                        caller.interrupt();
                                    }
                                });
        assertThrows(LoadInterruptedException.class, interrupted::load);
        assertTrue(Thread.interrupted(), "the flag stays set");
        assertFalse(stages.isEmpty());
        IllegalStateException thrown = new IllegalStateException();
        LLMBuilder refused =
                demo().progress(
                                (stage, done, total) -> {
                                    throw thrown;
                                });
        assertSame(thrown, assertThrows(IllegalStateException.class, refused::load));
    }

    private static void option(String words, LLMBuilder builder) {
        OptionException refusal = assertThrows(OptionException.class, builder::load);
        assertTrue(refusal.getMessage().contains(words), refusal.getMessage());
        assertTrue(
                Stream.of(refusal.getStackTrace())
                        .anyMatch(
                                frame -> frame.getClassName().equals(LLMLifeTest.class.getName())),
                "the caller's stack");
    }

    @Test
    void whatCannotBeHonouredIsRefusedByTheNamesOfTheBuilder() {
        option("blockSize 7 is outside 8 to 256", demo().blockSize(7));
        option("threads 0 is outside 1 to 1024", demo().threads(0));
        option(
                "maxBatchedTokens 4 is below maxSequences 8",
                demo().maxSequences(8).maxBatchedTokens(4));
        option("gpuMemoryUtilization", demo().backend(Backend.CPU).gpuMemoryUtilization(0.5));
        option("raise kvCacheBytes", demo().contextLength(4096).kvCacheBytes(1 << 20));
        option("chatTemplate is no template", demo().chatTemplate("{% for %}"));
        option("generationConfig nowhere is neither", demo().generationConfig("nowhere"));
        ModelException missing =
                assertThrows(ModelException.class, () -> LLM.load(folder.resolve("none")));
        assertTrue(missing.getMessage().contains("none"), missing.getMessage());
    }

    /** The demo model with another file of sampling defaults. */
    private LLMBuilder demoThatRecommends(String json) throws Exception {
        try (Stream<Path> files = Files.list(DEMO)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        Path recommended = folder.resolve("generation_config.json");
        Files.deleteIfExists(recommended);
        Files.writeString(recommended, json);
        return LLM.builder(folder).threads(1).contextLength(64);
    }

    @Test
    void whatIsUnsetIsAsTheModelRecommends() throws Exception {
        LLMBuilder recommends =
                demoThatRecommends(
                        "{\"temperature\": 0, \"max_new_tokens\": 5, \"eos_token_id\": 0}");
        String greedy;
        try (LLM llm = recommends.load()) {
            SamplingParams likeliest = SamplingParams.greedy(5).toBuilder().ignoreEos(true).build();
            greedy = llm.generate("Once upon a time", likeliest).text();
            Completion unset = llm.generateAll(List.of(PROMPT), SamplingParams.DEFAULT).getFirst();
            assertEquals(greedy, unset.text());
            assertEquals(5, unset.usage().numCompletionTokens());
            SamplingParams longer = SamplingParams.builder().maxTokens(7).ignoreEos(true).build();
            assertEquals(
                    7,
                    llm.generateAll(List.of(PROMPT), longer)
                            .getFirst()
                            .usage()
                            .numCompletionTokens());
        }
        try (LLM llm = recommends.generationConfig("vllm").load()) {
            SamplingParams unset = SamplingParams.builder().ignoreEos(true).build();
            Completion completion = llm.generateAll(List.of(PROMPT), unset).getFirst();
            assertEquals(
                    64,
                    completion.usage().numPromptTokens()
                            + completion.usage().numCompletionTokens());
            assertFalse(completion.text().startsWith(greedy), "drawn at a temperature of 1");
        }
    }

    @Test
    void optionsOfTheBuilderReachTheEngine() {
        Message user = Message.user("Who are you?");
        try (LLM llm =
                demo().modelName("mine")
                        .contextLength(128)
                        .kvCacheType(ElementType.FLOAT32)
                        .chatTemplate("{{ messages[0].role }}>{{ messages[0].content }}<")
                        .load()) {
            assertEquals("mine", llm.info().name());
            assertEquals(128, llm.info().contextLength());
            assertEquals("user>Who are you?<", llm.applyTemplate(List.of(user)));
            assertEquals(
                    2L * 6 * 2 * 64 * 4, llm.info().kvCacheBytes() / llm.info().kvCacheTokens());
        }
    }
}
