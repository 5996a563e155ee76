package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import quire.error.InvalidRequestException;
import quire.kvcache.BlockManager;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;
import quire.sequence.StopReason;

/**
 * One life of a scheduler, drawn from a seed: a configuration, then arrivals, cancellations, stop
 * strings and failures at any point, with every invariant checked after every step.
 */
final class Scenario {

    private static final int MAX_LIVE = 40;
    private static final int[] BLOCK_SIZES = {1, 2, 3, 4, 16};

    private final Random random;
    private final SchedulerConfig config;
    private final BlockManager blocks;
    private final Scheduler scheduler;
    private final FakeModel model;
    private final int vocabularySize;
    private final EosTokens eos;
    private final List<int[]> sharedPrefixes = new ArrayList<>();
    private final List<Sequence> live = new ArrayList<>();
    private final Set<Sequence> endedOutside = new HashSet<>();
    private final Set<Sequence> runningBefore = new HashSet<>();
    private final List<Flight> flights = new ArrayList<>();
    private final Pipeline pipeline;
    private final ScenarioChecks checks;
    private final ScenarioGuides guides;
    private final double arrivalRate;
    private final double troubleRate;
    private final int numPriorities;
    private final RandomBudget prefill;
    private long nextId;
    private int numAdded;
    private int numEnded;
    private int numEndedInFlight;
    private int numFailed;
    private int numRetreats;
    private long digest;

    /** A step on its way. */
    record Flight(Step step, int[][] runs) {

        boolean isExecuted() {
            return runs[0] != null;
        }
    }

    Scenario(long seed, int depth) {
        random = new Random(seed);
        pipeline = new Pipeline(depth, random.nextBoolean() ? 1 : 1 + random.nextInt(4));
        int blockSize = BLOCK_SIZES[random.nextInt(BLOCK_SIZES.length)];
        boolean tinyPool = random.nextBoolean();
        int numBlocks = 1 + random.nextInt(tinyPool ? 12 : 80);
        int maxNumSequences = 1 + random.nextInt(random.nextBoolean() ? 4 : 12);
        int budget =
                maxNumSequences * pipeline.maxRun() + random.nextInt(random.nextBoolean() ? 4 : 60);
        int threshold = random.nextBoolean() ? 0 : 1 + random.nextInt(20);
        int maxModelLength = 2 + random.nextInt(random.nextBoolean() ? 20 : 160);
        config =
                new SchedulerConfig(
                        maxNumSequences,
                        budget,
                        threshold,
                        maxModelLength,
                        numBlocks,
                        blockSize,
                        random.nextInt(4) > 0);
        blocks = new BlockManager(numBlocks, blockSize, config.enablePrefixCaching());
        scheduler = new Scheduler(config, pipeline, blocks);
        vocabularySize = 1 + random.nextInt(random.nextBoolean() ? 3 : 50);
        model = new FakeModel(random, vocabularySize, numBlocks, blockSize);
        eos = random.nextBoolean() ? EosTokens.of() : EosTokens.of(random.nextInt(vocabularySize));
        arrivalRate = random.nextDouble();
        troubleRate = random.nextInt(3) * 0.04;
        prefill = new RandomBudget(random, random.nextBoolean() ? 0 : 1 + random.nextInt(30));
        numPriorities = random.nextBoolean() ? 1 : 2 + random.nextInt(3);
        guides = new ScenarioGuides(random);
        checks = new ScenarioChecks(config, pipeline, blocks, scheduler, prefill);
        for (int i = 0; i < 3; i++) {
            sharedPrefixes.add(randomTokens(1 + random.nextInt(maxModelLength)));
        }
    }

    /**
     * What happened.
     *
     * @param numEndedInFlight sequences that were ended from outside while a step had them
     * @param digest depends on every step and what came of it
     */
    record Outcome(
            long steps,
            long numEnded,
            long numPreemptions,
            long prefixHits,
            long numEndedInFlight,
            long numFailed,
            long numRetreats,
            long numForced,
            long numSatOut,
            long digest) {

        Outcome plus(Outcome other) {
            return new Outcome(
                    steps + other.steps,
                    numEnded + other.numEnded,
                    numPreemptions + other.numPreemptions,
                    prefixHits + other.prefixHits,
                    numEndedInFlight + other.numEndedInFlight,
                    numFailed + other.numFailed,
                    numRetreats + other.numRetreats,
                    numForced + other.numForced,
                    numSatOut + other.numSatOut,
                    digest * 31 + other.digest);
        }
    }

    /** Runs the given number of steps, then until nothing is left. */
    Outcome run(int numSteps) {
        long steps = 0;
        while (steps < numSteps || scheduler.hasUnfinished() || !flights.isEmpty()) {
            if (steps < numSteps) {
                arrive(arrivalRate);
            }
            trouble(0.3);
            guides.move(scheduler, live).forEach(this::end);
            if (!scheduler.hasUnfinished() && flights.isEmpty()) {
                assertTrue(scheduler.plan(prefill).isEmpty(), "nothing to do");
                arrive(1);
                continue;
            }
            steps += move();
        }
        checkTheEnd();
        SchedulerStats stats = scheduler.stats();
        return new Outcome(
                steps,
                numEnded,
                stats.numPreemptions(),
                stats.prefixHits(),
                numEndedInFlight,
                numFailed,
                numRetreats,
                guides.numForced(),
                guides.numSatOut(),
                digest);
    }

    private void arrive(double rate) {
        while (random.nextDouble() < rate && live.size() < MAX_LIVE) {
            int[] prompt = prompt();
            SamplingParams params = params();
            Optional<String> salt =
                    random.nextInt(6) == 0
                            ? Optional.of("salt" + random.nextInt(2))
                            : Optional.empty();
            long priority = random.nextInt(numPriorities) - 1L;
            for (int choice = 0; choice < params.n(); choice++) {
                SamplingRule state = new SamplingRule(params, eos, choice, 0);
                Sequence sequence = new Sequence(nextId++, prompt, state, salt, priority);
                guides.follow(sequence, vocabularySize);
                add(sequence);
            }
        }
    }

    private void add(Sequence sequence) {
        boolean possible =
                sequence.numPromptTokens() < config.maxModelLength()
                        && sequence.numPromptTokens() <= config.numBlocks() * config.blockSize();
        try {
            scheduler.add(sequence);
            assertTrue(possible, "an impossible prompt was taken");
            live.add(sequence);
            numAdded++;
            if (sequence.isFinished()) {
                end(sequence);
            }
        } catch (InvalidRequestException e) {
            assertFalse(possible, "a possible prompt was refused");
            assertTrue(e.getMessage().contains(Integer.toString(sequence.numPromptTokens())));
        }
    }

    private int[] prompt() {
        int[] tail = randomTokens(1 + random.nextInt(random.nextInt(5) == 0 ? 150 : 12));
        if (random.nextBoolean()) {
            return tail;
        }
        int[] head = sharedPrefixes.get(random.nextInt(sharedPrefixes.size()));
        int[] prompt = Arrays.copyOf(head, head.length + tail.length);
        System.arraycopy(tail, 0, prompt, head.length, tail.length);
        return random.nextInt(3) == 0 ? head : prompt;
    }

    private int[] randomTokens(int count) {
        return random.ints(count, 0, vocabularySize).toArray();
    }

    private SamplingParams params() {
        int maxTokens = 1 + random.nextInt(random.nextBoolean() ? 6 : 60);
        return SamplingParams.builder()
                .maxTokens(maxTokens)
                .minTokens(random.nextInt(4) == 0 ? random.nextInt(maxTokens + 1) : 0)
                .ignoreEos(random.nextInt(4) == 0)
                .stopTokenIds(
                        random.nextInt(4) == 0
                                ? List.of(random.nextInt(vocabularySize))
                                : List.of())
                .n(random.nextInt(4) == 0 ? 1 + random.nextInt(5) : 1)
                .build();
    }

    /** Ends sequences from outside, at a rate of the scenario. */
    private void trouble(double factor) {
        while (!live.isEmpty() && random.nextDouble() < troubleRate * factor) {
            Sequence victim = live.get(random.nextInt(live.size()));
            FinishReason reason = random.nextBoolean() ? FinishReason.ABORT : FinishReason.STOP;
            Optional<StopReason> stopReason =
                    reason == FinishReason.STOP
                            ? Optional.of(new StopReason.Text("a stop string"))
                            : Optional.empty();
            assertTrue(scheduler.finish(victim, reason, stopReason));
            assertFalse(scheduler.finish(victim, reason, stopReason), "it has ended");
            assertEquals(Optional.of(reason), victim.finishReason());
            assertEquals(stopReason, victim.stopReason());
            endedOutside.add(victim);
            end(victim);
        }
    }

    /** Plans a step, or executes or takes back the oldest that is not; returns steps planned. */
    private int move() {
        boolean full = flights.size() == pipeline.depth();
        if (flights.isEmpty() || !full && random.nextBoolean()) {
            return plan();
        }
        Flight oldest = flights.getFirst();
        Flight next =
                flights.stream().filter(flight -> !flight.isExecuted()).findFirst().orElse(null);
        if (next != null && (next == oldest || random.nextBoolean())) {
            if (next == oldest && random.nextDouble() < troubleRate * 0.1) {
                // As an engine that failed half-way: nothing was stored.
                trouble(2);
                if (random.nextBoolean()) {
                    fail();
                } else {
                    retreat();
                }
            } else {
                execute(next);
            }
        } else {
            flights.removeFirst();
            commit(oldest);
        }
        checks.blocks(live, flights);
        checks.order(live);
        return 0;
    }

    private int plan() {
        runningBefore.clear();
        live.stream().filter(s -> s.status() == SequenceStatus.RUNNING).forEach(runningBefore::add);
        Step step = scheduler.plan(prefill);
        checks.plan(step, live, runningBefore, flights);
        if (step.isEmpty()) {
            return 0;
        }
        for (int i = 0; i < step.size(); i++) {
            digest = digest * 31 + step.sequence(i).id() * 1009 + step.numTokens(i);
        }
        flights.add(new Flight(step, new int[step.size()][]));
        checks.blocks(live, flights);
        return 1;
    }

    private void execute(Flight flight) {
        Step step = flight.step();
        if (random.nextBoolean()) {
            trouble(1);
        }
        model.execute(step);
        for (int i = 0; i < step.size(); i++) {
            if (random.nextDouble() < troubleRate * 0.01 && !guides.isGuided(step.sequence(i))) {
                step.result().cut(i, 0);
            }
            flight.runs()[i] = new int[step.result().numTokens(i)];
            for (int j = 0; j < flight.runs()[i].length; j++) {
                flight.runs()[i][j] = step.result().token(i, j);
            }
        }
        trouble(1);
    }

    private void commit(Flight flight) {
        Step step = flight.step();
        int[] lengths = new int[step.size()];
        for (int i = 0; i < step.size(); i++) {
            lengths[i] = step.sequence(i).numTokens();
        }
        scheduler.commit(step);
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            boolean outside = !live.contains(sequence);
            numEndedInFlight += outside && endedOutside.contains(sequence) ? 1 : 0;
            int gained = sequence.numTokens() - lengths[i];
            int[] run = flight.runs()[i];
            int sampled = step.result().numTokens(i);
            guides.check(step, i, gained - sampled);
            assertTrue(gained == 0 || !outside, "tokens for one that ended");
            assertTrue(sampled == run.length || sequence.isFinished());
            for (int j = 0; j < sampled; j++) {
                assertEquals(run[j], sequence.tokenId(lengths[i] + j));
                digest = digest * 31 + run[j];
            }
            if (!outside && sequence.isFinished()) {
                boolean failed = step.samples(i) && run.length == 0 && !step.result().satOut(i);
                assertEquals(failed, sequence.finishReason().get() == FinishReason.ERROR);
                end(sequence);
            }
        }
    }

    private void fail() {
        scheduler.fail(flights.getFirst().step());
        numFailed++;
        for (Flight flight : flights) {
            for (int i = 0; i < flight.step().size(); i++) {
                Sequence sequence = flight.step().sequence(i);
                assertTrue(sequence.isFinished());
                assertEquals(0, flight.step().result().numTokens(i));
                if (live.contains(sequence)) {
                    assertEquals(Optional.of(FinishReason.ERROR), sequence.finishReason());
                    end(sequence);
                }
            }
        }
        flights.clear();
    }

    private void retreat() {
        scheduler.retreat(flights.getFirst().step());
        numRetreats++;
        flights.clear();
        for (Sequence sequence : live) {
            assertSame(SequenceStatus.WAITING, sequence.status());
        }
    }

    private void end(Sequence sequence) {
        assertTrue(live.remove(sequence), "it ended twice");
        numEnded++;
        int[] output =
                Arrays.copyOfRange(
                        sequence.tokenIds(), sequence.numPromptTokens(), sequence.numTokens());
        FakeModel.Expected expected = model.expected(sequence, scheduler.maxLength());
        boolean byItself =
                !endedOutside.contains(sequence)
                        && sequence.finishReason().get() != FinishReason.ERROR;
        if (byItself) {
            assertArrayEquals(expected.output(), output);
            assertEquals(Optional.of(expected.reason()), sequence.finishReason());
            assertEquals(expected.stopReason(), sequence.stopReason());
        } else {
            assertTrue(output.length <= expected.output().length);
            assertArrayEquals(Arrays.copyOf(expected.output(), output.length), output);
        }
    }

    private void checkTheEnd() {
        assertTrue(live.isEmpty());
        assertEquals(numAdded, numEnded);
        checks.allBlocksAreFree(nextId);
    }
}
