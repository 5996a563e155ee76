package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.generation.HeldLoop.LETTER;
import static quire.generation.HeldLoop.tokens;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import quire.CapturedLog;
import quire.error.EngineException;
import quire.error.Fault;
import quire.error.UnavailableException;
import quire.generation.HeldLoop.Heard;
import quire.sequence.FinishReason;

/**
 * Faults of what computes: those of a call cost its sequences, one for want of memory costs nobody
 * anything, and after one that reaches as far as the process everybody is told and nothing waited
 * for.
 */
@ParameterizedClass(name = "steps in flight: {0}")
@ValueSource(ints = {1, 2})
class EngineDeathTest {

    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofMillis(300);

    private final int depth;
    private final CapturedLog log = new CapturedLog("quire.generation");
    private HeldLoop held;

    EngineDeathTest(int depth) {
        this.depth = depth;
        held = new HeldLoop(new EngineObservers(), depth, NEVER);
    }

    /** What a driver would throw. */
    private static final class PlantedFault extends RuntimeException implements Fault {
        private static final long serialVersionUID = 1L;
        private final Extent extent;

        PlantedFault(Extent extent) {
            super("cuPlanted: CUDA_ERROR_PLANTED (1)");
            this.extent = extent;
        }

        @Override
        public Extent extent() {
            return extent;
        }
    }

    @AfterEach
    void close() {
        held.close();
        log.close();
    }

    private void slowStepsHang() {
        held.close();
        held = new HeldLoop(new EngineObservers(), depth, SOON);
    }

    /** Two that run, of which steps are in flight, and one that waits. */
    private List<Heard> inside() throws Exception {
        List<Heard> all = List.of(held.start(tokens(9)), held.start(tokens(9)));
        held.begun.acquire();
        return List.of(all.get(0), all.get(1), held.start(tokens(9)));
    }

    private void assertAllAreTold(List<Heard> inside, String why) throws Exception {
        EngineException cause =
                assertInstanceOf(EngineException.class, inside.get(0).await().error.orElseThrow());
        assertEquals("the engine failed: " + why, cause.getMessage());
        UnavailableException refusal =
                assertInstanceOf(
                        UnavailableException.class, inside.get(2).await().error.orElseThrow());
        assertTrue(refusal.getMessage().contains("after a restart"), refusal.getMessage());
        assertTrue(refusal.getMessage().endsWith(": " + why), refusal.getMessage());
        // The second came before or after the first step was planned.
        inside.get(1).await().error.orElseThrow();
    }

    private void assertIsDead(String why) throws Exception {
        EngineException death = held.loop.death().toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertEquals("the engine failed: " + why, death.getMessage());
        assertFalse(held.loop.isLive());
        assertEquals(0, held.loop.numInside());
        held.settle();
        assertEquals(0, held.loop.stats().numRunning());
        assertEquals(0, held.loop.stats().numWaiting());
        assertEquals(0, held.loop.stats().numHeldSlots());
        UnavailableException refusal =
                assertThrows(UnavailableException.class, () -> held.start(tokens(1)));
        assertTrue(refusal.getMessage().endsWith(": " + why), refusal.getMessage());
        assertEquals(1, log.errors().size(), log.errors().toString());
        assertTrue(log.errors().getFirst().endsWith(why), log.errors().toString());
    }

    private void assertClosesAtOnce() throws Exception {
        CompletableFuture.runAsync(held.loop::close).get(20, TimeUnit.SECONDS);
    }

    private void assertAnswers() throws Exception {
        held.leave.release(1000);
        Heard heard = held.start(tokens(3)).await();
        assertEquals(HeldLoop.TOKENIZER.text(LETTER).repeat(3), heard.text.toString());
        held.settle();
        held.awaitNothingHeld();
        assertTrue(held.loop.isLive());
    }

    @Test
    void aLostCardEndsAllAndTheStepBehindIsNotWaitedFor() throws Exception {
        PlantedFault fault = new PlantedFault(Fault.Extent.PROCESS);
        List<Heard> inside = inside();
        held.heedsStop = false;
        held.failure = fault;
        held.leave.release();
        assertAllAreTold(inside, fault.getMessage());
        assertIsDead(fault.getMessage());
        assertClosesAtOnce();
        assertFalse(held.loop.isAbandoned(), "its memory can be given back");
    }

    @Test
    void aLaunchThatFindsTheCardLostEndsAll() throws Exception {
        PlantedFault fault = new PlantedFault(Fault.Extent.PROCESS);
        List<Heard> inside = inside();
        held.launchFailure = fault;
        held.leave.release(depth + 1);
        assertAllAreTold(inside, fault.getMessage());
        assertIsDead(fault.getMessage());
        assertClosesAtOnce();
    }

    @Test
    void threeStepsThatFailInARowEndAll() throws Exception {
        PlantedFault fault = new PlantedFault(Fault.Extent.CALL);
        List<Heard> inside = inside();
        held.leave.release(3);
        held.failsOn = true;
        held.failure = fault;
        for (Heard heard : inside) {
            heard.await();
        }
        while (held.loop.isLive()) {
            try {
                held.leave.release();
                held.start(tokens(9)).await();
            } catch (UnavailableException e) {
                assertFalse(held.loop.isLive());
            }
        }
        held.settle();
        List<String> errors = log.errors();
        assertEquals(3, errors.size(), errors.toString());
        assertTrue(errors.get(0).startsWith("a step of "), errors.toString());
        assertTrue(errors.get(1).endsWith("sequences failed: " + fault.getMessage()));
        assertTrue(errors.get(2).contains("only after a restart"), errors.toString());
        assertClosesAtOnce();
    }

    @Test
    void stepsThatFailWithOneBetweenThatDoesNotEndNothing() throws Exception {
        for (int i = 0; i < 5; i++) {
            held.failure = new PlantedFault(Fault.Extent.CALL);
            held.leave.release();
            Heard heard = held.start(tokens(9)).await();
            assertInstanceOf(EngineException.class, heard.error.orElseThrow());
            held.settle();
            assertEquals(i + 1, log.errors().size());
            assertAnswers();
            held.leave.drainPermits();
        }
    }

    @Test
    void aLaunchWithoutMemoryIsTriedAgainAndNobodyNotices() throws Exception {
        List<Heard> inside = inside();
        held.launchFailure = new PlantedFault(Fault.Extent.MEMORY);
        held.leave.release(1000);
        for (Heard heard : inside) {
            assertEquals(Optional.of(FinishReason.LENGTH), heard.await().last().finishReason());
            assertEquals(HeldLoop.TOKENIZER.text(LETTER).repeat(9), heard.text.toString());
        }
        assertEquals(List.of(), log.errors());
        assertEquals(1, log.warnings().size(), log.warnings().toString());
        assertTrue(held.loop.stats().numPreemptions() > 0);
        assertAnswers();
    }

    @Test
    void memoryThatNeverComesFailsTheSequencesThatNeedIt() throws Exception {
        held.failsOn = true;
        held.launchFailure = new PlantedFault(Fault.Extent.MEMORY);
        Heard heard = held.start(tokens(9)).await();
        assertInstanceOf(EngineException.class, heard.error.orElseThrow());
        held.failsOn = false;
        held.launchFailure = null;
        held.settle();
        assertEquals(1, log.warnings().size(), log.warnings().toString());
        assertEquals(1, log.errors().size(), log.errors().toString());
        assertAnswers();
    }

    @Test
    void aStepThatHangsEndsAllAndIsLeftBehind() throws Exception {
        slowStepsHang();
        held.heedsStop = false;
        List<Heard> inside = inside();
        String why = "a step has not ended within 0 s";
        assertAllAreTold(inside, why);
        assertIsDead(why);
        assertClosesAtOnce();
        assertTrue(held.loop.isAbandoned(), "its memory may still be used");
    }

    @Test
    void aLaunchThatNeverReturnsEndsAll() throws Exception {
        slowStepsHang();
        held.hangsAtLaunch = true;
        List<Heard> inside = inside();
        String why = "a step has not ended within 0 s";
        assertAllAreTold(inside, why);
        assertIsDead(why);
        assertClosesAtOnce();
        assertTrue(held.loop.isAbandoned());
    }

    @Test
    void closingUnderAStepThatHangsEndsWhenItIsGivenUp() throws Exception {
        slowStepsHang();
        held.heedsStop = false;
        Heard heard = held.start(tokens(9));
        held.begun.acquire();
        assertClosesAtOnce();
        assertTrue(held.loop.isAbandoned());
        assertInstanceOf(UnavailableException.class, heard.await().error.orElseThrow());
    }
}
