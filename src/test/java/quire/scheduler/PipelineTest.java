package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.error.ConfigurationException;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;

/** Steps that are planned while one is in flight, and runs of several tokens. */
class PipelineTest {

    private static final int BLOCK = 4;
    private static final int EOS = 99;

    private int nextId;

    private static Scheduler scheduler(int numBlocks, int depth, int maxRun) {
        SchedulerConfig config = new SchedulerConfig(3, 20, 0, 64, numBlocks, BLOCK, true);
        return new Scheduler(config, new Pipeline(depth, maxRun));
    }

    private Sequence added(Scheduler scheduler, int promptLength, int maxTokens) {
        int from = nextId * 1000;
        return added(scheduler, IntStream.range(from, from + promptLength).toArray(), maxTokens);
    }

    private Sequence added(Scheduler scheduler, int[] prompt, int maxTokens) {
        SamplingParams params = SamplingParams.greedy(maxTokens);
        SamplingRule state = new SamplingRule(params, EosTokens.of(EOS), 0, 0);
        Sequence sequence = new Sequence(nextId++, prompt, state);
        scheduler.add(sequence);
        return sequence;
    }

    private static Step plan(Scheduler scheduler) {
        return scheduler.plan(PrefillBudget.UNLIMITED);
    }

    /** Commits with this run for everybody who samples. */
    private static void commit(Scheduler scheduler, Step step, int... run) {
        for (int i = 0; i < step.size(); i++) {
            for (int token : step.samples(i) ? run : new int[0]) {
                step.result().add(i, token);
            }
        }
        scheduler.commit(step);
    }

    @Test
    void theNextStepComputesTheTokenThatIsPending() {
        Scheduler scheduler = scheduler(20, 2, 1);
        Sequence a = added(scheduler, 5, 9);
        Step first = plan(scheduler);
        Step second = plan(scheduler);
        assertFalse(first.isPending(0));
        assertTrue(second.isPending(0));
        assertEquals(5, second.firstPosition(0));
        assertEquals(1, second.numTokens(0));
        assertThrows(IllegalStateException.class, () -> plan(scheduler));
        assertThrows(IllegalStateException.class, () -> scheduler.commit(second));
        commit(scheduler, first, 7);
        assertEquals(6, a.numTokens());
        commit(scheduler, second, 8);
        assertEquals(7, a.numTokens());
        assertEquals(6, a.numComputedTokens());
    }

    @Test
    void whoEndsByLengthAtThePendingTokenIsNotPlannedAgain() {
        Scheduler scheduler = scheduler(20, 2, 1);
        Sequence a = added(scheduler, 5, 2);
        Step first = plan(scheduler);
        Step second = plan(scheduler);
        commit(scheduler, first, 7);
        assertTrue(plan(scheduler).isEmpty(), "its last token is on the way");
        assertTrue(scheduler.hasUnfinished());
        commit(scheduler, second, 7);
        assertEquals(Optional.of(FinishReason.LENGTH), a.finishReason());
        assertEquals(20, scheduler.stats().numFreeBlocks());
    }

    @Test
    void whoEndsAtThePendingTokenKeepsItsBlocksUntilTheLastStepWithItIsBack() {
        Scheduler scheduler = scheduler(20, 2, 1);
        Sequence a = added(scheduler, 5, 9);
        Step first = plan(scheduler);
        Step second = plan(scheduler);
        commit(scheduler, first, EOS);
        assertEquals(Optional.of(FinishReason.STOP), a.finishReason());
        assertEquals(2, a.blockTable().size());
        commit(scheduler, second, 8);
        assertEquals(0, second.result().numTokens(0), "what comes after the end is dropped");
        assertEquals(6, a.numTokens());
        assertEquals(20, scheduler.stats().numFreeBlocks());
    }

    @Test
    void aPreemptedSequenceKeepsTheTokenThatWasPending() {
        Scheduler scheduler = scheduler(4, 2, 1);
        Sequence a = added(scheduler, 8, 9);
        Sequence b = added(scheduler, 7, 9);
        Step first = plan(scheduler);
        Step second = plan(scheduler);
        assertEquals(1, second.numPreempted());
        assertEquals(0, second.size(), "the blocks are still on their way");
        assertEquals(SequenceStatus.WAITING, b.status());
        assertEquals(2, b.blockTable().size());
        commit(scheduler, first, 7);
        assertEquals(8, b.numTokens());
        assertEquals(0, b.blockTable().size());
        assertEquals(0, b.numComputedTokens());
        Step third = plan(scheduler);
        assertEquals(1, third.size());
        assertSame(a, third.sequence(0));
    }

    @Test
    void aPreemptedSequenceMayEndByTheTokenThatWasPending() {
        Scheduler scheduler = scheduler(4, 2, 1);
        added(scheduler, 8, 9);
        Sequence b = added(scheduler, 7, 9);
        Step first = plan(scheduler);
        plan(scheduler);
        first.result().add(0, 7);
        first.result().add(1, EOS);
        scheduler.commit(first);
        assertEquals(Optional.of(FinishReason.STOP), b.finishReason());
        assertEquals(0, scheduler.stats().numWaiting());
    }

    @Test
    void aBlockIsFoundByOthersOnceItsTokensAreKnown() {
        Scheduler scheduler = scheduler(20, 2, 1);
        int[] prompt = IntStream.range(0, 7).toArray();
        int[] longer = IntStream.range(0, 12).toArray();
        added(scheduler, prompt, 9);
        Step first = plan(scheduler);
        Sequence b = added(scheduler, longer, 9);
        Step second = plan(scheduler);
        assertSame(b, second.sequence(1));
        assertEquals(4, second.firstPosition(1), "nobody knows the token at 7, which is pending");
        commit(scheduler, first, 7);
        Sequence c = added(scheduler, longer, 9);
        Step third = plan(scheduler);
        assertSame(c, third.sequence(2));
        assertEquals(8, third.firstPosition(2), "it is known, and the second step computes it");
    }

    @Test
    void aFailedStepTakesThoseAfterItAlong() {
        Scheduler scheduler = scheduler(20, 2, 1);
        Sequence a = added(scheduler, 5, 9);
        Step first = plan(scheduler);
        Sequence b = added(scheduler, 5, 9);
        Step second = plan(scheduler);
        assertEquals(2, second.size());
        scheduler.fail(first);
        assertEquals(Optional.of(FinishReason.ERROR), a.finishReason());
        assertEquals(Optional.of(FinishReason.ERROR), b.finishReason());
        assertEquals(20, scheduler.stats().numFreeBlocks());
        assertThrows(IllegalStateException.class, () -> scheduler.fail(second));
        assertFalse(scheduler.hasUnfinished());
    }

    @Test
    void aRunIsTakenUpToTheTokenThatEndsIt() {
        Scheduler scheduler = scheduler(20, 1, 4);
        Sequence a = added(scheduler, 5, 9);
        Step step = plan(scheduler);
        assertEquals(1, step.maxRun(0), "a prompt is followed by one token");
        commit(scheduler, step, 7);
        step = plan(scheduler);
        assertEquals(4, step.maxRun(0));
        assertEquals(4, step.totalTokens());
        assertEquals(3, step.numBlocks(0), "positions 5 to 8");
        commit(scheduler, step, 1, 2, 3);
        assertEquals(9, a.numTokens());
        assertEquals(8, a.numComputedTokens());
        step = plan(scheduler);
        assertEquals(8, step.firstPosition(0));
        commit(scheduler, step, 4, EOS, 5);
        assertEquals(2, step.result().numTokens(0));
        assertEquals(EOS, step.result().token(0, 1));
        assertEquals(11, a.numTokens());
        assertEquals(20, scheduler.stats().numFreeBlocks());
    }

    @Test
    void noRunIsLongerThanItsSequenceMayBecome() {
        Scheduler scheduler = scheduler(20, 2, 4);
        Sequence a = added(scheduler, 5, 6);
        commit(scheduler, plan(scheduler), 7);
        Step first = plan(scheduler);
        assertEquals(4, first.maxRun(0));
        Step second = plan(scheduler);
        assertEquals(1, second.maxRun(0), "one and four of six are taken");
        assertEquals(6, second.firstPosition(0), "at the least");
        commit(scheduler, first, 1, 2, 3);
        assertEquals(8, second.firstPosition(0), "as the run turned out");
        assertFalse(plan(scheduler).isEmpty(), "one more token may come after it");
        commit(scheduler, second, 4);
        assertEquals(10, a.numTokens());
        assertEquals(9, a.numComputedTokens());
    }

    @Test
    void aStepWithoutRoomForEverybodysRunIsRefused() {
        SchedulerConfig config = new SchedulerConfig(3, 11, 0, 64, 20, BLOCK, true);
        ConfigurationException refusal =
                assertThrows(
                        ConfigurationException.class,
                        () -> new Scheduler(config, new Pipeline(1, 4)));
        assertTrue(refusal.getMessage().contains("maxBatchedTokens is 11"));
        assertThrows(IllegalArgumentException.class, () -> new Pipeline(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Pipeline(1, 0));
    }
}
