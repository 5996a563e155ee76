package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.generation.HeldLoop.LETTER;
import static quire.generation.HeldLoop.request;
import static quire.generation.HeldLoop.tokens;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import quire.CapturedLog;
import quire.error.EngineException;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.generation.HeldLoop.Heard;
import quire.sequence.FinishReason;

/** Exceptions on the executor: nobody waits for ever, no text is lost in silence. */
@ParameterizedClass(name = "steps in flight: {0}")
@ValueSource(ints = {1, 2})
class EngineFaultsTest {

    private final Planted planted = new Planted();
    private final CapturedLog log = new CapturedLog("quire.generation");
    private final HeldLoop held;

    EngineFaultsTest(int depth) {
        held = new HeldLoop(planted, depth);
    }

    /** Throws where it is told to, once. */
    private static final class Planted implements EngineObserver {

        volatile String where = "";

        private void fail(String here) {
            if (where.equals(here)) {
                where = "";
                throw new IllegalStateException("planted");
            }
        }

        @Override
        public void stepDone(int numTokens) {
            fail("stepDone");
        }

        @Override
        public void firstToken(long sinceArrivalNanos, int numPromptTokens) {
            fail("firstToken");
        }

        @Override
        public void nextToken(long sinceLastNanos) {
            fail("nextToken");
        }

        @Override
        public void choiceFinished(ChoiceRecord record) {
            fail("choiceFinished");
        }
    }

    @AfterEach
    void close() {
        held.close();
        log.close();
        assertFalse(log.errors().isEmpty(), "a fault that the log does not tell");
    }

    private void assertFailsAloneAt(String where, int maxTokens) throws Exception {
        Heard other = held.start(tokens(4));
        planted.where = where;
        Heard heard = held.start(tokens(maxTokens));
        held.leave.release(20);
        other.await();
        heard.await();
        int survivors = (other.error.isEmpty() ? 1 : 0) + (heard.error.isEmpty() ? 1 : 0);
        assertEquals(1, survivors, where);
        Heard later = held.start(tokens(3)).await();
        assertEquals(HeldLoop.TOKENIZER.text(LETTER).repeat(3), later.text.toString());
        held.settle();
        assertEquals(0, held.loop.numInside());
        held.awaitNothingHeld();
        assertTrue(held.loop.isLive());
    }

    @Test
    void anObserverThatThrowsEndsItsGenerationWithAnErrorAndNoOther() throws Exception {
        assertFailsAloneAt("firstToken", 5);
        assertFailsAloneAt("nextToken", 5);
    }

    @Test
    void aFaultAtTheLastTokenEndsTheRequest() throws Exception {
        assertFailsAloneAt("firstToken", 1);
        assertFailsAloneAt("choiceFinished", 2);
    }

    @Test
    void aFaultOfOneChoiceEndsTheOthersOfItsRequest() throws Exception {
        planted.where = "nextToken";
        Heard heard = new Heard(2);
        held.submit(request(tokens(9).n(2)), heard, 10);
        held.leave.release(20);
        assertInstanceOf(EngineException.class, heard.await().error.orElseThrow());
        held.settle();
        assertEquals(0, held.loop.numInside());
        held.awaitNothingHeld();
    }

    @Test
    void anObserverOfStepsThatThrowsCostsNobodysAnswer() throws Exception {
        planted.where = "stepDone";
        held.leave.release(20);
        Heard heard = held.start(tokens(3)).await();
        assertEquals(HeldLoop.TOKENIZER.text(LETTER).repeat(3), heard.text.toString());
        assertEquals(Optional.of(FinishReason.LENGTH), heard.last().finishReason());
    }

    @Test
    void aListenerThatThrowsAtAnErrorKeepsNobodyElseFromHearingIt() throws Exception {
        Heard rude =
                new Heard(1) {
                    @Override
                    public void onError(QuireException error) {
                        super.onError(error);
                        throw new IllegalStateException("planted");
                    }
                };
        held.submit(request(tokens(5)), rude, 10);
        Heard other = held.start(tokens(5));
        held.settle();
        held.loop.close();
        assertInstanceOf(UnavailableException.class, rude.await().error.orElseThrow());
        assertInstanceOf(UnavailableException.class, other.await().error.orElseThrow());
    }

    @Test
    void aFaultOfThePlanningEndsAllWithErrorsAndTheLoopIsNotLive() throws Exception {
        Heard running = held.start(tokens(5));
        Heard second = held.start(tokens(5));
        Heard waiting = held.start(tokens(5));
        held.begun.acquire();
        held.settle();
        // Taken back behind the loop's back: its own commit of the step is one too many.
        held.executor.submit(() -> held.scheduler.fail(held.launched.getFirst())).get();
        held.leave.release(5);
        for (Heard heard : List.of(running, second, waiting)) {
            assertInstanceOf(EngineException.class, heard.await().error.orElseThrow());
        }
        held.settle();
        assertEquals(0, held.loop.numInside());
        assertFalse(held.loop.isLive());
        assertThrows(UnavailableException.class, () -> held.start(tokens(1)));
    }
}
