package quire.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import quire.error.QuireException;
import quire.error.UnavailableException;
import quire.ops.StoppedException;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.scheduler.FakeModel;
import quire.scheduler.Pipeline;
import quire.scheduler.Scheduler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.SchedulerStats;
import quire.sequence.FinishReason;

/**
 * One life of a loop, drawn from a seed: requests, cancellations, failures, the end. Executor,
 * engine thread and accelerator are moved by one thread, a piece of work at a time, in any order.
 */
final class LoopScenario {

    static final int VOCABULARY = 300;
    private static final int FIRST_LETTER = 68;
    private static final int MAX_LENGTH = 60;
    private static final int BLOCK = 4;
    private static final int MOST_MOVES = 200_000;

    private final int grammarDelay;
    private final Random random;
    private final SimulatedRunner runner;
    private final Scheduler scheduler;
    private final EngineLoop loop;
    private final HeldGrammars grammars;
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<Client> clients = new ArrayList<>();
    private final ArrayDeque<Client> later = new ArrayDeque<>();
    private boolean closing;
    private int numDeaths;
    private int numForced;

    /**
     * @param config of one that is to be lived through without trouble: failureRate 0
     */
    private LoopScenario(
            HeldGrammars.Library library,
            Random random,
            SchedulerConfig config,
            Pipeline pipeline,
            long modelSeed,
            double failureRate) {
        this.random = random;
        this.grammars = new HeldGrammars(library);
        this.grammarDelay = random.nextBoolean() ? 1 : 1 + random.nextInt(40);
        FakeModel model =
                new FakeModel(new Random(modelSeed), FIRST_LETTER + 26, config.numBlocks(), BLOCK);
        runner = new SimulatedRunner(random, model, pipeline.depth(), failureRate);
        scheduler = new Scheduler(config, pipeline);
        Executor executor =
                task -> {
                    tasks.addLast(task);
                    while (closing && !tasks.isEmpty()) {
                        tasks.removeFirst().run();
                    }
                };
        Choices choices = grammars.choices(VOCABULARY, scheduler.maxLength());
        loop =
                new EngineLoop(
                        scheduler,
                        new StepPace(0),
                        runner,
                        choices,
                        executor,
                        new EngineObserver() {
                            @Override
                            public void tokensForced(int count) {
                                numForced += count;
                            }
                        },
                        Duration.ofMinutes(5));
    }

    /** What happened, that a test can ask whether enough did. */
    record Outcome(
            int ended,
            int cancelled,
            int lost,
            int failures,
            int deaths,
            int stopped,
            int pending,
            int aheadAgain,
            int forced,
            long preemptions) {

        static final Outcome NOTHING = new Outcome(0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

        Outcome plus(Outcome other) {
            return new Outcome(
                    ended + other.ended,
                    cancelled + other.cancelled,
                    lost + other.lost,
                    failures + other.failures,
                    deaths + other.deaths,
                    stopped + other.stopped,
                    pending + other.pending,
                    aheadAgain + other.aheadAgain,
                    forced + other.forced,
                    preemptions + other.preemptions);
        }
    }

    static Outcome run(HeldGrammars.Library library, long seed, int depth) {
        Random random = new Random(seed);
        int maxRun = random.nextBoolean() ? 1 : 1 + random.nextInt(3);
        int maxNumSequences = 1 + random.nextInt(6);
        SchedulerConfig config =
                new SchedulerConfig(
                        maxNumSequences,
                        maxNumSequences * maxRun + random.nextInt(40),
                        0,
                        MAX_LENGTH,
                        random.nextBoolean() ? 16 + random.nextInt(4) : 200,
                        BLOCK,
                        random.nextInt(4) > 0);
        double failureRate = random.nextBoolean() ? 0 : random.nextInt(8) > 0 ? 0.02 : 0.3;
        LoopScenario scenario =
                new LoopScenario(
                        library, random, config, new Pipeline(depth, maxRun), seed, failureRate);
        int numClients = 1 + random.nextInt(16);
        for (int i = 0; i < numClients; i++) {
            GenerationRequest request = scenario.request("request " + i);
            LoopScenario alone =
                    new LoopScenario(
                            library, new Random(seed), config, Pipeline.ofDepth(1), seed, 0);
            Client expected = new Client(request, Optional.empty());
            alone.add(expected);
            alone.live(false);
            scenario.add(new Client(request, Optional.of(expected)));
        }
        scenario.live(true);
        return scenario.outcome();
    }

    private void add(Client client) {
        clients.add(client);
        later.addLast(client);
    }

    private GenerationRequest request(String id) {
        int maxTokens = 1 + random.nextInt(random.nextBoolean() ? 4 : 30);
        int length = 1 + random.nextInt(random.nextBoolean() ? 6 : MAX_LENGTH - maxTokens - 1);
        int[] prompt = random.ints(length, FIRST_LETTER, VOCABULARY).toArray();
        if (random.nextBoolean()) {
            // Many begin alike.
            for (int i = 0; i < length / 2; i++) {
                prompt[i] = FIRST_LETTER + i;
            }
        }
        SamplingParamsBuilder params =
                SamplingParams.builder()
                        .maxTokens(maxTokens)
                        .n(random.nextInt(3) == 0 ? 1 + random.nextInt(3) : 1)
                        .ignoreEos(random.nextInt(3) == 0);
        if (random.nextBoolean()) {
            params.stop(letter(), letter() + letter());
        }
        if (random.nextInt(3) == 0) {
            params.stopTokenIds(List.of(FIRST_LETTER + random.nextInt(26)));
        }
        GenerationRequest free = new GenerationRequest(id, prompt, params.build());
        GenerationRequest asked = random.nextInt(3) == 0 ? grammars.guided(free, random) : free;
        return random.nextInt(4) == 0 ? grammars.limited(asked, random) : asked;
    }

    private String letter() {
        return grammars.library.tokenizer.text(FIRST_LETTER + random.nextInt(26));
    }

    private void live(boolean troubled) {
        double cancelRate = troubled ? random.nextInt(3) * 0.01 : 0;
        double closeRate = troubled && random.nextInt(4) == 0 ? 0.005 : 0;
        for (int left = MOST_MOVES; !later.isEmpty() || loop.numInside() > 0 || !isIdle(); left--) {
            assertTrue(left > 0, "nothing comes to an end");
            switch (random.nextInt(6)) {
                case 0 -> {
                    if (!later.isEmpty() && random.nextInt(4) == 0) {
                        later.removeFirst().submit(loop);
                    }
                }
                case 1, 2 -> {
                    if (!tasks.isEmpty()) {
                        tasks.removeFirst().run();
                    }
                }
                case 3 -> loop.steps.engine().work();
                case 4 -> {
                    if (random.nextInt(grammarDelay) == 0) {
                        grammars.move(random);
                    }
                }
                default -> runner.compute();
            }
            if (random.nextDouble() < cancelRate) {
                clients.get(random.nextInt(clients.size())).cancel();
            }
            if (!loop.isLive()) {
                die();
                return;
            }
            if (random.nextDouble() < closeRate) {
                end();
                return;
            }
        }
        SchedulerStats stats = scheduler.stats();
        assertEquals(0, stats.numHeldSlots(), stats.toString());
        clients.forEach(Client::check);
    }

    private boolean isIdle() {
        return grammars.isIdle()
                && tasks.isEmpty()
                && !loop.steps.engine().work()
                && !runner.isBusy();
    }

    /** Several steps failed one after the other. */
    private void die() {
        assertTrue(runner.numFailures >= 3, "the planning failed");
        numDeaths++;
        while (!tasks.isEmpty()) {
            tasks.removeFirst().run();
        }
        assertEquals(0, loop.numInside());
        refuseLater();
        close();
    }

    private void refuseLater() {
        later.forEach(
                client -> assertThrows(UnavailableException.class, () -> client.submit(loop)));
        clients.removeAll(later);
        later.clear();
    }

    /** Drains or closes in the middle of things. */
    private void end() {
        boolean inTime = loop.drain(Duration.ZERO);
        assertEquals(inTime, loop.numInside() == 0);
        refuseLater();
        if (random.nextBoolean()) {
            live(false);
            return;
        }
        close();
    }

    private void close() {
        closing = true;
        loop.close();
        // What the engine thread was about to do, and its end.
        for (int i = random.nextInt(3); i > 0; i--) {
            loop.steps.engine().work();
        }
        loop.steps.engine().run();
        assertFalse(runner.isBusy(), "closed under a step");
        assertEquals(0, loop.numInside());
        assertTrue(tasks.isEmpty());
        clients.forEach(Client::check);
    }

    private Outcome outcome() {
        return new Outcome(
                (int) clients.stream().filter(Client::hasEnded).count(),
                (int) clients.stream().filter(client -> client.cancelled).count(),
                (int) clients.stream().filter(client -> client.error.isPresent()).count(),
                runner.numFailures,
                numDeaths,
                runner.numStopped,
                runner.numPending,
                runner.numAheadAgain,
                numForced,
                scheduler.stats().numPreemptions());
    }

    /** A request and what it hears, compared with what it hears alone at depth 1. */
    private static final class Client implements GenerationListener {

        private final GenerationRequest request;
        private final Optional<Client> expected;
        private final List<StringBuilder> texts = new ArrayList<>();
        private final List<Optional<GenerationOutput>> last = new ArrayList<>();
        private Optional<Generation> generation = Optional.empty();
        private Optional<QuireException> error = Optional.empty();
        private boolean cancelled;

        Client(GenerationRequest request, Optional<Client> expected) {
            this.request = request;
            this.expected = expected;
            for (int i = 0; i < request.params().n(); i++) {
                texts.add(new StringBuilder());
                last.add(Optional.empty());
            }
        }

        void submit(EngineLoop loop) {
            generation =
                    Optional.of(
                            loop.submit(List.of(new Submission(request, this)), 100).getFirst());
        }

        void cancel() {
            if (generation.isPresent() && !hasEnded()) {
                cancelled = true;
                generation.get().cancel();
            }
        }

        boolean hasEnded() {
            return error.isPresent()
                    || last.stream()
                            .allMatch(
                                    output ->
                                            output.flatMap(GenerationOutput::finishReason)
                                                    .isPresent());
        }

        @Override
        public void onOutput(GenerationOutput output) {
            assertFalse(hasEnded(), "a word after the end of " + request.id());
            assertFalse(
                    last.get(output.choice()).flatMap(GenerationOutput::finishReason).isPresent());
            texts.get(output.choice()).append(output.text());
            last.set(output.choice(), Optional.of(output));
        }

        @Override
        public void onError(QuireException theError) {
            assertFalse(hasEnded(), "an error after the end of " + request.id());
            error = Optional.of(theError);
        }

        void check() {
            assertTrue(cancelled || hasEnded(), request.id() + " has no answer");
            error.ifPresent(Client::checkError);
            for (int i = 0; i < texts.size(); i++) {
                checkChoice(i);
            }
        }

        private static void checkError(QuireException error) {
            assertFalse(
                    error.getCause() instanceof StoppedException,
                    "a step was stopped that somebody wants");
            assertTrue(
                    error instanceof UnavailableException
                            || error.getCause() instanceof SimulatedRunner.Planted,
                    error.toString());
        }

        private void checkChoice(int i) {
            if (expected.isEmpty()) {
                assertTrue(error.isEmpty());
                return;
            }
            String whole = expected.get().texts.get(i).toString();
            String text = texts.get(i).toString();
            assertTrue(whole.startsWith(text), text + " is no beginning of " + whole);
            Optional<FinishReason> reason = last.get(i).flatMap(GenerationOutput::finishReason);
            if (reason.isPresent()) {
                GenerationOutput alone = expected.get().last.get(i).orElseThrow();
                assertEquals(whole, text);
                assertEquals(alone.finishReason(), reason);
                assertEquals(alone.stopReason(), last.get(i).get().stopReason());
                assertEquals(alone.numTokens(), last.get(i).get().numTokens());
            }
        }
    }
}
