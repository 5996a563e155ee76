package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.generation.HeldLoop.LETTER;
import static quire.generation.HeldLoop.MAX_LENGTH;
import static quire.generation.HeldLoop.VOCABULARY;
import static quire.generation.HeldLoop.request;
import static quire.generation.HeldLoop.tokens;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import quire.CapturedLog;
import quire.error.EngineException;
import quire.error.InvalidRequestException;
import quire.error.OverloadedException;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.generation.HeldLoop.Heard;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParamsBuilder;
import quire.scheduler.PrefillBudget;
import quire.sequence.FinishReason;
import quire.sequence.StopReason;

/** The loop over a runner that the test holds in its hand. */
@ParameterizedClass(name = "steps in flight: {0}")
@ValueSource(ints = {1, 2})
class EngineLoopTest {

    private final List<EngineObserver.ChoiceRecord> records = new ArrayList<>();
    private final int depth;
    private final HeldLoop held;

    EngineLoopTest(int depth) {
        this.depth = depth;
        held =
                new HeldLoop(
                        new EngineObserver() {
                            @Override
                            public void choiceFinished(ChoiceRecord record) {
                                records.add(record);
                            }
                        },
                        depth);
    }

    @AfterEach
    void close() {
        held.close();
    }

    @Test
    void aGenerationEndsAtItsMostTokens() throws Exception {
        held.leave.release(3);
        Heard heard = held.start(tokens(3)).await();
        assertEquals(HeldLoop.TOKENIZER.text(LETTER).repeat(3), heard.text.toString());
        assertEquals(Optional.of(FinishReason.LENGTH), heard.last().finishReason());
        assertEquals(3, heard.last().numTokens());
        held.settle();
        assertEquals(0, held.loop.numInside());
        held.awaitNothingHeld();
        assertEquals(1, records.size());
        assertEquals(3, records.getFirst().numOutputTokens());
    }

    @Test
    void anEndOfSequenceTokenIsNotText() throws Exception {
        held.nextToken = 2;
        held.leave.release(1);
        Heard heard = held.start(tokens(3)).await();
        assertEquals("", heard.text.toString());
        assertEquals(Optional.of(FinishReason.STOP), heard.last().finishReason());
    }

    @Test
    void aRunOfTokensIsOneOutputAndCountsEach() throws Exception {
        held.run = 4;
        held.leave.release(3);
        Heard heard = held.start(tokens(7)).await();
        assertEquals(HeldLoop.TOKENIZER.text(LETTER).repeat(7), heard.text.toString());
        assertEquals(
                List.of(1, 5, 7), heard.outputs.stream().map(GenerationOutput::numTokens).toList());
        assertEquals(Optional.of(FinishReason.LENGTH), heard.last().finishReason());
    }

    @Test
    void aStopStringInsideARunEndsTheAnswerThere() throws Exception {
        held.run = 4;
        held.leave.release(1000);
        String letter = HeldLoop.TOKENIZER.text(LETTER);
        Heard heard =
                held.start(tokens(40).stop(letter.repeat(3)).includeStopStrInOutput(true)).await();
        assertEquals(letter.repeat(3), heard.text.toString());
        assertEquals(3, heard.last().numTokens());
        assertEquals(Optional.of(new StopReason.Text(letter.repeat(3))), heard.last().stopReason());
        held.settle();
        assertEquals(3, records.getFirst().numOutputTokens());
    }

    @Test
    void aStopStringEndsAChoiceWhoseNextStepIsUnderWay() throws Exception {
        held.leave.release(1000);
        String letter = HeldLoop.TOKENIZER.text(LETTER);
        Heard heard = held.start(tokens(40).stop(letter + letter)).await();
        assertEquals("", heard.text.toString());
        assertEquals(Optional.of(new StopReason.Text(letter + letter)), heard.last().stopReason());
        Heard next = held.start(tokens(2)).await();
        assertEquals(letter + letter, next.text.toString());
        held.settle();
        held.awaitNothingHeld();
    }

    @Test
    void aFailedStepCostsItsSequencesAndNotTheEngine() throws Exception {
        held.failure = new IllegalStateException("planted");
        try (CapturedLog log = new CapturedLog("quire.generation")) {
            Heard first = held.start(tokens(3));
            held.leave.release(1);
            assertInstanceOf(EngineException.class, first.await().error.orElseThrow());
            assertEquals(List.of("a step of 1 sequences failed"), log.errors());
        }
        held.leave.release(3);
        assertEquals(
                Optional.of(FinishReason.LENGTH),
                held.start(tokens(3)).await().last().finishReason());
        held.settle();
        assertEquals(0, held.loop.numInside());
        held.awaitNothingHeld();
        assertEquals(FinishReason.ERROR, records.getFirst().reason());
    }

    @Test
    void aLaunchThatFailsCostsItsSequencesWhatComesAfterTheStepsUnderWay() throws Exception {
        Heard heard = held.start(tokens(20));
        held.begun.acquire(depth);
        try (CapturedLog log = new CapturedLog("quire.generation")) {
            held.launchFailure = new IllegalStateException("planted");
            held.leave.release(depth);
            assertInstanceOf(EngineException.class, heard.await().error.orElseThrow());
            assertEquals(List.of("a step of 1 sequences failed"), log.errors());
        }
        assertEquals(depth, heard.outputs.size());
        held.leave.release(3);
        Heard later = held.start(tokens(3)).await();
        assertEquals(HeldLoop.TOKENIZER.text(LETTER).repeat(3), later.text.toString());
        held.settle();
        held.awaitNothingHeld();
    }

    @Test
    void logitsThatAreAllNanEndTheGenerationWithAnError() throws Exception {
        held.nextToken = -1;
        held.leave.release(1);
        assertInstanceOf(EngineException.class, held.start(tokens(3)).await().error.orElseThrow());
        held.settle();
        held.awaitNothingHeld();
    }

    @Test
    void aCancelledGenerationFreesItsBlocksByTheNextStepAndIsSilent() throws Exception {
        Heard heard = new Heard(1);
        Generation generation = held.submit(request(tokens(40)), heard, 10);
        held.leave.release(2);
        heard.tokens.acquire(2);
        generation.cancel();
        generation.cancel();
        held.settle();
        held.leave.release(1);
        held.start(tokens(1));
        held.leave.release(1);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (held.loop.numInside() > 0 && System.nanoTime() < deadline) {
            held.settle();
        }
        assertEquals(0, held.loop.numInside());
        assertEquals(2, heard.outputs.size());
        held.awaitNothingHeld();
        assertEquals(FinishReason.ABORT, records.getFirst().reason());
    }

    @Test
    void theQueueIsBoundedAndWhatRunsDoesNotCount() throws Exception {
        Heard running = held.start(tokens(2));
        held.settle();
        held.submit(request(tokens(1)), new Heard(1), 1);
        held.settle();
        OverloadedException refused =
                assertThrows(
                        OverloadedException.class,
                        () -> held.submit(request(tokens(1)), new Heard(1), 1));
        assertTrue(refused.getMessage().contains("maxQueue"), refused.getMessage());
        held.leave.release(10);
        running.await();
        held.settle();
        Heard later = new Heard(1);
        held.submit(request(tokens(1)), later, 1);
        later.await();
    }

    @Test
    void severalChoicesEndOneByOneAndThenTheRequest() throws Exception {
        Heard heard = new Heard(2);
        held.submit(request(tokens(2).n(2)), heard, 10);
        held.leave.release(10);
        heard.await();
        held.settle();
        assertEquals(
                List.of(0, 1, 0, 1), heard.outputs.stream().map(GenerationOutput::choice).toList());
        assertEquals(0, held.loop.numInside());
        assertEquals(
                List.of(true, false),
                records.stream().map(EngineObserver.ChoiceRecord::first).toList());
    }

    @Test
    void aListenerThatThrowsIsAbortedAndOthersGoOn() throws Exception {
        CapturedLog log = new CapturedLog("quire.generation");
        held.submit(
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
        held.leave.release(10);
        assertEquals(
                Optional.of(FinishReason.LENGTH),
                held.start(tokens(3)).await().last().finishReason());
        held.settle();
        log.close();
        assertEquals(List.of("the listener of test failed; aborted"), log.errors());
        assertEquals(0, held.loop.numInside());
    }

    @Test
    void closingTellsThoseInsideAndRefusesOthers() throws Exception {
        Heard heard = held.start(tokens(40));
        held.settle();
        held.loop.close();
        assertInstanceOf(UnavailableException.class, heard.await().error.orElseThrow());
        assertThrows(UnavailableException.class, () -> held.start(tokens(1)));
        assertEquals(0, held.loop.numInside());
    }

    @Test
    void requestsThatCanNeverBeServedAreRefused() {
        SamplingParamsBuilder params = tokens(MAX_LENGTH - 3);
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

    @Test
    void schedulingStateIsRefusedToEveryThreadButTheExecutors() throws Exception {
        held.start(tokens(1));
        held.settle();
        assertThrows(
                IllegalStateException.class, () -> held.scheduler.plan(PrefillBudget.UNLIMITED));
        held.leave.release(1);
    }

    private static boolean refused(int[] prompt, SamplingParamsBuilder params) {
        Choices choices =
                new Choices(HeldLoop.TOKENIZER, EosTokens.of(), VOCABULARY, MAX_LENGTH, 0);
        try {
            choices.check(new GenerationRequest("test", prompt, params.build()));
            return false;
        } catch (InvalidRequestException e) {
            return true;
        }
    }
}
