package quire.e2e;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import quire.ClosedException;
import quire.CompletionCancelledException;
import quire.CompletionInterruptedException;
import quire.CompletionTimeoutException;
import quire.Embedded;
import quire.LLM;
import quire.LoadInterruptedException;
import quire.Message;
import quire.Outside;
import quire.PendingCompletion;
import quire.Prompt;
import quire.SamplingParams;
import quire.SamplingParamsBuilder;
import quire.engine.EngineConfig;
import quire.engine.EngineConfig.BackendChoice;
import quire.engine.LlmEngine;
import quire.model.LoadProgress;

/**
 * A Java program's calls, ended at random moments in every way there is: the waiting thread is
 * interrupted, a timeout passes, the completion is cancelled, the model is closed, or nothing
 * happens. Every call ends, as it was told to or well; what it had is given back; and the process
 * lives, for a kernel whose memory is freed under it would end that.
 *
 * <p>As many rounds as {@code -Dquire.moments.rounds} says, drawn from {@code
 * -Dquire.moments.seed}, on one thread, where steps are longest, with the model {@code
 * -Dquire.moments.model}.
 */
class RandomMomentsTest {

    private static final int ROUNDS = Integer.getInteger("quire.moments.rounds", 40);
    private static final long SEED = Long.getLong("quire.moments.seed", 11L);
    private static final Path MODEL =
            Path.of(System.getProperty("quire.moments.model", "models/quire-demo"));
    private static final int MOST_CALLS = 5;
    private static final int LATEST_MILLIS = 120;
    private static final int LONGEST_PROMPT = 1500;
    private static final long LIMIT_SECONDS = 120;

    /** Blocks of the KV cache, which all are free when nobody calls. */
    private static final int NUM_BLOCKS = 2048;

    private static final int BLOCK_SIZE = 16;
    private static final int CONTEXT_LENGTH = 2048;
    private static final int MOST_SEQUENCES = 16;

    /** What a program calls. */
    private enum Call {
        GENERATE(false),
        STREAM(false),
        CHAT(false),
        AWAIT(true),
        AWAIT_IN_TURNS(true),
        FUTURE(true);

        private final boolean hasHandle;

        Call(boolean hasHandle) {
            this.hasHandle = hasHandle;
        }
    }

    /** What becomes of it; nothing, where others close the model meanwhile. */
    private enum End {
        NOTHING,
        INTERRUPT,
        TIMEOUT,
        CANCEL
    }

    /**
     * How a call ended.
     *
     * @param thrown null if it ended well
     * @param interrupted whether its thread was, as who called finds it
     */
    private record Outcome(Throwable thrown, boolean interrupted, long nanos) {}

    private final Random random = new Random(SEED);
    private final List<Double> interruptMillis = new ArrayList<>();
    private final List<Double> loadInterruptMillis = new ArrayList<>();
    private final List<Double> sleeperMillis = new ArrayList<>();

    /** A thread that only sleeps: what an interrupt takes on this machine, whoever is waiting. */
    private static final class Sleeper {
        private final CompletableFuture<Long> awoke = new CompletableFuture<>();
        private final Thread thread = Thread.ofPlatform().start(this::sleep);

        private void sleep() {
            try {
                Thread.sleep(Duration.ofSeconds(LIMIT_SECONDS));
            } catch (InterruptedException e) {
                awoke.complete(System.nanoTime());
            }
        }
    }

    /** One call on a thread of its own. */
    private final class User {
        private final End end;
        private final Call call;
        private final int[] prompt;
        private final SamplingParams params;
        private final Duration patience = Duration.ofMillis(1 + random.nextInt(LATEST_MILLIS));
        private final CompletableFuture<PendingCompletion> handle = new CompletableFuture<>();
        private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        private Thread thread;
        private Sleeper sleeper;
        private long toldNanos;

        User() {
            end = pick(List.of(End.values()));
            call =
                    pick(
                            Stream.of(Call.values())
                                    .filter(one -> one.hasHandle || end != End.CANCEL)
                                    .toList());
            // Who waits to the end has a short one, for all others wait for it then.
            int longest = end == End.NOTHING ? LONGEST_PROMPT / 10 : LONGEST_PROMPT;
            prompt = random.ints(1 + random.nextInt(longest), 300, 4000).toArray();
            SamplingParamsBuilder all = SamplingParams.greedy().toBuilder().ignoreEos(true);
            // Otherwise as many as the context holds, for which nobody here waits.
            params = end == End.NOTHING ? all.maxTokens(1 + prompt[0] % 16).build() : all.build();
        }

        void start(LLM llm) {
            sleeper = end == End.INTERRUPT ? new Sleeper() : null;
            Runnable work = () -> outcome.complete(call(llm));
            thread =
                    random.nextBoolean()
                            ? Thread.startVirtualThread(work)
                            : Thread.ofPlatform().start(work);
        }

        private Outcome call(LLM llm) {
            Throwable thrown = null;
            try {
                work(llm);
            } catch (ExecutionException e) {
                thrown = e.getCause();
            } catch (Throwable e) {
                thrown = e;
            }
            long now = System.nanoTime();
            handle.completeExceptionally(new IllegalStateException("there is none"));
            boolean interrupted = Thread.interrupted() || thrown instanceof InterruptedException;
            handle.thenAccept(PendingCompletion::cancel);
            return new Outcome(thrown, interrupted, now);
        }

        private void work(LLM llm) throws Exception {
            if (end == End.TIMEOUT) {
                submitted(llm).await(patience);
                return;
            }
            switch (call) {
                case GENERATE -> llm.generateAll(List.of(Prompt.tokens(prompt)), params);
                case STREAM -> llm.stream("Once upon a time", params, text -> {});
                case CHAT -> llm.chat(List.of(Message.user("What is a prompt?")), params);
                case AWAIT -> submitted(llm).await();
                case AWAIT_IN_TURNS -> awaitInTurns(submitted(llm));
                case FUTURE -> submitted(llm).toCompletableFuture().get();
            }
        }

        private PendingCompletion submitted(LLM llm) {
            PendingCompletion pending = llm.submit(Prompt.tokens(prompt), params);
            handle.complete(pending);
            return pending;
        }

        private void awaitInTurns(PendingCompletion pending) {
            while (true) {
                try {
                    pending.await(patience);
                    return;
                } catch (CompletionTimeoutException e) {
                    // It goes on, and an interrupt that comes now ends the next turn.
                }
            }
        }

        void tellItsEnd() throws Exception {
            toldNanos = System.nanoTime();
            switch (end) {
                case NOTHING, TIMEOUT -> {}
                case INTERRUPT -> {
                    thread.interrupt();
                    long toldSleeper = System.nanoTime();
                    sleeper.thread.interrupt();
                    long awoke = sleeper.awoke.get(LIMIT_SECONDS, TimeUnit.SECONDS);
                    sleeperMillis.add((awoke - toldSleeper) / 1e6);
                }
                case CANCEL ->
                        handle.handle((pending, none) -> Optional.ofNullable(pending))
                                .get(LIMIT_SECONDS, TimeUnit.SECONDS)
                                .ifPresent(PendingCompletion::cancel);
            }
        }

        void requireItsEnd(boolean closed) throws Exception {
            Outcome found = outcome.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            Class<?> wanted =
                    switch (end) {
                        case NOTHING -> null;
                        case INTERRUPT ->
                                call == Call.FUTURE
                                        ? InterruptedException.class
                                        : CompletionInterruptedException.class;
                        case TIMEOUT -> CompletionTimeoutException.class;
                        case CANCEL -> CompletionCancelledException.class;
                    };
            Class<?> thrown = found.thrown == null ? null : found.thrown.getClass();
            boolean asTold = thrown == wanted;
            if (!asTold && !(closed && thrown == ClosedException.class)) {
                throw new AssertionError(this + " ended otherwise, seed " + SEED, found.thrown);
            }
            assertTrue(found.interrupted || !asTold || end != End.INTERRUPT, "the interrupt");
            if (asTold && end == End.INTERRUPT) {
                interruptMillis.add((found.nanos - toldNanos) / 1e6);
            }
        }

        @Override
        public String toString() {
            return call + " with " + end;
        }
    }

    private <T> T pick(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private void pause() throws InterruptedException {
        TimeUnit.MICROSECONDS.sleep(random.nextInt(1000 * LATEST_MILLIS));
    }

    private static LlmEngine loaded() {
        return LlmEngine.load(
                EngineConfig.builder(MODEL)
                        .backend(BackendChoice.CPU)
                        .maxModelLength(CONTEXT_LENGTH)
                        .maxNumSequences(MOST_SEQUENCES)
                        .numGpuBlocksOverride(NUM_BLOCKS)
                        .blockSize(BLOCK_SIZE)
                        .enablePrefixCaching(false)
                        .numThreads(1)
                        .build(),
                LoadProgress.SILENT);
    }

    @Test
    void everyCallEndsAsItWasToldAndGivesBackWhatItHad() throws Exception {
        Outside.CPU_KERNELS.path();
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        LlmEngine engine = loaded();
        for (int i = 0; i < ROUNDS; i++) {
            boolean closes = random.nextInt(4) == 0;
            live(Embedded.over(engine), closes);
            if (closes) {
                loadInterrupted();
                engine = loaded();
            } else {
                requireRest(engine);
            }
        }
        engine.close();
        requireNoThread(before);
        tell("interrupted calls", interruptMillis);
        tell("interrupted loads", loadInterruptMillis);
        tell("sleeping threads beside the calls", sleeperMillis);
    }

    private void live(LLM llm, boolean closes) throws Exception {
        List<User> users = new ArrayList<>();
        for (int i = random.nextInt(MOST_CALLS); i >= 0; i--) {
            users.add(new User());
        }
        users.forEach(user -> user.start(llm));
        List<Thread> closers = new ArrayList<>();
        for (int i = closes ? random.nextInt(2) : 2; i < 2; i++) {
            int millis = random.nextInt(LATEST_MILLIS);
            closers.add(Thread.ofPlatform().start(() -> closeAfter(llm, millis)));
        }
        for (User user : users) {
            pause();
            user.tellItsEnd();
        }
        for (User user : users) {
            user.requireItsEnd(closes);
        }
        for (Thread closer : closers) {
            assertTrue(closer.join(Duration.ofSeconds(LIMIT_SECONDS)), "close() does not return");
        }
        if (closes) {
            assertThrows(ClosedException.class, () -> llm.generate("Once"));
        }
    }

    private static void closeAfter(LLM llm, int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this thread", e);
        }
        llm.close();
    }

    /** Nobody is inside, and every block is free. */
    private static void requireRest(LlmEngine engine) throws InterruptedException {
        long begun = System.nanoTime();
        while (engine.numInside() > 0
                || engine.stats().numRunning() > 0
                || engine.stats().numFreeBlocks() < NUM_BLOCKS) {
            assertTrue(
                    System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(LIMIT_SECONDS),
                    () -> engine.stats() + ", seed " + SEED);
            Thread.sleep(1);
        }
    }

    private void loadInterrupted() throws Exception {
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        Thread loader = Thread.ofPlatform().start(() -> outcome.complete(load()));
        TimeUnit.MILLISECONDS.sleep(random.nextInt(2 * LATEST_MILLIS));
        long told = System.nanoTime();
        loader.interrupt();
        Outcome found = outcome.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        if (found.thrown != null) {
            if (!(found.thrown instanceof LoadInterruptedException)) {
                throw new AssertionError("seed " + SEED, found.thrown);
            }
            assertTrue(found.interrupted, "the interrupt");
            loadInterruptMillis.add((found.nanos - told) / 1e6);
        }
    }

    private static Outcome load() {
        try {
            LLM.builder(MODEL).contextLength(CONTEXT_LENGTH).threads(1).load().close();
            return new Outcome(null, Thread.interrupted(), System.nanoTime());
        } catch (Throwable e) {
            long now = System.nanoTime();
            return new Outcome(e, Thread.interrupted(), now);
        }
    }

    /** The last threads end by themselves; those of before are a server's of another test. */
    private static void requireNoThread(Set<Thread> before) throws InterruptedException {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().matches("quire-(loader|closer|scheduler|engine|watchdog).*")
                    && !before.contains(thread)) {
                assertTrue(thread.join(Duration.ofSeconds(LIMIT_SECONDS)), thread.getName());
            }
        }
    }

    private static void tell(String what, List<Double> millis) {
        List<Double> sorted = millis.stream().sorted().toList();
        if (!sorted.isEmpty()) {
            System.out.printf(
                    "%s: %d, answered after %.2f ms in the middle, %.2f in 99 of 100, %.2f at most%n",
                    what,
                    sorted.size(),
                    sorted.get(sorted.size() / 2),
                    sorted.get(sorted.size() * 99 / 100),
                    sorted.getLast());
        }
    }
}
