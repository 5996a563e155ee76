package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;

/** What a step plans of prompts where its budget is smaller than its room. */
class PrefillBudgetTest {

    private static final int BLOCK = 4;

    private final Scheduler scheduler =
            new Scheduler(new SchedulerConfig(4, 10, 0, 64, 20, BLOCK, true), Pipeline.ofDepth(1));
    private int nextId;

    private Sequence added(int promptLength) {
        Sequence sequence = sequence(promptLength);
        scheduler.add(sequence);
        return sequence;
    }

    private Sequence sequence(int promptLength) {
        int from = nextId * 1000;
        int[] prompt = IntStream.range(from, from + promptLength).toArray();
        SamplingRule state = new SamplingRule(SamplingParams.greedy(9), EosTokens.of(), 0, 0);
        return new Sequence(nextId++, prompt, state);
    }

    /** Commits a step with a token for everybody. */
    private void commit(Step step) {
        commit(scheduler, step);
    }

    private static void commit(Scheduler scheduler, Step step) {
        for (int i = 0; i < step.size(); i++) {
            if (step.samples(i)) {
                step.result().add(i, 7);
            }
        }
        scheduler.commit(step);
    }

    private static void assertPlanned(Step step, Object... sequencesAndCounts) {
        assertEquals(sequencesAndCounts.length / 2, step.size());
        for (int i = 0; i < step.size(); i++) {
            assertSame(sequencesAndCounts[2 * i], step.sequence(i));
            assertEquals(sequencesAndCounts[2 * i + 1], step.numTokens(i), "tokens of " + i);
        }
    }

    /** So many tokens of prompts a step, wherever they stand. */
    private static PrefillBudget prefill(int limit) {
        return new PrefillBudget() {
            @Override
            public double limit(int numDecoding, long context) {
                return limit;
            }

            @Override
            public double cost(int first, int count) {
                return count;
            }

            @Override
            public int tokens(double cost, int first) {
                return (int) cost;
            }
        };
    }

    @Test
    void aPromptGetsWhatItsBudgetAllowsBesideThoseWhoDecode() {
        Sequence a = added(5);
        commit(scheduler.plan(PrefillBudget.UNLIMITED));
        Sequence b = added(8);
        Sequence c = added(3);
        Step step = scheduler.plan(prefill(5));
        assertPlanned(step, a, 1, b, 5);
        assertEquals(1, step.numDecoding());
        assertEquals(6, step.decodingContext());
        assertEquals(5, step.prefillCost());
        commit(step);
        step = scheduler.plan(prefill(5));
        assertPlanned(step, a, 1, b, 3, c, 2);
        commit(step);
        assertPlanned(scheduler.plan(prefill(0)), a, 1, b, 1, c, 1);
    }

    @Test
    void aPromptThatStartedWaitsWhereTheBudgetIsSpentOnOneBeforeIt() {
        Sequence a = added(9);
        Sequence b = added(9);
        Step step = scheduler.plan(prefill(3));
        assertPlanned(step, a, 3);
        commit(step);
        step = scheduler.plan(prefill(8));
        assertPlanned(step, a, 6, b, 2);
        commit(step);
        Sequence c = added(9);
        step = scheduler.plan(prefill(8));
        assertPlanned(step, a, 1, b, 7, c, 1);
        commit(step);
        assertPlanned(scheduler.plan(prefill(1)), a, 1, b, 1, c, 1);
    }

    @Test
    void aRunningSequenceThatTheStepInFlightLeftOutIsFreedAtOnce() {
        Sequence a = sequence(20);
        Sequence b = sequence(9);
        SchedulerConfig threshold = new SchedulerConfig(4, 10, 4, 64, 20, BLOCK, true);
        Scheduler scheduler = new Scheduler(threshold, Pipeline.ofDepth(1));
        scheduler.add(a);
        scheduler.add(b);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertPlanned(step, a, 4, b, 4);
        commit(scheduler, step);
        step = scheduler.plan(prefill(3));
        assertPlanned(step, a, 3);
        abort(scheduler, b);
        assertEquals(0, b.blockTable().size());
        assertEquals(18, scheduler.stats().numFreeBlocks());
        abort(scheduler, a);
        assertEquals(2, a.blockTable().size(), "the step has it");
        commit(scheduler, step);
        assertEquals(20, scheduler.stats().numFreeBlocks());
    }

    private static boolean abort(Scheduler scheduler, Sequence sequence) {
        return scheduler.finish(sequence, FinishReason.ABORT, Optional.empty());
    }
}
