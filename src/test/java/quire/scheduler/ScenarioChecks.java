package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import quire.kvcache.BlockManager;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.scheduler.Scenario.Flight;
import quire.sequence.Guide;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;

/** What must hold of a scheduler at any time, said a second time and in another way. */
final class ScenarioChecks {

    /** Who goes first. */
    private static final Comparator<Sequence> ORDER =
            Comparator.comparingLong(Sequence::priority).thenComparingLong(Sequence::id);

    private final SchedulerConfig config;
    private final Pipeline pipeline;
    private final BlockManager blocks;
    private final Scheduler scheduler;
    private final RandomBudget prefill;
    private final Picture picture = new Picture();
    private SchedulerWatch watch;
    private int numChecks;

    ScenarioChecks(
            SchedulerConfig config,
            Pipeline pipeline,
            BlockManager blocks,
            Scheduler scheduler,
            RandomBudget prefill) {
        this.config = config;
        this.pipeline = pipeline;
        this.blocks = blocks;
        this.scheduler = scheduler;
        this.prefill = prefill;
        this.watch = scheduler.watch();
    }

    /**
     * A step that was just planned.
     *
     * @param live sequences that have not ended, in the order of their arrival
     * @param runningBefore those that ran before the step was planned
     * @param flights the steps in flight before it
     */
    void plan(Step step, List<Sequence> live, Set<Sequence> runningBefore, List<Flight> flights) {
        int total = 0;
        for (int i = 0; i < step.size(); i++) {
            entry(step, i, flights);
            Sequence sequence = step.sequence(i);
            boolean admitted = !runningBefore.contains(sequence);
            assertTrue(
                    i == 0
                            || admitted && runningBefore.contains(step.sequence(i - 1))
                            || ORDER.compare(step.sequence(i - 1), sequence) < 0,
                    "first come, first served, within a priority");
            if (admitted) {
                wentFirst(sequence, live);
            }
            assertTrue(
                    step.numPreempted() == 0 || runningBefore.contains(sequence),
                    "nobody is admitted in a step that preempted");
            total += step.numTokens(i) + Math.max(step.maxRun(i) - 1, 0);
        }
        assertEquals(total, step.totalTokens());
        assertTrue(total <= config.maxNumBatchedTokens());
        assertTrue(step.size() <= config.maxNumSequences());
        order(live);
        prefill.check(step, runningBefore);
        everybodyGetsOn(step, live, flights);
    }

    private static void wentFirst(Sequence admitted, List<Sequence> live) {
        for (Sequence other : live) {
            assertTrue(
                    other.status() == SequenceStatus.RUNNING || ORDER.compare(admitted, other) < 0,
                    "nobody is admitted before one that goes first");
        }
    }

    private void entry(Step step, int i, List<Flight> flights) {
        Sequence sequence = step.sequence(i);
        int first = sequence.numComputedTokens();
        int least = 0;
        int most = 0;
        for (Flight flight : flights) {
            int other = indexIn(flight.step(), sequence);
            if (other >= 0) {
                first = flight.step().firstPosition(other) + flight.step().numTokens(other);
                least += flight.step().samples(other) ? 1 : 0;
                most += flight.step().maxRun(other);
            }
        }
        int reached = step.firstPosition(i) + step.numTokens(i);
        assertSame(SequenceStatus.RUNNING, sequence.status());
        assertTrue(sequence.blockTable().slot() < config.maxNumSequences(), "slots are few");
        assertEquals(first, step.firstPosition(i));
        assertTrue(step.numTokens(i) >= 1);
        assertEquals(least > 0, step.isPending(i));
        assertTrue(!step.isPending(i) || step.numTokens(i) == 1);
        assertTrue(
                config.longPrefillTokenThreshold() == 0
                        || step.numTokens(i) <= config.longPrefillTokenThreshold());
        assertTrue(reached <= sequence.numTokens() + least);
        assertEquals(reached == sequence.numTokens() + least, step.samples(i));
        assertTrue(step.maxRun(i) <= pipeline.maxRun());
        assertTrue(least == 0 || sequence.numTokens() + most < mostTokens(sequence));
        assertTrue(sequence.numTokens() + most + step.maxRun(i) <= mostTokens(sequence));
        int room = Math.ceilDiv(reached + most - least + guessed(step, i), config.blockSize());
        assertEquals(sequence.blockTable().size(), step.numBlocks(i));
        assertTrue(sequence.guide() == Guide.NONE || !step.isPending(i) && step.maxRun(i) <= 1);
        assertTrue(pipeline.maxRun() == 1 ? room == step.numBlocks(i) : room <= step.numBlocks(i));
        assertEquals(0, step.result().numTokens(i));
    }

    private static int guessed(Step step, int i) {
        return Math.max(step.maxRun(i) - 1, 0);
    }

    private int mostTokens(Sequence sequence) {
        long asked = (long) sequence.numPromptTokens() + sequence.params().maxTokens();
        return (int) Math.min(asked, scheduler.maxLength());
    }

    /** Nobody is left out but for a reason. */
    private void everybodyGetsOn(Step step, List<Sequence> live, List<Flight> flights) {
        boolean returning = false;
        for (Flight flight : flights) {
            for (int i = 0; i < flight.step().size(); i++) {
                returning |= flight.step().sequence(i).status() != SequenceStatus.RUNNING;
            }
        }
        boolean somebodyWaits = live.stream().anyMatch(Sequence::isSittingOut);
        assertTrue(
                !step.isEmpty() || live.isEmpty() || !flights.isEmpty() || somebodyWaits,
                "something to do");
        Sequence first = firstOf(live);
        for (Sequence sequence : live) {
            boolean waits = sequence.status() == SequenceStatus.WAITING;
            boolean inFlight = flights.stream().anyMatch(f -> indexIn(f.step(), sequence) >= 0);
            assertTrue(waits ? inFlight || blocksOf(sequence) == 0 : blocksOf(sequence) > 0);
            assertTrue(!waits || sequence.numComputedTokens() == 0);
            boolean planned = indexIn(step, sequence) >= 0;
            boolean mayEnd =
                    sequence.leastPendingTokens() > 0
                            && sequence.numTokens() + sequence.mostPendingTokens()
                                    >= mostTokens(sequence);
            // What a token may be whose predecessor is pending, no guide knows.
            boolean led =
                    sequence.isSittingOut()
                            || sequence.guide() != Guide.NONE && sequence.leastPendingTokens() > 0;
            boolean excused =
                    mayEnd
                            || led
                            || isFull(step) && !RandomBudget.decodes(sequence)
                            || returning
                            || prefill.mayLeaveOut(sequence)
                            || pipeline.maxRun() > 1 && !step.isEmpty();
            assertTrue(waits || planned || excused, sequence + " is left out");
            if (sequence == first && !planned) {
                assertTrue(
                        mayEnd && inFlight || led || returning, "the first gets on in every step");
            }
        }
    }

    /** But for what was kept for those that decode, of whom one may have lost its blocks. */
    private boolean isFull(Step step) {
        int kept = step.numDecoding() * pipeline.maxRun();
        return step.totalTokens() >= config.maxNumBatchedTokens() - kept;
    }

    /** Of those that run, or of all where nobody does; null without any. */
    private static Sequence firstOf(List<Sequence> live) {
        return live.stream()
                .min(
                        Comparator.comparing(
                                        (Sequence one) -> one.status() != SequenceStatus.RUNNING)
                                .thenComparing(ORDER))
                .orElse(null);
    }

    private static int blocksOf(Sequence sequence) {
        return sequence.blockTable().size();
    }

    private static int indexIn(Step step, Sequence sequence) {
        for (int i = 0; i < step.size(); i++) {
            if (step.sequence(i) == sequence) {
                return i;
            }
        }
        return -1;
    }

    /** In the order of arrival, running sequences come before waiting ones of their priority. */
    void order(List<Sequence> live) {
        int numRunning = 0;
        Set<Long> waiting = new HashSet<>();
        for (Sequence sequence : live) {
            boolean runs = sequence.status() == SequenceStatus.RUNNING;
            assertFalse(runs && waiting.contains(sequence.priority()), "somebody overtook");
            if (!runs) {
                waiting.add(sequence.priority());
            }
            numRunning += runs ? 1 : 0;
        }
        SchedulerStats stats = scheduler.stats();
        assertEquals(numRunning, stats.numRunning());
        assertEquals(live.size() - numRunning, stats.numWaiting());
    }

    /** Blocks belong to who lives and to who is in flight, and to nobody else. */
    void blocks(List<Sequence> live, List<Flight> flights) {
        Set<Sequence> holders = new HashSet<>(live);
        for (Flight flight : flights) {
            Step step = flight.step();
            for (int i = 0; i < step.size(); i++) {
                holders.add(step.sequence(i));
                for (int block = 0; block < step.numBlocks(i); block++) {
                    assertEquals(step.blockIds(i)[block], step.sequence(i).blockTable().id(block));
                }
                assertTrue(blocksOf(step.sequence(i)) >= step.numBlocks(i));
            }
        }
        int[] references = new int[config.numBlocks()];
        for (Sequence sequence : holders) {
            for (int i = 0; i < blocksOf(sequence); i++) {
                references[sequence.blockTable().id(i)]++;
            }
        }
        int numFree = 0;
        for (int block = 0; block < references.length; block++) {
            assertEquals(references[block], blocks.references(block));
            assertTrue(references[block] <= 1 || config.enablePrefixCaching());
            numFree += references[block] == 0 ? 1 : 0;
        }
        assertEquals(numFree, blocks.numFreeBlocks());
        look(live);
    }

    /** After one thing has happened or many; and anew after a while. */
    private void look(List<Sequence> live) {
        if (numChecks % 1009 == 0) {
            watch.end();
            watch = scheduler.watch();
        }
        if (numChecks++ % 29 < 2) {
            picture.take(watch.look().cells());
            picture.check(blocks, live);
        }
    }

    /** Nobody is left, and one could have all there is. */
    void allBlocksAreFree(long nextId) {
        assertEquals(config.numBlocks(), blocks.numFreeBlocks());
        assertEquals(0, blocks.usage());
        int capacity = config.numBlocks() * config.blockSize();
        SamplingRule state = new SamplingRule(SamplingParams.greedy(1), EosTokens.of(), 0, 0);
        Sequence taker = new Sequence(nextId, new int[capacity], state);
        assertTrue(blocks.grow(taker, capacity), "all blocks can be had");
        Set<Integer> distinct = new HashSet<>();
        for (int i = 0; i < config.numBlocks(); i++) {
            assertTrue(distinct.add(taker.blockTable().id(i)), "no block is free twice");
        }
    }
}
