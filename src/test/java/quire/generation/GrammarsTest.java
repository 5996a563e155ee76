package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import quire.error.OverloadedException;
import quire.grammar.CompiledGrammar;
import quire.grammar.Grammar;
import quire.grammar.GrammarException;
import quire.grammar.Regex;
import quire.grammar.Vocabulary;
import quire.grammar.constraint.Constraint;

/** Grammars are compiled elsewhere, once, within a time, and no more of them than can wait. */
class GrammarsTest {

    private static final Vocabulary LETTERS =
            Vocabulary.of(new byte[][] {{'a'}, null}, new int[] {1});
    private static final int MOST_WAITING = 2;

    private final AtomicInteger numCompiled = new AtomicInteger();
    private final CountDownLatch leave = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private Grammars grammars = grammars(1 << 20, Duration.ofMinutes(5));

    private Grammars grammars(long mostBytes, Duration compileTime) {
        ExecutorService compilers =
                Grammars.pool("test-compiler-", 1, new ArrayBlockingQueue<>(MOST_WAITING));
        return new Grammars(
                this::compile,
                new Grammars.Limits(
                        mostBytes, compileTime, new GrammarGuide.Patience(0, 0, Long.MAX_VALUE)),
                compilers,
                compilers);
    }

    /** A choice is a grammar, a pattern a mistake, and any other text waits for the test. */
    private Compiled compile(Constraint constraint) {
        numCompiled.incrementAndGet();
        return switch (constraint) {
            case Constraint.Choice _ ->
                    new Compiled(
                            CompiledGrammar.compile(Grammar.of(Regex.literal("a")), LETTERS), null);
            case Constraint.Pattern _ -> throw new GrammarException("a mistake", "offset 1");
            default -> waitInVain();
        };
    }

    private Compiled waitInVain() {
        try {
            leave.await();
        } catch (InterruptedException e) {
            interrupted.countDown();
        }
        throw new IllegalStateException("waited");
    }

    private static Constraint choice(String text) {
        return new Constraint.Choice(List.of(text));
    }

    private static Throwable failure(CompletableFuture<Compiled> compiled) {
        return assertThrows(ExecutionException.class, () -> compiled.get(20, TimeUnit.SECONDS))
                .getCause();
    }

    private Compiled compiled(String text) throws Exception {
        return grammars.compile(choice(text)).get(20, TimeUnit.SECONDS);
    }

    @AfterEach
    void close() {
        grammars.close();
    }

    @Test
    void equalConstraintsAreCompiledOnce() throws Exception {
        assertSame(compiled("x"), compiled("x"));
        assertEquals(1, numCompiled.get());
        assertNotSame(compiled("x"), compiled("y"));
        assertEquals(2, numCompiled.get());
    }

    @Test
    void thoseAskedForLastAreKeptUpToANumberOfBytes() throws Exception {
        compiled("a");
        long bytesOfOne = grammars.keptBytes();
        grammars = grammars(3 * bytesOfOne, Duration.ofMinutes(5));
        for (String text : List.of("a", "b", "c", "a", "d", "e")) {
            compiled(text);
        }
        int before = numCompiled.get();
        compiled("a");
        compiled("d");
        assertEquals(before, numCompiled.get(), "kept");
        compiled("b");
        assertEquals(before + 1, numCompiled.get(), "let go");
    }

    @Test
    void mistakeIsToldAndNotMadeTwice() {
        Constraint mistake = new Constraint.Pattern("(");
        for (int i = 0; i < 3; i++) {
            Throwable e = failure(grammars.compile(mistake));
            assertEquals("a mistake (at offset 1)", e.getMessage());
        }
        assertEquals(1, numCompiled.get());
    }

    @Test
    void whatTakesTooLongIsToldToEndAndMayBeTriedAgain() throws Exception {
        grammars = grammars(1 << 20, Duration.ofMillis(20));
        Throwable e = failure(grammars.compile(new Constraint.Text("slow")));
        assertInstanceOf(GrammarException.class, e);
        assertTrue(e.getMessage().contains("within 20 ms"), e.getMessage());
        assertTrue(interrupted.await(20, TimeUnit.SECONDS), "nobody told it to end");
        assertThrows(
                ExecutionException.class,
                () -> grammars.compile(new Constraint.Text("slow")).get(20, TimeUnit.SECONDS));
        assertEquals(2, numCompiled.get());
    }

    @Test
    void noMoreWaitThanTheQueueHolds() throws Exception {
        grammars.compile(new Constraint.Text("slow"));
        while (numCompiled.get() == 0) {
            Thread.onSpinWait();
        }
        grammars.compile(choice("a"));
        CompletableFuture<Compiled> last = grammars.compile(choice("b"));
        assertThrows(OverloadedException.class, () -> grammars.compile(choice("c")));
        assertSame(last, grammars.compile(choice("b")), "it waits already");
        leave.countDown();
        assertEquals(last.get(20, TimeUnit.SECONDS), compiled("b"));
    }
}
