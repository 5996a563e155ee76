package quire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What whoever has a handle may do with it, without an engine. */
class RunningCompletionTest {

    private static final Completion DONE = Completion.of("abcdef");
    private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    private final RunningCompletion running = new RunningCompletion();
    private final AtomicInteger cancellations = new AtomicInteger();

    RunningCompletionTest() {
        running.onCancel(cancellations::incrementAndGet);
    }

    private void end() {
        assertTrue(running.end(() -> DONE));
    }

    private void fail() {
        assertTrue(
                running.end(
                        () -> {
                            throw new EngineFailedException("it failed", false);
                        }));
    }

    /** Waits on a thread of its own. */
    private static CompletableFuture<Completion> waiting(PendingCompletion pending) {
        return supply(() -> pending.await(FOREVER));
    }

    private static CompletableFuture<Completion> supply(Supplier<Completion> completion) {
        return CompletableFuture.supplyAsync(completion, task -> Thread.ofVirtual().start(task));
    }

    @Test
    void thoughtIsHeardByItselfAndBeforeTheText() {
        Completion.Choice choice =
                Completion.Choice.of("42", FinishReason.STOP).withReasoning("6 times 7");
        Completion thoughtful = Completion.of(List.of(choice), Completion.Usage.of(1, 0, 1));
        List<String> heard = new ArrayList<>();
        PendingCompletion.completed(thoughtful)
                .await(text -> heard.add("text " + text), piece -> heard.add("thought " + piece));
        assertEquals(List.of("thought 6 times 7", "text 42"), heard);
        heard.clear();
        PendingCompletion.completed(thoughtful).await(heard::add);
        assertEquals(List.of("42"), heard);
        running.growReasoning("6 ");
        assertThrows(
                IllegalStateException.class,
                () ->
                        running.await(
                                heard::add,
                                piece -> {
                                    throw new IllegalStateException(piece);
                                }));
        assertEquals(1, cancellations.get());
    }

    @Test
    void everyWaiterGetsTheEndAndEveryListenerTheWholeText() throws Exception {
        running.grow("ab");
        CompletableFuture<Completion> one = waiting(running);
        CompletableFuture<Completion> other = waiting(running);
        CountDownLatch listens = new CountDownLatch(1);
        StringBuilder heard = new StringBuilder();
        CompletableFuture<Completion> listener =
                supply(
                        () ->
                                running.await(
                                        piece -> {
                                            heard.append(piece);
                                            listens.countDown();
                                        }));
        assertTrue(listens.await(30, TimeUnit.SECONDS));
        assertFalse(running.isDone());
        running.grow("cd");
        running.grow("");
        running.grow("ef");
        end();
        for (CompletableFuture<Completion> waiter : List.of(one, other, listener)) {
            assertSame(DONE, waiter.get(30, TimeUnit.SECONDS));
        }
        assertEquals("abcdef", heard.toString());
        List<String> late = new ArrayList<>();
        assertSame(DONE, running.await(late::add));
        assertEquals(List.of("abcdef"), late);
        assertTrue(running.isDone());
    }

    @Test
    void whoWaitsTooShortMayWaitAgain() {
        for (Duration timeout : List.of(Duration.ofMillis(1), Duration.ZERO, FOREVER.negated())) {
            CompletionTimeoutException late =
                    assertThrows(CompletionTimeoutException.class, () -> running.await(timeout));
            assertTrue(late.getMessage().contains(timeout.toString()), late.getMessage());
        }
        end();
        assertSame(DONE, running.await(Duration.ZERO));
        assertEquals(0, cancellations.get());
    }

    @Test
    void anInterruptEndsTheWaitKeepsItsFlagAndLeavesTheCompletionAlone() throws Exception {
        for (boolean listens : new boolean[] {false, true}) {
            CompletableFuture<Boolean> flag = new CompletableFuture<>();
            Thread waiter =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            if (listens) {
                                                running.await(text -> {});
                                            } else {
                                                running.await();
                                            }
                                        } catch (CompletionInterruptedException e) {
                                            flag.complete(Thread.currentThread().isInterrupted());
                                        }
                                    });
            waiter.interrupt();
            assertTrue(flag.get(30, TimeUnit.SECONDS));
        }
        assertFalse(running.isDone());
        end();
        Thread.currentThread().interrupt();
        assertSame(DONE, running.await(), "what has ended needs no waiting");
        assertTrue(Thread.interrupted());
    }

    /** A text that comes as fast as it is read gives no wait in which an interrupt would show. */
    @Test
    void anInterruptIsSeenBetweenPieces() {
        running.grow("a");
        assertThrows(
                CompletionInterruptedException.class,
                () ->
                        running.await(
                                piece -> {
                                    running.grow("b");
                                    Thread.currentThread().interrupt();
                                }));
        assertTrue(Thread.interrupted());
    }

    @Test
    void cancellingOnceEndsItForAll() {
        CompletableFuture<Completion> waiter = waiting(running);
        running.cancel();
        running.cancel();
        assertFalse(running.end(() -> DONE), "the engine comes too late");
        running.grow("more");
        assertEquals(1, cancellations.get());
        ExecutionException end =
                assertThrows(ExecutionException.class, () -> waiter.get(30, TimeUnit.SECONDS));
        assertInstanceOf(CompletionCancelledException.class, end.getCause());
        assertThrows(CompletionCancelledException.class, () -> running.await(text -> {}));
    }

    @Test
    void cancellingWhatHasEndedChangesNothing() {
        end();
        running.cancel();
        assertEquals(0, cancellations.get());
        assertSame(DONE, running.await());
    }

    @Test
    void whatAListenerThrowsCancelsAndGoesOn() {
        running.grow("a");
        IllegalArgumentException thrown = new IllegalArgumentException();
        assertSame(
                thrown,
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                running.await(
                                        piece -> {
                                            throw thrown;
                                        })));
        assertEquals(1, cancellations.get());
    }

    @Test
    void eachWaiterGetsAnExceptionOfItsOwnStack() {
        fail();
        EngineFailedException one = assertThrows(EngineFailedException.class, running::await);
        EngineFailedException other = assertThrows(EngineFailedException.class, running::await);
        assertEquals("it failed", one.getMessage());
        assertFalse(one == other);
        assertTrue(
                List.of(one.getStackTrace()).stream()
                        .anyMatch(frame -> frame.getClassName().equals(getClass().getName())));
    }

    @Test
    void whatDependsOnAFutureMayWaitWithoutHarm() throws Exception {
        CompletableFuture<Boolean> dependent =
                running.toCompletableFuture()
                        .thenApply(
                                completion -> {
                                    // Whoever ended it would wait for itself.
                                    assertSame(DONE, running.await());
                                    return Thread.currentThread().isVirtual();
                                });
        end();
        assertTrue(dependent.get(30, TimeUnit.SECONDS));
        assertSame(DONE, running.toCompletableFuture().join());
        assertEquals(0, cancellations.get());
    }

    @Test
    void aFutureFailsWithWhatWaitingWouldThrow() {
        CompletableFuture<Completion> early = running.toCompletableFuture();
        fail();
        for (CompletableFuture<Completion> future : List.of(early, running.toCompletableFuture())) {
            ExecutionException end =
                    assertThrows(ExecutionException.class, () -> future.get(30, TimeUnit.SECONDS));
            assertInstanceOf(EngineFailedException.class, end.getCause());
        }
    }

    @Test
    void aFutureThatIsCancelledOrRunsOutOfTimeCancels() {
        CompletableFuture<Completion> future = running.toCompletableFuture();
        assertTrue(future.cancel(true));
        assertThrows(CancellationException.class, future::join);
        assertEquals(1, cancellations.get());

        RunningCompletion slow = new RunningCompletion();
        CompletableFuture<Completion> limited =
                slow.toCompletableFuture().orTimeout(1, TimeUnit.MILLISECONDS);
        assertThrows(ExecutionException.class, () -> limited.get(30, TimeUnit.SECONDS));
        assertThrows(CompletionCancelledException.class, slow::await);
    }
}
