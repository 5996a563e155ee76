package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static quire.generation.HeldLoop.request;
import static quire.generation.HeldLoop.tokens;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;
import quire.error.InvalidRequestException;
import quire.error.OverloadedException;
import quire.error.UnavailableException;
import quire.generation.HeldLoop.Heard;
import quire.sequence.FinishReason;

/** Ends of an engine, of its requests and of its steps. */
@ParameterizedClass(name = "steps in flight: {0}")
@ValueSource(ints = {1, 2})
class EngineCloseTest {

    private final int depth;
    private final HeldLoop held;

    EngineCloseTest(int depth) {
        this.depth = depth;
        this.held = new HeldLoop(new EngineObservers(), depth);
    }

    @AfterEach
    void close() {
        held.close();
    }

    /** Closes on a thread of its own; completes with whether that thread was interrupted then. */
    private CompletableFuture<Boolean> closeInterrupted() {
        CompletableFuture<Boolean> closed = new CompletableFuture<>();
        Thread.ofPlatform()
                .start(
                        () -> {
                            Thread.currentThread().interrupt();
                            held.loop.close();
                            closed.complete(Thread.currentThread().isInterrupted());
                        });
        return closed;
    }

    @Test
    void closingWaitsForAStepThatCannotStopAndKeepsTheInterrupt() throws Exception {
        held.heedsStop = false;
        Heard heard = held.start(tokens(40));
        held.begun.acquire();
        CompletableFuture<Boolean> closed = closeInterrupted();
        // Those inside hear of it at once; the step has all the time it wants.
        assertInstanceOf(UnavailableException.class, heard.await().error.orElseThrow());
        held.settle();
        assertFalse(closed.isDone(), "closed under a running step");
        held.leave.release(depth);
        assertTrue(closed.get(20, TimeUnit.SECONDS), "the interrupt is lost");
        assertEquals(0, held.loop.numInside());
    }

    @Test
    void closingStopsTheStepThatRuns() throws Exception {
        Heard heard = held.start(tokens(40));
        held.begun.acquire();
        held.loop.close();
        assertInstanceOf(UnavailableException.class, heard.await().error.orElseThrow());
        held.loop.close();
    }

    @Test
    void aStepStopsWhenAllItsSequencesAreCancelledAndNotBefore() throws Exception {
        Heard heard = new Heard(1);
        Generation first = held.submit(request(tokens(40)), heard, 10);
        held.leave.release();
        heard.tokens.acquire();
        held.begun.acquire(1 + depth);
        Heard other = new Heard(1);
        Generation second = held.submit(request(tokens(40)), other, 10);
        held.leave.release();
        heard.tokens.acquire();
        held.begun.acquire();
        first.cancel();
        held.settle();
        held.leave.release(depth);
        other.tokens.acquire();
        held.begun.acquire(depth);
        second.cancel();
        // No leave is given: a step that nobody wants ends by itself, and the next one begins.
        Heard next = held.start(tokens(2));
        held.begun.acquire();
        held.leave.release(2);
        assertEquals(Optional.of(FinishReason.LENGTH), next.await().last().finishReason());
        assertEquals(2, heard.outputs.size());
        assertEquals(1, other.outputs.size());
        held.settle();
        held.awaitNothingHeld();
    }

    @Test
    void whatAStoppedStepDidNotComputeIsNotFoundInThePrefixCache() throws Exception {
        int[] prompt = new int[25];
        Arrays.fill(prompt, 9);
        GenerationRequest request =
                new GenerationRequest("test", prompt, tokens(1).temperature(0).build());
        Generation cancelled = held.submit(request, new Heard(1), 10);
        held.begun.acquire();
        cancelled.cancel();
        Heard heard = new Heard(1);
        Generation again = held.submit(request, heard, 10);
        held.begun.acquire();
        held.leave.release();
        heard.await();
        assertEquals(0, again.numCachedTokens());
        Heard third = new Heard(1);
        Generation cached = held.submit(request, third, 10);
        held.leave.release();
        third.await();
        assertEquals(24, cached.numCachedTokens());
    }

    @Test
    void severalRequestsComeInTogetherOrNotAtAll() throws Exception {
        Heard running = held.start(tokens(2));
        held.begun.acquire(depth);
        held.submit(request(tokens(1)), new Heard(1), 3);
        List<Submission> three = List.of(submission(), submission(), submission());
        assertThrows(OverloadedException.class, () -> held.loop.submit(three, 3));
        assertEquals(2, held.loop.numInside());
        InvalidRequestException tooMany =
                assertThrows(InvalidRequestException.class, () -> held.loop.submit(three, 2));
        assertTrue(tooMany.getMessage().contains("3 prompts"), tooMany.getMessage());
        assertTrue(tooMany.getMessage().contains("holds 2"), tooMany.getMessage());
        List<Submission> oneIsBad =
                List.of(submission(), new Submission(request(tokens(1000)), new Heard(1)));
        assertThrows(InvalidRequestException.class, () -> held.loop.submit(oneIsBad, 10));
        assertEquals(2, held.loop.numInside());
        assertEquals(2, held.loop.submit(three.subList(0, 2), 3).size());
        held.leave.release(20);
        running.await();
        for (Submission one : three.subList(0, 2)) {
            ((Heard) one.listener()).await();
        }
        held.settle();
        assertEquals(0, held.loop.numInside());
        held.submit(request(tokens(1)), new Heard(1), 1);
    }

    private static Submission submission() {
        return new Submission(request(tokens(1)), new Heard(1));
    }

    @Test
    void aDrainRefusesNewRequestsAndWaitsForThoseInside() throws Exception {
        Heard running = held.start(tokens(2));
        Heard second = held.start(tokens(2));
        Heard waiting = held.start(tokens(2));
        held.begun.acquire();
        CompletableFuture<Boolean> drained =
                CompletableFuture.supplyAsync(() -> held.loop.drain(Duration.ofMinutes(5)));
        awaitRefusal();
        assertFalse(drained.isDone());
        held.leave.release(20);
        assertTrue(drained.get(20, TimeUnit.SECONDS));
        for (Heard heard : List.of(running, second, waiting)) {
            assertEquals(Optional.of(FinishReason.LENGTH), heard.await().last().finishReason());
        }
    }

    /** Until the drain, which another thread begins, has closed the door. */
    private void awaitRefusal() {
        List<Submission> none = List.of();
        while (true) {
            try {
                held.loop.submit(none, 100);
                Thread.onSpinWait();
            } catch (UnavailableException e) {
                assertTrue(e.getMessage().contains("stopping"), e.getMessage());
                return;
            }
        }
    }

    @Test
    void aDrainEndsWhenItsTimeIsUpAndAtASecondCall() throws Exception {
        Heard heard = held.start(tokens(2));
        held.begun.acquire();
        CompletableFuture<Boolean> drained =
                CompletableFuture.supplyAsync(() -> held.loop.drain(Duration.ofMinutes(5)));
        awaitRefusal();
        assertFalse(held.loop.drain(Duration.ofMinutes(5)));
        assertFalse(drained.get(20, TimeUnit.SECONDS));
        held.loop.close();
        assertInstanceOf(UnavailableException.class, heard.await().error.orElseThrow());
        try (HeldLoop slow = new HeldLoop(new EngineObservers(), depth)) {
            slow.start(tokens(2));
            assertFalse(slow.loop.drain(Duration.ofMillis(20)));
        }
        try (HeldLoop idle = new HeldLoop(new EngineObservers(), depth)) {
            assertTrue(idle.loop.drain(Duration.ofMinutes(5)));
        }
    }

    @Test
    void countsStayRightWhenChoicesCannotBeMadeOrTheExecutorIsGone() {
        Heard heard = new Heard(1);
        held.brokenFactory = true;
        assertThrows(IllegalStateException.class, () -> held.submit(request(tokens(1)), heard, 1));
        held.brokenFactory = false;
        assertEquals(0, held.loop.numInside());
        held.submit(request(tokens(1)), new Heard(1), 1);
        assertEquals(1, held.loop.numInside());
        held.executor.shutdown();
        assertThrows(UnavailableException.class, () -> held.submit(request(tokens(1)), heard, 10));
        assertEquals(1, held.loop.numInside());
    }
}
