package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import quire.ClosedException;
import quire.CompletionInterruptedException;
import quire.Embedded;
import quire.LLM;
import quire.Outside;
import quire.Prompt;
import quire.batcher.ServingEngine;
import quire.engine.EngineConfig;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.generation.GenerationListener;
import quire.generation.GenerationOutput;
import quire.generation.GenerationRequest;
import quire.generation.Submission;
import quire.model.LoadProgress;
import quire.sampling.SamplingParams;

/**
 * Engines that are closed at random moments while they load and compute. A kernel whose memory is
 * freed under it ends the process, so that it runs to the end is the most of what is tested; and
 * that every call ends.
 *
 * <p>As many rounds of each as {@code -Dquire.close.rounds} says, drawn from {@code
 * -Dquire.close.seed}, on one thread, where steps are longest, with the model {@code
 * -Dquire.close.model}.
 */
class CloseUnderLoadTest {

    private static final int ROUNDS = Integer.getInteger("quire.close.rounds", 10);
    private static final long SEED = Long.getLong("quire.close.seed", 5L);
    private static final Path MODEL =
            Path.of(System.getProperty("quire.close.model", "models/quire-demo"));
    private static final int CALLERS = 4;
    private static final int PROMPT_TOKENS = 1900;
    private static final int LATEST_MILLIS = 150;

    private final Random random = new Random(SEED);

    private static EngineConfig config() {
        return EngineConfig.builder(MODEL)
                .maxModelLength(2048)
                .maxNumSequences(64)
                .kvCacheMemoryBytes(512L << 20)
                .numThreads(1)
                .build();
    }

    @BeforeEach
    void needsKernels() {
        Outside.CPU_KERNELS.path();
    }

    private int[] prompt() {
        return random.ints(PROMPT_TOKENS, 300, 4000).toArray();
    }

    private void pause() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(LATEST_MILLIS));
    }

    @Test
    void aClosedModelEndsEveryCallThatIsUnderWay() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            LLM llm = Embedded.load(config());
            List<CompletableFuture<Void>> callers = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                Prompt prompt = Prompt.tokens(prompt());
                CompletableFuture<Void> caller = new CompletableFuture<>();
                callers.add(caller);
                Thread.ofPlatform().start(() -> generateUntilClosed(llm, prompt, caller));
            }
            pause();
            if (round % 2 == 0) {
                Thread.currentThread().interrupt();
            }
            llm.close();
            assertEquals(
                    round % 2 == 0, Thread.interrupted(), "the interrupt of the closing thread");
            for (CompletableFuture<Void> caller : callers) {
                ExecutionException end =
                        assertThrows(
                                ExecutionException.class, () -> caller.get(30, TimeUnit.SECONDS));
                assertInstanceOf(ClosedException.class, end.getCause(), "seed " + SEED);
            }
        }
    }

    private static void generateUntilClosed(
            LLM llm, Prompt prompt, CompletableFuture<Void> caller) {
        quire.SamplingParams params =
                quire.SamplingParams.greedy(50).toBuilder().ignoreEos(true).build();
        try {
            while (true) {
                llm.generateAll(List.of(prompt), params);
            }
        } catch (Throwable e) {
            caller.completeExceptionally(e);
        }
    }

    @Test
    void anInterruptedCallLeavesItsModelInPeace() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            Prompt prompt = Prompt.tokens(prompt());
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            CountDownLatch loaded = new CountDownLatch(1);
            Thread user =
                    Thread.ofPlatform()
                            .start(() -> generateInterrupted(prompt, loaded, interrupted));
            assertTrue(loaded.await(60, TimeUnit.SECONDS));
            pause();
            user.interrupt();
            assertTrue(interrupted.get(30, TimeUnit.SECONDS), "the interrupt is kept");
        }
    }

    private static void generateInterrupted(
            Prompt prompt, CountDownLatch loaded, CompletableFuture<Boolean> interrupted) {
        try (LLM llm = Embedded.load(config())) {
            loaded.countDown();
            quire.SamplingParams params =
                    quire.SamplingParams.greedy(100).toBuilder().ignoreEos(true).build();
            while (true) {
                llm.generateAll(List.of(prompt), params);
            }
        } catch (CompletionInterruptedException e) {
            interrupted.complete(Thread.currentThread().isInterrupted());
        } catch (Throwable e) {
            interrupted.completeExceptionally(e);
        }
    }

    @Test
    void loadingCanBeInterruptedAtAnyMoment() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            CompletableFuture<Void> ended = new CompletableFuture<>();
            Thread loader = Thread.ofPlatform().start(() -> load(ended));
            TimeUnit.MILLISECONDS.sleep(random.nextInt(3 * LATEST_MILLIS));
            loader.interrupt();
            ended.get(60, TimeUnit.SECONDS);
        }
    }

    private static void load(CompletableFuture<Void> ended) {
        try (LLM llm = Embedded.load(config())) {
            assertFalse(llm.info().name().isEmpty());
            ended.complete(null);
        } catch (QuireException e) {
            ended.complete(null);
        } catch (Throwable e) {
            ended.completeExceptionally(e);
        }
    }

    /** Hears how a submission ends. */
    private static final class End implements GenerationListener {

        private final CompletableFuture<Optional<QuireException>> end = new CompletableFuture<>();

        @Override
        public void onOutput(GenerationOutput output) {
            if (output.finishReason().isPresent()) {
                end.complete(Optional.empty());
            }
        }

        @Override
        public void onError(QuireException error) {
            end.complete(Optional.of(error));
        }
    }

    @Test
    void aServersEngineEndsEveryRequestWhenItDrainsAndCloses() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                closeBatcher(vertx, Duration.ofMillis(round % 2 * random.nextInt(300)));
            }
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get();
        }
    }

    private void closeBatcher(Vertx vertx, Duration drain) throws Exception {
        ServingEngine serving = new ServingEngine(vertx, 100);
        serving.load(config(), engine -> {}, LoadProgress.SILENT);
        SamplingParams params = SamplingParams.greedy(40).toBuilder().ignoreEos(true).build();
        List<Submission> submissions = new ArrayList<>();
        for (int i = 0; i < 2 * CALLERS; i++) {
            submissions.add(
                    new Submission(
                            new GenerationRequest("load-" + i, prompt(), params), new End()));
        }
        serving.submit(submissions.subList(0, CALLERS));
        pause();
        serving.submit(submissions.subList(CALLERS, submissions.size()));
        boolean empty = !drain.isZero() && serving.drain(drain);
        if (!drain.isZero()) {
            assertFalse(serving.ready());
            assertThrows(
                    UnavailableException.class,
                    () ->
                            serving.submit(
                                    List.of(
                                            new Submission(
                                                    submissions.getFirst().request(), new End()))));
        }
        serving.close();
        for (Submission submission : submissions) {
            Optional<QuireException> end =
                    ((End) submission.listener()).end.get(30, TimeUnit.SECONDS);
            assertFalse(empty && end.isPresent(), "drained, and yet " + end);
            end.ifPresent(error -> assertInstanceOf(UnavailableException.class, error));
        }
    }
}
