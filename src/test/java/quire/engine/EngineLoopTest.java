package quire.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import quire.CapturedLog;
import quire.error.EngineException;
import quire.error.InvalidRequestException;
import quire.error.OverloadedException;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.Step;
import quire.sequence.FinishReason;
import quire.tokenizer.Tokenizer;

/** The loop over a runner that the test holds in its hand: each step waits for leave to run. */
class EngineLoopTest {

    private static final int VOCABULARY = 4096;
    private static final int MAX_LENGTH = 64;
    private static final int LETTER = 70;
    private static Tokenizer tokenizer;

    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final Semaphore leave = new Semaphore(0);
    private final List<EngineObserver.ChoiceRecord> records = new ArrayList<>();
    private final Scheduler scheduler =
            new Scheduler(new SchedulerConfig(2, 32, 0, MAX_LENGTH, 16, 8, false));
    private volatile RuntimeException failure;
    private volatile int nextToken = LETTER;
    private final EngineLoop loop =
            new EngineLoop(
                    scheduler,
                    this::execute,
                    new Choices(tokenizer, EosTokens.of(2), VOCABULARY, MAX_LENGTH, 0),
                    executor,
                    new EngineObserver() {
                        @Override
                        public void choiceFinished(ChoiceRecord record) {
                            records.add(record);
                        }
                    });

    @BeforeAll
    static void load() {
        tokenizer = Tokenizer.load(Path.of("models/quire-demo"));
    }

    @AfterAll
    static void unload() {
        tokenizer.close();
    }

    @AfterEach
    void close() {
        leave.release(1000);
        loop.close();
        executor.shutdownNow();
    }

    private int[] execute(Step step) {
        leave.acquireUninterruptibly();
        if (failure != null) {
            RuntimeException thrown = failure;
            failure = null;
            throw thrown;
        }
        int[] tokens = new int[step.size()];
        java.util.Arrays.fill(tokens, nextToken);
        return tokens;
    }

    /** Collects what a generation says. */
    private static final class Heard implements GenerationListener {

        private final StringBuilder text = new StringBuilder();
        private final List<GenerationOutput> outputs = new ArrayList<>();
        private final CountDownLatch ended;
        private final Semaphore tokens = new Semaphore(0);
        private volatile Optional<QuireException> error = Optional.empty();

        Heard(int choices) {
            ended = new CountDownLatch(choices);
        }

        @Override
        public void onOutput(GenerationOutput output) {
            text.append(output.text());
            outputs.add(output);
            tokens.release();
            if (output.finishReason().isPresent()) {
                ended.countDown();
            }
        }

        @Override
        public void onError(QuireException theError) {
            error = Optional.of(theError);
            while (ended.getCount() > 0) {
                ended.countDown();
            }
        }

        Heard await() throws InterruptedException {
            assertTrue(ended.await(20, TimeUnit.SECONDS), "the generation did not end");
            return this;
        }

        GenerationOutput last() {
            return outputs.getLast();
        }
    }

    private static GenerationRequest request(SamplingParams.Builder params) {
        return new GenerationRequest("test", new int[] {5, 6, 7}, params.temperature(0).build());
    }

    private static SamplingParams.Builder tokens(int maxTokens) {
        return SamplingParams.builder().maxTokens(maxTokens);
    }

    private Heard start(SamplingParams.Builder params) {
        Heard heard = new Heard(1);
        loop.submit(request(params), heard, 10);
        return heard;
    }

    /** Waits until everything that was handed to the executor is done. */
    private void settle() throws Exception {
        executor.submit(() -> {}).get(20, TimeUnit.SECONDS);
    }

    @Test
    void aGenerationEndsAtItsMostTokens() throws Exception {
        loop.start();
        leave.release(3);
        Heard heard = start(tokens(3)).await();
        assertEquals(tokenizer.text(LETTER).repeat(3), heard.text.toString());
        assertEquals(Optional.of(FinishReason.LENGTH), heard.last().finishReason());
        assertEquals(3, heard.last().numTokens());
        settle();
        assertEquals(0, loop.numInside());
        assertEquals(0, scheduler.stats().numHeldSlots());
        assertEquals(1, records.size());
        assertEquals(3, records.getFirst().numOutputTokens());
    }

    @Test
    void anEndOfSequenceTokenIsNotText() throws Exception {
        loop.start();
        nextToken = 2;
        leave.release(1);
        Heard heard = start(tokens(3)).await();
        assertEquals("", heard.text.toString());
        assertEquals(Optional.of(FinishReason.STOP), heard.last().finishReason());
    }

    @Test
    void aStopStringEndsAChoiceWhoseNextStepIsUnderWay() throws Exception {
        loop.start();
        leave.release(1000);
        String letter = tokenizer.text(LETTER);
        Heard heard = start(tokens(40).stop(letter + letter)).await();
        assertEquals("", heard.text.toString());
        assertEquals(Optional.of(letter + letter), heard.last().stopReason());
        Heard next = start(tokens(2)).await();
        assertEquals(letter + letter, next.text.toString());
        settle();
        assertEquals(0, scheduler.stats().numHeldSlots());
    }

    @Test
    void aFailedStepCostsItsSequencesAndNotTheEngine() throws Exception {
        loop.start();
        failure = new IllegalStateException("planted");
        try (CapturedLog log = new CapturedLog("quire.engine")) {
            Heard first = start(tokens(3));
            leave.release(1);
            assertInstanceOf(EngineException.class, first.await().error.orElseThrow());
            assertEquals(List.of("a step of 1 sequences failed"), log.errors());
        }
        leave.release(3);
        assertEquals(
                Optional.of(FinishReason.LENGTH), start(tokens(3)).await().last().finishReason());
        settle();
        assertEquals(0, loop.numInside());
        assertEquals(0, scheduler.stats().numHeldSlots());
        assertEquals(FinishReason.ERROR, records.getFirst().reason());
    }

    @Test
    void logitsThatAreAllNanEndTheGenerationWithAnError() throws Exception {
        loop.start();
        nextToken = -1;
        leave.release(1);
        assertInstanceOf(EngineException.class, start(tokens(3)).await().error.orElseThrow());
        settle();
        assertEquals(0, scheduler.stats().numHeldSlots());
    }

    @Test
    void aCancelledGenerationFreesItsBlocksByTheNextStepAndIsSilent() throws Exception {
        loop.start();
        Heard heard = new Heard(1);
        Generation generation = loop.submit(request(tokens(40)), heard, 10);
        leave.release(2);
        heard.tokens.acquire(2);
        generation.cancel();
        generation.cancel();
        settle();
        leave.release(1);
        start(tokens(1));
        leave.release(1);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (loop.numInside() > 0 && System.nanoTime() < deadline) {
            settle();
        }
        assertEquals(0, loop.numInside());
        assertEquals(2, heard.outputs.size());
        assertEquals(0, scheduler.stats().numHeldSlots());
        assertEquals(FinishReason.ABORT, records.getFirst().reason());
    }

    @Test
    void theQueueIsBoundedAndWhatRunsDoesNotCount() throws Exception {
        loop.start();
        Heard running = start(tokens(2));
        settle();
        loop.submit(request(tokens(1)), new Heard(1), 1);
        settle();
        OverloadedException refused =
                assertThrows(
                        OverloadedException.class,
                        () -> loop.submit(request(tokens(1)), new Heard(1), 1));
        assertTrue(refused.getMessage().contains("--max-queue"), refused.getMessage());
        leave.release(10);
        running.await();
        settle();
        Heard later = new Heard(1);
        loop.submit(request(tokens(1)), later, 1);
        later.await();
    }

    @Test
    void severalChoicesEndOneByOneAndThenTheRequest() throws Exception {
        loop.start();
        Heard heard = new Heard(2);
        loop.submit(request(tokens(2).n(2)), heard, 10);
        leave.release(10);
        heard.await();
        settle();
        assertEquals(
                List.of(0, 1, 0, 1), heard.outputs.stream().map(GenerationOutput::choice).toList());
        assertEquals(0, loop.numInside());
        assertEquals(
                List.of(true, false),
                records.stream().map(EngineObserver.ChoiceRecord::first).toList());
    }

    @Test
    void aListenerThatThrowsIsAbortedAndOthersGoOn() throws Exception {
        CapturedLog log = new CapturedLog("quire.engine");
        loop.start();
        loop.submit(
                request(tokens(40)),
                new GenerationListener() {
                    @Override
                    public void onOutput(GenerationOutput output) {
                        throw new IllegalStateException("planted");
                    }

                    @Override
                    public void onError(QuireException error) {
                        throw new IllegalStateException("not expected");
                    }
                },
                10);
        leave.release(10);
        assertEquals(
                Optional.of(FinishReason.LENGTH), start(tokens(3)).await().last().finishReason());
        settle();
        log.close();
        assertEquals(List.of("the listener of test failed; aborted"), log.errors());
        assertEquals(0, loop.numInside());
    }

    @Test
    void closingTellsThoseInsideAndRefusesOthers() throws Exception {
        loop.start();
        Heard heard = start(tokens(40));
        settle();
        leave.release(1000);
        loop.close();
        assertInstanceOf(UnavailableException.class, heard.await().error.orElseThrow());
        assertThrows(UnavailableException.class, () -> start(tokens(1)));
        assertEquals(0, loop.numInside());
    }

    @Test
    void requestsThatCanNeverBeServedAreRefused() {
        SamplingParams.Builder params = tokens(MAX_LENGTH - 3);
        assertFalse(refused(new int[] {1, 2, 3}, params));
        assertTrue(refused(new int[] {1, 2, 3}, tokens(MAX_LENGTH - 2)));
        assertTrue(refused(new int[0], tokens(1)));
        assertTrue(refused(new int[MAX_LENGTH], tokens(1)));
        assertFalse(refused(new int[MAX_LENGTH - 1], tokens(1)));
        assertTrue(refused(new int[] {VOCABULARY}, tokens(1)));
        assertFalse(refused(new int[] {VOCABULARY - 1}, tokens(1)));
        assertTrue(refused(new int[] {-1}, tokens(1)));
        assertTrue(refused(new int[] {1}, tokens(1).stopTokenIds(List.of(VOCABULARY))));
    }

    private static boolean refused(int[] prompt, SamplingParams.Builder params) {
        Choices choices = new Choices(tokenizer, EosTokens.none(), VOCABULARY, MAX_LENGTH, 0);
        try {
            choices.check(new GenerationRequest("test", prompt, params.build()));
            return false;
        } catch (InvalidRequestException e) {
            return true;
        }
    }
}
