package quire.generation;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import quire.error.OverloadedException;
import quire.grammar.GrammarException;
import quire.grammar.constraint.Constraint;

/**
 * Compiles what answers are to be, each constraint once, and moves matchers: on threads of their
 * own, {@code quire-grammar-compiler-N} and {@code quire-grammar-N}, so that neither requests nor
 * steps wait for a grammar that is not theirs. Any thread.
 *
 * <p>Compiled grammars are kept, those used last, up to a number of bytes, and so is that a grammar
 * is wrong. Threads begin when they are needed and end when nothing is.
 */
final class Grammars implements AutoCloseable {

    private static final int MOST_COMPILERS = 2;
    private static final int MOST_WAITING = 256;
    private static final int MOST_KEPT = 1024;
    private static final int IDLE_SECONDS = 30;

    /** Grammars are nested. */
    private static final long STACK_BYTES = 8L << 20;

    private final Function<Constraint, Compiled> compiler;
    private final Limits limits;
    private final ExecutorService compilers;
    private final ExecutorService movers;

    /** The one that was asked for last is last; guarded by itself. */
    private final Map<Constraint, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);

    /** What came or will come of a constraint, which is kept too. */
    private record Kept(CompletableFuture<Compiled> compiled, long sourceBytes) {

        static Kept of(Constraint constraint, CompletableFuture<Compiled> compiled) {
            return new Kept(compiled, 2L * constraint.toString().length());
        }

        /** Only that a grammar is wrong is so the next time, too. */
        boolean isStale() {
            return compiled.isCompletedExceptionally()
                    && (!(compiled.exceptionNow() instanceof GrammarException)
                            || compiled.exceptionNow() instanceof TooSlowException);
        }

        long numBytes() {
            boolean isThere = compiled.isDone() && !compiled.isCompletedExceptionally();
            return sourceBytes + (isThere ? compiled.join().grammar().bytes() : 0);
        }
    }

    /**
     * What grammars may cost others.
     *
     * @param mostBytes of compiled grammars that are kept
     * @param compileTime from the request on, the time in the queue included
     * @param patience how long steps wait for guides
     */
    record Limits(long mostBytes, Duration compileTime, GrammarGuide.Patience patience) {

        private static final int HEAP_PART = 8;

        /** For serving. */
        static final Limits USUAL =
                new Limits(
                        Runtime.getRuntime().maxMemory() / HEAP_PART,
                        Duration.ofSeconds(10),
                        new GrammarGuide.Patience(100_000, 2_000_000, 20_000_000));
    }

    /**
     * @param compiler makes a matcher's grammar of a constraint; may take long and throw
     */
    Grammars(Function<Constraint, Compiled> compiler) {
        this(
                compiler,
                Limits.USUAL,
                pool(
                        "quire-grammar-compiler-",
                        MOST_COMPILERS,
                        new ArrayBlockingQueue<>(MOST_WAITING)),
                pool("quire-grammar-", numMovers(), new LinkedBlockingQueue<>()));
    }

    Grammars(
            Function<Constraint, Compiled> compiler,
            Limits limits,
            ExecutorService compilers,
            ExecutorService movers) {
        this.compiler = compiler;
        this.limits = limits;
        this.compilers = compilers;
        this.movers = movers;
    }

    /**
     * Masks are short work beside a step, which needs the cores; one that is long holds up half.
     */
    private static int numMovers() {
        return Math.clamp(Runtime.getRuntime().availableProcessors() / 4, 2, 4);
    }

    static ExecutorService pool(String name, int size, BlockingQueue<Runnable> queue) {
        AtomicInteger number = new AtomicInteger();
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        size,
                        size,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        queue,
                        work ->
                                Thread.ofPlatform()
                                        .name(name + number.incrementAndGet())
                                        .daemon(true)
                                        .stackSize(STACK_BYTES)
                                        .unstarted(work));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * A guide that is still to be started, whose matcher moves on the threads for that; on those
     * that compile where its work takes long.
     *
     * @param begin behind which tokens the text begins that the grammar describes
     * @param call what is to be done when the event loop waits, on any thread
     */
    GrammarGuide guide(Marker begin, GrammarState.Rules rules, Runnable call) {
        return new GrammarGuide(
                new GrammarGuide.Lanes(movers, compilers), limits.patience(), begin, rules, call);
    }

    /**
     * Compiles a constraint, or finds it compiled.
     *
     * @return completes on a thread that must not be kept, with the grammar or with why there is
     *     none: a {@link GrammarException} where compiling takes too long, else what the compiler
     *     threw
     * @throws OverloadedException if too many wait to be compiled
     */
    CompletableFuture<Compiled> compile(Constraint constraint) {
        synchronized (kept) {
            Kept known = kept.get(constraint);
            if (known != null && !known.isStale()) {
                return known.compiled();
            }
            CompletableFuture<Compiled> compiled = begin(constraint);
            kept.put(constraint, Kept.of(constraint, compiled));
            trim();
            return compiled;
        }
    }

    private CompletableFuture<Compiled> begin(Constraint constraint) {
        CompletableFuture<Compiled> compiled = new CompletableFuture<>();
        Future<?> work;
        try {
            work = compilers.submit(() -> compile(constraint, compiled));
        } catch (RejectedExecutionException e) {
            throw new OverloadedException(
                    "too many grammars wait to be compiled: "
                            + MOST_WAITING
                            + " already; try again later",
                    e);
        }
        compiled.orTimeout(limits.compileTime().toMillis(), TimeUnit.MILLISECONDS);
        return compiled.exceptionally(
                e -> {
                    work.cancel(true);
                    throw new CompletionException(
                            e instanceof TimeoutException
                                    ? new TooSlowException(limits.compileTime())
                                    : e);
                });
    }

    /** Of a grammar that may be compiled in time when less is to do. */
    private static final class TooSlowException extends GrammarException {

        private static final long serialVersionUID = 1L;

        TooSlowException(Duration limit) {
            super(
                    "the grammar that the answer is to follow was not compiled within "
                            + limit.toMillis()
                            + " ms; ask for a simpler one");
        }
    }

    private void compile(Constraint constraint, CompletableFuture<Compiled> compiled) {
        try {
            compiled.complete(compiler.apply(constraint));
        } catch (Throwable e) {
            compiled.completeExceptionally(e);
        }
    }

    /** Lets go of those that were not asked for lately. */
    private void trim() {
        long bytes = keptBytes();
        Iterator<Kept> eldest = kept.values().iterator();
        while (kept.size() > 1 && (bytes > limits.mostBytes() || kept.size() > MOST_KEPT)) {
            bytes -= eldest.next().numBytes();
            eldest.remove();
        }
    }

    /** About what keeping them costs. */
    long keptBytes() {
        synchronized (kept) {
            return kept.values().stream().mapToLong(Kept::numBytes).sum();
        }
    }

    /** Ends the threads; what they do is told to end and has no effect any more. */
    @Override
    public void close() {
        compilers.shutdownNow();
        movers.shutdownNow();
    }
}
