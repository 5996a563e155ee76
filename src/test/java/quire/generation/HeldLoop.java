package quire.generation;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import quire.error.QuireException;
import quire.ops.StoppedException;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.TokenMask;
import quire.scheduler.Pipeline;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.Step;
import quire.sequence.Guide;
import quire.tokenizer.Tokenizer;

/**
 * A loop over a runner that the test holds in its hand: each step waits for leave to run, and gives
 * the token that it is told to, which nobody knows before.
 */
final class HeldLoop implements StepRunner, AutoCloseable {

    static final int VOCABULARY = 4096;
    static final int MAX_LENGTH = 64;
    static final int LETTER = 70;

    /** Of the demo model, for all tests of a process. */
    static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("models/quire-demo"));

    final ExecutorService executor = Executors.newSingleThreadExecutor();
    final Semaphore leave = new Semaphore(0);
    final Semaphore begun = new Semaphore(0);
    final Scheduler scheduler;
    final EngineLoop loop;

    /** What the next step that has leave throws. */
    volatile RuntimeException failure;

    /** What the next launch throws. */
    volatile RuntimeException launchFailure;

    /** Whether steps and launches after the next fail, too. */
    volatile boolean failsOn;

    /** Whether a launch does not return before the loop is closed. */
    volatile boolean hangsAtLaunch;

    volatile int nextToken = LETTER;

    /** Tokens that a step gives a sequence that decodes, 4 at most. */
    volatile int run = 1;

    /** Whether a step that waits for leave ends when it is told to stop. */
    volatile boolean heedsStop = true;

    /** Whether choices cannot be made. */
    volatile boolean brokenFactory;

    /** Steps that were launched and are not computed, the oldest first. */
    final Deque<Step> launched = new ConcurrentLinkedDeque<>();

    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean stopped;
    private boolean hasLeave;

    HeldLoop(EngineObserver observer, int depth) {
        this(observer, depth, Duration.ofMinutes(5));
    }

    HeldLoop(EngineObserver observer, int depth, Duration stepTimeout) {
        this(observer, depth, stepTimeout, Optional.empty());
    }

    HeldLoop(
            EngineObserver observer, int depth, Duration stepTimeout, Optional<Grammars> grammars) {
        scheduler =
                new Scheduler(
                        new SchedulerConfig(2, 32, 0, MAX_LENGTH, 16, 8, true),
                        new Pipeline(depth, 4));
        loop =
                new EngineLoop(
                        scheduler,
                        new StepPace(0),
                        this,
                        factory(grammars.map(HeldLoop::choices).orElseGet(HeldLoop::choices)),
                        executor,
                        observer,
                        stepTimeout);
        loop.start();
    }

    private static Choices choices() {
        return new Choices(TOKENIZER, EosTokens.of(2), VOCABULARY, MAX_LENGTH, 0);
    }

    private static Choices choices(Grammars grammars) {
        return new Choices(TOKENIZER, EosTokens.of(2), VOCABULARY, MAX_LENGTH, 0, grammars);
    }

    private ChoiceFactory factory(Choices choices) {
        return new ChoiceFactory() {
            @Override
            public void check(GenerationRequest request) {
                choices.check(request);
            }

            @Override
            public BeamSearch search(Submission submission, BeamSearch.Rounds rounds) {
                return choices.search(submission, rounds);
            }

            @Override
            public List<Choice> choices(
                    GenerationRequest request, Generation generation, long nowNanos) {
                if (brokenFactory) {
                    throw new IllegalStateException("planted");
                }
                return choices.choices(request, generation, nowNanos);
            }
        };
    }

    @Override
    public void launch(Step step) {
        RuntimeException thrown = launchFailure;
        launchFailure = failsOn ? thrown : null;
        begun.release(hangsAtLaunch ? 1 : 0);
        while (hangsAtLaunch && closed.getCount() > 0) {
            LockSupport.park();
        }
        if (thrown != null) {
            throw thrown;
        }
        launched.addLast(step);
        begun.release();
    }

    @Override
    public boolean isDone() {
        // One that is told to stop takes no leave, which is the next one's.
        boolean stops = stopped && heedsStop;
        hasLeave = hasLeave || !stops && leave.tryAcquire();
        return hasLeave || stops;
    }

    @Override
    public void await(Step step) {
        assertSame(step, launched.removeFirst());
        while (!isDone()) {
            Thread.onSpinWait();
        }
        if (!hasLeave) {
            throw new StoppedException();
        }
        hasLeave = false;
        RuntimeException thrown = failure;
        failure = failsOn ? thrown : null;
        if (thrown != null) {
            throw thrown;
        }
        for (int i = 0; i < step.size() && nextToken >= 0; i++) {
            if (step.samples(i) && step.sequence(i).guide() != Guide.NONE) {
                sampleGuided(step, i);
                continue;
            }
            for (int j = 0; j < Math.min(run, step.maxRun(i)); j++) {
                step.result().add(i, nextToken);
            }
        }
    }

    /** The first token that is allowed. */
    private void sampleGuided(Step step, int i) {
        Guide guide = step.sequence(i).guide();
        long[] words = guide.words();
        if (words == TokenMask.NOT_READY) {
            step.result().sitOut(i);
            return;
        }
        int token = words == TokenMask.ANY ? nextToken : BitSet.valueOf(words).nextSetBit(0);
        step.result().add(i, token);
        guide.accept(token);
        guide.settle();
    }

    @Override
    public void stop() {
        stopped = true;
    }

    @Override
    public void resume() {
        stopped = false;
    }

    Generation submit(GenerationRequest request, GenerationListener listener, int maxWaiting) {
        return loop.submit(List.of(new Submission(request, listener)), maxWaiting).getFirst();
    }

    Heard start(SamplingParamsBuilder params) {
        Heard heard = new Heard(1);
        submit(request(params), heard, 10);
        return heard;
    }

    static GenerationRequest request(SamplingParamsBuilder params) {
        return new GenerationRequest("test", new int[] {5, 6, 7}, params.temperature(0).build());
    }

    static SamplingParamsBuilder tokens(int maxTokens) {
        return SamplingParams.builder().maxTokens(maxTokens);
    }

    /** Waits until everything that was handed to the executor is done. */
    void settle() throws Exception {
        executor.submit(() -> {}).get(20, TimeUnit.SECONDS);
    }

    /** Waits for a step that is still in flight to give back what it holds: nothing may stay. */
    void awaitNothingHeld() throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (executor.submit(() -> scheduler.stats().numHeldSlots()).get(20, TimeUnit.SECONDS)
                > 0) {
            assertTrue(System.nanoTime() < end, () -> "slots are held: " + scheduler.stats());
            Thread.sleep(1);
        }
    }

    @Override
    public void close() {
        closed.countDown();
        leave.release(1000);
        loop.close();
        executor.shutdownNow();
    }

    /** Collects what a generation says. */
    static class Heard implements GenerationListener {

        final StringBuilder text = new StringBuilder();
        final List<GenerationOutput> outputs = new ArrayList<>();
        final Semaphore tokens = new Semaphore(0);
        volatile Optional<QuireException> error = Optional.empty();
        private final CountDownLatch ended;

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
}
