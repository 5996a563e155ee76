package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.error.ConfigurationException;
import quire.error.InvalidRequestException;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;
import quire.sampling.SamplingRule;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;
import quire.sequence.StopReason;

class SchedulerTest {

    private static final int BLOCK = 4;
    private static final int EOS = 99;
    private static final int STOP_TOKEN = 77;

    private long nextId;

    /** At most 4 sequences and 10 tokens a step, 64 tokens a sequence. */
    private static Scheduler scheduler(int numBlocks) {
        return new Scheduler(
                new SchedulerConfig(4, 10, 0, 64, numBlocks, BLOCK, true), Pipeline.ofDepth(1));
    }

    private Sequence sequence(int[] prompt, SamplingParams params) {
        SamplingRule state = new SamplingRule(params, EosTokens.of(EOS), 0, 0);
        return new Sequence(nextId++, prompt, state);
    }

    /** A prompt that shares no block with any other sequence's. */
    private Sequence sequence(int promptLength, int maxTokens) {
        int from = (int) nextId * 1000 + 100;
        int[] prompt = IntStream.range(from, from + promptLength).toArray();
        return sequence(prompt, SamplingParams.greedy(maxTokens));
    }

    private Sequence added(Scheduler scheduler, int promptLength, int maxTokens) {
        Sequence sequence = sequence(promptLength, maxTokens);
        scheduler.add(sequence);
        return sequence;
    }

    /** Plans a step and commits it with this token for everybody who samples. */
    private static Step step(Scheduler scheduler, int token) {
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        commit(scheduler, step, token);
        return step;
    }

    private static void commit(Scheduler scheduler, Step step, int token) {
        for (int i = 0; i < step.size(); i++) {
            if (step.samples(i)) {
                step.result().add(i, token);
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

    @Test
    void withoutSequencesTheStepIsEmptyAndIsNotCommitted() {
        Scheduler scheduler = scheduler(10);
        assertTrue(scheduler.plan(PrefillBudget.UNLIMITED).isEmpty());
        assertTrue(scheduler.plan(PrefillBudget.UNLIMITED).isEmpty());
        assertFalse(scheduler.hasUnfinished());
    }

    @Test
    void promptIsComputedAtOnceAndSamplesItsFirstToken() {
        Scheduler scheduler = scheduler(10);
        Sequence a = added(scheduler, 5, 3);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertPlanned(step, a, 5);
        assertEquals(0, step.firstPosition(0));
        assertTrue(step.samples(0));
        commit(scheduler, step, 7);
        assertEquals(7, step.result().token(0, 0));
        assertEquals(5, a.numComputedTokens());
        assertEquals(6, a.numTokens());
        assertEquals(1, a.numOutputTokens());
    }

    @Test
    void decodeComputesOneTokenAtTheNextPosition() {
        Scheduler scheduler = scheduler(10);
        Sequence a = added(scheduler, 5, 3);
        step(scheduler, 7);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertPlanned(step, a, 1);
        assertEquals(5, step.firstPosition(0));
    }

    @Test
    void longPromptIsChunkedToTheBudgetAndSamplesOnlyAtItsEnd() {
        Scheduler scheduler = scheduler(10);
        Sequence a = added(scheduler, 23, 3);
        assertFalse(chunk(scheduler, a, 0, 10).samples(0));
        assertFalse(chunk(scheduler, a, 10, 10).samples(0));
        assertTrue(chunk(scheduler, a, 20, 3).samples(0));
        assertEquals(24, a.numTokens());
    }

    private static Step chunk(Scheduler scheduler, Sequence a, int first, int count) {
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertPlanned(step, a, count);
        assertEquals(first, step.firstPosition(0));
        commit(scheduler, step, 7);
        return step;
    }

    @Test
    void runningSequencesComeFirstAndWaitingOnesGetWhatIsLeftOfTheBudget() {
        Scheduler scheduler = scheduler(20);
        Sequence a = added(scheduler, 4, 9);
        step(scheduler, 7);
        Sequence b = added(scheduler, 7, 9);
        Sequence c = added(scheduler, 8, 9);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertPlanned(step, a, 1, b, 7, c, 2);
        assertEquals(10, step.totalTokens());
        assertTrue(step.samples(0) && step.samples(1) && !step.samples(2));
        commit(scheduler, step, 7);
        assertPlanned(scheduler.plan(PrefillBudget.UNLIMITED), a, 1, b, 1, c, 6);
    }

    @Test
    void noMoreSequencesRunThanAllowed() {
        Scheduler scheduler = scheduler(20);
        IntStream.range(0, 5).forEach(i -> added(scheduler, 1, 9));
        assertEquals(4, step(scheduler, 7).size());
        assertEquals(1, scheduler.stats().numWaiting());
        assertEquals(4, scheduler.stats().numRunning());
    }

    @Test
    void longPrefillThresholdLeavesBudgetForOthers() {
        Scheduler scheduler =
                new Scheduler(
                        new SchedulerConfig(4, 10, 6, 64, 20, BLOCK, true), Pipeline.ofDepth(1));
        Sequence a = added(scheduler, 20, 9);
        Sequence b = added(scheduler, 3, 9);
        Sequence c = added(scheduler, 3, 9);
        assertPlanned(step(scheduler, 7), a, 6, b, 3, c, 1);
    }

    @Test
    void outOfBlocksTheLastAdmittedGoesToTheFrontOfWaitingWithItsTokens() {
        Scheduler scheduler = scheduler(4);
        Sequence a = added(scheduler, 4, 9);
        Sequence b = added(scheduler, 4, 9);
        step(scheduler, 7);
        Sequence c = added(scheduler, 12, 9);
        step(scheduler, 7);
        step(scheduler, 7);
        step(scheduler, 7);
        step(scheduler, 7);
        assertEquals(SequenceStatus.WAITING, c.status());
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertPlanned(step, a, 1);
        assertEquals(1, step.numPreempted());
        assertEquals(SequenceStatus.WAITING, b.status());
        assertEquals(0, b.blockTable().size());
        assertEquals(0, b.numComputedTokens());
        assertEquals(5, b.numOutputTokens());
        assertEquals(1, b.numPreemptions());
        assertEquals(1, scheduler.stats().numPreemptions());
        commit(scheduler, step, EOS);
        assertSame(b, scheduler.plan(PrefillBudget.UNLIMITED).sequence(0), "b is before c");
    }

    @Test
    void nothingIsAdmittedInAStepThatPreempted() {
        Scheduler scheduler =
                new Scheduler(
                        new SchedulerConfig(4, 10, 0, 64, 4, BLOCK, false), Pipeline.ofDepth(1));
        Sequence a = added(scheduler, 8, 9);
        Sequence b = added(scheduler, 7, 9);
        step(scheduler, 7);
        Sequence c = added(scheduler, 1, 9);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertPlanned(step, a, 1);
        assertEquals(1, step.numPreempted());
        assertEquals(SequenceStatus.WAITING, b.status());
        assertEquals(SequenceStatus.WAITING, c.status(), "it would fit");
    }

    @Test
    void preemptedSequenceFindsItsOwnBlocksAgain() {
        Scheduler scheduler = scheduler(4);
        Sequence a = added(scheduler, 4, 9);
        Sequence b = added(scheduler, 5, 9);
        while (b.numPreemptions() == 0) {
            step(scheduler, 7);
        }
        abort(scheduler, a);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertSame(b, step.sequence(0));
        assertTrue(step.firstPosition(0) >= 4);
        assertEquals(
                0, b.numCachedTokens(), "only what the first admission found counts as cached");
    }

    @Test
    void equalPromptsOfOneStepAreComputedOnce() {
        Scheduler scheduler = scheduler(20);
        int[] prompt = IntStream.range(0, 9).toArray();
        Sequence a = sequence(prompt, SamplingParams.greedy(9));
        Sequence b = sequence(prompt, SamplingParams.greedy(9));
        scheduler.add(a);
        scheduler.add(b);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertPlanned(step, a, 9, b, 1);
        assertEquals(8, step.firstPosition(1));
        assertEquals(8, b.numCachedTokens());
        assertEquals(0, a.numCachedTokens());
        assertEquals(18, scheduler.stats().prefixQueries());
        assertEquals(8, scheduler.stats().prefixHits());
    }

    @Test
    void failedStepEndsItsSequencesWithAnErrorAndLeavesNothingInThePrefixCache() {
        Scheduler scheduler = scheduler(20);
        int[] prompt = IntStream.range(0, 9).toArray();
        Sequence a = sequence(prompt, SamplingParams.greedy(9));
        scheduler.add(a);
        Sequence waits = added(scheduler, 30, 1);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertEquals(2, step.size());
        scheduler.fail(step);
        assertEquals(Optional.of(FinishReason.ERROR), a.finishReason());
        assertEquals(Optional.of(FinishReason.ERROR), waits.finishReason());
        assertEquals(20, scheduler.stats().numFreeBlocks());
        Sequence b = sequence(prompt, SamplingParams.greedy(9));
        scheduler.add(b);
        assertEquals(0, scheduler.plan(PrefillBudget.UNLIMITED).firstPosition(0));
    }

    @Test
    void tokenThatCouldNotBeSampledEndsTheSequenceWithAnError() {
        Scheduler scheduler = scheduler(20);
        Sequence a = added(scheduler, 3, 9);
        Sequence b = added(scheduler, 3, 9);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        step.result().add(1, 7);
        scheduler.commit(step);
        assertEquals(Optional.of(FinishReason.ERROR), a.finishReason());
        assertEquals(0, step.result().numTokens(0));
        assertEquals(0, a.numOutputTokens());
        assertFalse(b.isFinished());
        assertEquals(1, scheduler.stats().numRunning());
    }

    @Test
    void eosEndsTheSequenceAndIsItsLastToken() {
        Scheduler scheduler = scheduler(20);
        Sequence a = added(scheduler, 3, 9);
        Step step = step(scheduler, EOS);
        assertEquals(Optional.of(FinishReason.STOP), a.finishReason());
        assertEquals(Optional.empty(), a.stopReason());
        assertEquals(EOS, step.result().token(0, 0));
        assertEquals(1, a.numOutputTokens());
        assertEquals(20, scheduler.stats().numFreeBlocks());
        assertFalse(scheduler.hasUnfinished());
    }

    private Sequence after(SamplingParamsBuilder params, int... tokens) {
        Scheduler scheduler = scheduler(20);
        Sequence a = sequence(new int[] {1, 2, 3}, params.build());
        scheduler.add(a);
        for (int token : tokens) {
            assertFalse(a.isFinished());
            step(scheduler, token);
        }
        return a;
    }

    private static SamplingParamsBuilder params() {
        return SamplingParams.builder().maxTokens(4);
    }

    @Test
    void ignoredEosGoesOnUntilTheLength() {
        Sequence a = after(params().ignoreEos(true), EOS, EOS, EOS, EOS);
        assertEquals(Optional.of(FinishReason.LENGTH), a.finishReason());
    }

    @Test
    void ignoringEosDoesNotIgnoreStopTokens() {
        Sequence a =
                after(params().ignoreEos(true).stopTokenIds(List.of(STOP_TOKEN)), EOS, STOP_TOKEN);
        assertEquals(Optional.of(FinishReason.STOP), a.finishReason());
        assertEquals(Optional.of(new StopReason.Token(STOP_TOKEN)), a.stopReason());
    }

    @Test
    void maxTokensEndTheSequenceWithLength() {
        assertFalse(after(params(), 5, 5, 5).isFinished());
        assertEquals(Optional.of(FinishReason.LENGTH), after(params(), 5, 5, 5, 5).finishReason());
    }

    @Test
    void eosAsTheLastAllowedTokenCountsAsStop() {
        assertEquals(Optional.of(FinishReason.STOP), after(params(), 5, 5, 5, EOS).finishReason());
    }

    @Test
    void beforeMinTokensNeitherEosNorStopTokensEndTheSequence() {
        SamplingParamsBuilder params = params().minTokens(3).stopTokenIds(List.of(STOP_TOKEN));
        assertFalse(after(params, EOS, STOP_TOKEN).isFinished());
        assertTrue(after(params, EOS, STOP_TOKEN, EOS).isFinished());
    }

    @Test
    void modelLengthEndsTheSequence() {
        Scheduler scheduler =
                new Scheduler(
                        new SchedulerConfig(4, 10, 0, 8, 20, BLOCK, true), Pipeline.ofDepth(1));
        Sequence a = added(scheduler, 7, 100);
        Sequence b = added(scheduler, 6, 100);
        step(scheduler, 5);
        assertEquals(Optional.of(FinishReason.LENGTH), a.finishReason());
        assertEquals(8, a.numTokens());
        assertFalse(b.isFinished());
    }

    @Test
    void sequenceThatFillsTheWholePoolEndsWithLength() {
        Scheduler scheduler = scheduler(2);
        Sequence a = added(scheduler, 7, 100);
        step(scheduler, 5);
        assertFalse(a.isFinished());
        step(scheduler, 5);
        assertEquals(Optional.of(FinishReason.LENGTH), a.finishReason());
        assertEquals(9, a.numTokens(), "eight in the cache, and the last one needs no room");
        assertEquals(9, scheduler.maxLength());
    }

    @Test
    void promptOfTheModelLengthIsRefusedWithBothNumbers() {
        Scheduler scheduler = scheduler(20);
        scheduler.add(sequence(63, 1));
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> scheduler.add(sequence(64, 1)));
        assertEquals("context_length_exceeded", refusal.code());
        assertTrue(refusal.getMessage().contains("64 tokens"), refusal.getMessage());
    }

    @Test
    void promptLargerThanThePoolIsRefusedWithBothNumbers() {
        Scheduler scheduler = scheduler(3);
        scheduler.add(sequence(12, 1));
        InvalidRequestException refusal =
                assertThrows(InvalidRequestException.class, () -> scheduler.add(sequence(13, 1)));
        assertTrue(refusal.getMessage().contains("13 tokens"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("room for 12"), refusal.getMessage());
    }

    @Test
    void waitingSequenceIsAbortedAtOnce() {
        Scheduler scheduler = scheduler(20);
        Sequence a = added(scheduler, 3, 9);
        Sequence b = added(scheduler, 3, 9);
        assertTrue(abort(scheduler, a));
        assertEquals(Optional.of(FinishReason.ABORT), a.finishReason());
        assertPlanned(scheduler.plan(PrefillBudget.UNLIMITED), b, 3);
    }

    @Test
    void sequenceAbortedBetweenPlanAndCommitKeepsItsBlocksUntilTheCommitDropsItsToken() {
        Scheduler scheduler = scheduler(20);
        Sequence a = added(scheduler, 5, 9);
        Sequence b = added(scheduler, 3, 9);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertTrue(abort(scheduler, a));
        assertEquals(2, a.blockTable().size());
        assertEquals(17, scheduler.stats().numFreeBlocks());
        commit(scheduler, step, 7);
        assertEquals(0, step.result().numTokens(0));
        assertEquals(7, step.result().token(1, 0));
        assertEquals(0, a.numOutputTokens());
        assertEquals(0, a.blockTable().size());
        assertEquals(19, scheduler.stats().numFreeBlocks());
        assertPlanned(scheduler.plan(PrefillBudget.UNLIMITED), b, 1);
    }

    @Test
    void stopStringEndsASequenceWithTheStringAsReason() {
        Scheduler scheduler = scheduler(20);
        Sequence a = added(scheduler, 5, 9);
        step(scheduler, 7);
        assertTrue(scheduler.finish(a, FinishReason.STOP, Optional.of(new StopReason.Text("###"))));
        assertEquals(Optional.of(new StopReason.Text("###")), a.stopReason());
        assertEquals(20, scheduler.stats().numFreeBlocks());
        assertFalse(scheduler.hasUnfinished());
    }

    @Test
    void sequenceEndsOnlyOnce() {
        Scheduler scheduler = scheduler(20);
        Sequence a = added(scheduler, 5, 1);
        step(scheduler, 7);
        assertFalse(abort(scheduler, a));
        assertEquals(Optional.of(FinishReason.LENGTH), a.finishReason());
    }

    @Test
    void whatAnAbortedSequenceComputedIsFoundByOthers() {
        Scheduler scheduler = scheduler(20);
        int[] prompt = IntStream.range(0, 9).toArray();
        Sequence a = sequence(prompt, SamplingParams.greedy(9));
        scheduler.add(a);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        abort(scheduler, a);
        commit(scheduler, step, 7);
        scheduler.add(sequence(prompt, SamplingParams.greedy(9)));
        assertEquals(8, scheduler.plan(PrefillBudget.UNLIMITED).firstPosition(0));
    }

    @Test
    void stepStaysReadableWhileTheNextOneIsPlanned() {
        Scheduler scheduler = scheduler(20);
        Sequence a = added(scheduler, 5, 9);
        Step first = step(scheduler, 7);
        Step second = scheduler.plan(PrefillBudget.UNLIMITED);
        assertNotSame(first, second);
        assertSame(a, first.sequence(0));
        assertEquals(7, first.result().token(0, 0));
        commit(scheduler, second, 8);
        assertSame(first, scheduler.plan(PrefillBudget.UNLIMITED), "two steps serve for ever");
    }

    @Test
    void planAndCommitAlternate() {
        Scheduler scheduler = scheduler(20);
        added(scheduler, 5, 9);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        assertThrows(IllegalStateException.class, () -> scheduler.plan(PrefillBudget.UNLIMITED));
        commit(scheduler, step, 7);
        assertThrows(IllegalStateException.class, () -> scheduler.commit(step));
        assertThrows(IllegalStateException.class, () -> scheduler.fail(step));
    }

    @Test
    void sequenceIsAddedOnceAndKnownBeforeItEnds() {
        Scheduler scheduler = scheduler(20);
        Sequence a = added(scheduler, 5, 9);
        step(scheduler, 7);
        assertThrows(IllegalStateException.class, () -> scheduler.add(a));
        assertThrows(IllegalStateException.class, () -> abort(scheduler, sequence(1, 1)));
    }

    @Test
    void statsCountWhatRunsWaitsAndIsHeld() {
        Scheduler scheduler = scheduler(4);
        added(scheduler, 5, 9);
        added(scheduler, 9, 9);
        step(scheduler, 7);
        SchedulerStats stats = scheduler.stats();
        assertEquals(2, stats.numRunning());
        assertEquals(0, stats.numWaiting());
        assertEquals(0, stats.numFreeBlocks());
        assertEquals(1.0, stats.cacheUsage());
    }

    @Test
    void budgetThatCannotServeEverySequenceIsRefused() {
        new SchedulerConfig(4, 4, 0, 64, 1, 1, true);
        ConfigurationException refusal =
                assertThrows(
                        ConfigurationException.class,
                        () -> new SchedulerConfig(5, 4, 0, 64, 1, 1, true));
        assertTrue(refusal.getMessage().contains("maxBatchedTokens is 4"), refusal.getMessage());
        assertThrows(
                ConfigurationException.class, () -> new SchedulerConfig(0, 4, 0, 64, 1, 1, true));
        assertThrows(
                ConfigurationException.class, () -> new SchedulerConfig(1, 4, -1, 64, 1, 1, true));
    }

    private static boolean abort(Scheduler scheduler, Sequence sequence) {
        return scheduler.finish(sequence, FinishReason.ABORT, Optional.empty());
    }
}
