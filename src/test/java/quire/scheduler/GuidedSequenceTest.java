package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sampling.TokenMask;
import quire.sequence.FinishReason;
import quire.sequence.Guide;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;

/** A guide that is late, that forces tokens, that ends. */
class GuidedSequenceTest {

    private static final int BLOCK = 4;
    private static final int EOS = 99;

    private final GuideInHand hand = new GuideInHand();
    private long nextId;

    private static Scheduler scheduler(int numBlocks, int depth) {
        return new Scheduler(
                new SchedulerConfig(4, 32, 0, 64, numBlocks, BLOCK, true), Pipeline.ofDepth(depth));
    }

    private Sequence sequence(int promptLength, int maxTokens) {
        int from = (int) nextId * 1000 + 100;
        int[] prompt = IntStream.range(from, from + promptLength).toArray();
        SamplingParams params = SamplingParams.greedy(maxTokens);
        return new Sequence(nextId++, prompt, new SamplingRule(params, EosTokens.of(EOS), 0, 0));
    }

    private Sequence guided(Scheduler scheduler, int promptLength, int maxTokens) {
        Sequence sequence = sequence(promptLength, maxTokens);
        sequence.follow(hand);
        scheduler.add(sequence);
        return sequence;
    }

    private static Step plan(Scheduler scheduler) {
        return scheduler.plan(PrefillBudget.UNLIMITED);
    }

    private static void commit(Scheduler scheduler, Step step, int token) {
        for (int i = 0; i < step.size(); i++) {
            if (step.samples(i) && step.sequence(i).guide().words() == TokenMask.NOT_READY) {
                step.result().sitOut(i);
            } else if (step.samples(i)) {
                step.result().add(i, token);
            }
        }
        scheduler.commit(step);
    }

    private static void step(Scheduler scheduler, int token) {
        commit(scheduler, plan(scheduler), token);
    }

    private static int[] output(Sequence sequence) {
        return Arrays.copyOfRange(
                sequence.tokenIds(), sequence.numPromptTokens(), sequence.numTokens());
    }

    @Test
    void whoHasNoMaskSitsOutUntilItsGuideCallsAndOthersGoOn() {
        Scheduler scheduler = scheduler(20, 1);
        Sequence late = guided(scheduler, 4, 9);
        Sequence other = sequence(4, 9);
        scheduler.add(other);
        step(scheduler, 7);
        hand.late();
        step(scheduler, 8);
        assertArrayEquals(new int[] {7}, output(late));
        assertArrayEquals(new int[] {7, 8}, output(other));
        assertTrue(late.isSittingOut() && hand.calls);
        Step alone = plan(scheduler);
        assertEquals(1, alone.size());
        assertEquals(1, alone.numDecoding());
        commit(scheduler, alone, 9);
        hand.done();
        scheduler.resume(late);
        Step both = plan(scheduler);
        assertEquals(2, both.size());
        assertEquals(4, both.firstPosition(0), "the last token again, for its logits");
        assertEquals(1, both.numTokens(0));
        commit(scheduler, both, 10);
        assertArrayEquals(new int[] {7, 10}, output(late));
        assertEquals(5, late.numComputedTokens());
    }

    @Test
    void promptThatIsScoredIsComputedBeforeItsGuideIsHeardOf() {
        Scheduler scheduler = scheduler(20, 1);
        SamplingParams params = SamplingParams.greedy(3).toBuilder().promptLogprobs(0).build();
        SamplingRule rule = new SamplingRule(params, EosTokens.of(EOS), 0, 0);
        Sequence scored = new Sequence(nextId++, new int[] {1, 2, 3}, rule);
        scored.follow(hand);
        hand.forced = new int[] {5};
        hand.progress = Guide.Progress.ENDED;
        scheduler.add(scored);
        Step prompt = plan(scheduler);
        assertEquals(2, prompt.numScored(0));
        commit(scheduler, prompt, 9);
        assertArrayEquals(new int[] {5}, output(scored));
        assertTrue(scored.isFinished());
        assertFalse(scheduler.hasUnfinished());
    }

    @Test
    void aloneTheStepIsEmptyUntilTheGuideCalls() {
        Scheduler scheduler = scheduler(20, 1);
        Sequence late = guided(scheduler, 4, 9);
        hand.late();
        step(scheduler, 7);
        assertTrue(plan(scheduler).isEmpty());
        assertTrue(scheduler.hasUnfinished());
        hand.done();
        scheduler.resume(late);
        Step again = plan(scheduler);
        assertEquals(3, again.firstPosition(0), "the last token of the prompt");
        commit(scheduler, again, 7);
        assertArrayEquals(new int[] {7}, output(late));
    }

    @Test
    void guideThatIsDoneWhenTheStepIsBackIsNotWaitedFor() {
        Scheduler scheduler = scheduler(20, 1);
        Sequence late = guided(scheduler, 4, 9);
        hand.late();
        Step step = plan(scheduler);
        step.result().sitOut(0);
        hand.done();
        scheduler.commit(step);
        assertFalse(late.isSittingOut());
        step(scheduler, 7);
        assertArrayEquals(new int[] {7}, output(late));
    }

    @Test
    void forcedTokensAreComputedTogetherInTheNextStep() {
        Scheduler scheduler = scheduler(20, 1);
        Sequence a = guided(scheduler, 4, 9);
        Step first = plan(scheduler);
        first.result().add(0, 7);
        hand.forced = new int[] {20, 21, 22};
        scheduler.commit(first);
        assertEquals(1, first.result().numTokens(0), "one was sampled");
        assertArrayEquals(new int[] {7, 20, 21, 22}, output(a));
        Step chunk = plan(scheduler);
        assertEquals(4, chunk.numTokens(0));
        assertTrue(chunk.samples(0));
        commit(scheduler, chunk, 8);
        assertArrayEquals(new int[] {7, 20, 21, 22, 8}, output(a));
        assertEquals(8, a.numComputedTokens());
    }

    @Test
    void lateForcedTokensComeInsteadOfASampledOne() {
        Scheduler scheduler = scheduler(20, 1);
        Sequence a = guided(scheduler, 4, 9);
        step(scheduler, 7);
        Step step = plan(scheduler);
        hand.forced = new int[] {20, 21};
        commit(scheduler, step, 8);
        assertArrayEquals(new int[] {7, 20, 21}, output(a));
        assertEquals(5, a.numComputedTokens(), "nothing is computed twice");
        assertEquals(2, plan(scheduler).numTokens(0));
    }

    @Test
    void forcedTokensBeforeTheFirstStepAreComputedWithThePrompt() {
        Scheduler scheduler = scheduler(20, 1);
        hand.forced = new int[] {20, 21};
        Sequence a = guided(scheduler, 4, 9);
        Step step = plan(scheduler);
        assertEquals(6, step.numTokens(0));
        commit(scheduler, step, 8);
        assertArrayEquals(new int[] {20, 21, 8}, output(a));
    }

    @Test
    void nothingCanFollowSoThatNoOtherStepIsNeeded() {
        Scheduler scheduler = scheduler(20, 1);
        Sequence a = guided(scheduler, 4, 9);
        Step step = plan(scheduler);
        step.result().add(0, 7);
        hand.forced = new int[] {20};
        hand.progress = Guide.Progress.ENDED;
        scheduler.commit(step);
        assertArrayEquals(new int[] {7, 20}, output(a));
        assertEquals(Optional.of(FinishReason.STOP), a.finishReason());
        assertFalse(a.isEndedByToken());
        assertEquals(20, scheduler.stats().numFreeBlocks());
    }

    @Test
    void nothingCanComeAtAll() {
        Scheduler scheduler = scheduler(20, 1);
        hand.progress = Guide.Progress.ENDED;
        Sequence a = guided(scheduler, 4, 9);
        assertEquals(Optional.of(FinishReason.STOP), a.finishReason());
        assertFalse(scheduler.hasUnfinished());
    }

    @Test
    void guideThatCallsWithTheEndGivesBackTheBlocks() {
        for (Guide.Progress end :
                new Guide.Progress[] {Guide.Progress.ENDED, Guide.Progress.FAILED}) {
            Scheduler scheduler = scheduler(20, 1);
            Sequence a = guided(scheduler, 4, 9);
            hand.late();
            step(scheduler, 7);
            hand.done();
            hand.progress = end;
            scheduler.resume(a);
            boolean failed = end == Guide.Progress.FAILED;
            assertSame(
                    failed ? FinishReason.ERROR : FinishReason.STOP,
                    a.finishReason().orElseThrow());
            assertEquals(20, scheduler.stats().numFreeBlocks());
            assertFalse(scheduler.hasUnfinished());
            hand.done();
        }
    }

    @Test
    void forcedTokensGoNoFurtherThanTheRequestAndTheModel() {
        Scheduler scheduler = scheduler(20, 1);
        Sequence a = guided(scheduler, 4, 3);
        Step step = plan(scheduler);
        step.result().add(0, 7);
        hand.forced = new int[] {20, 21, 22, 23};
        hand.progress = Guide.Progress.ENDED;
        scheduler.commit(step);
        assertArrayEquals(new int[] {7, 20, 21}, output(a));
        assertEquals(Optional.of(FinishReason.LENGTH), a.finishReason());
    }

    @Test
    void whoIsPreemptedAmongForcedTokensIsComputedAgainWithAllOfThem() {
        Scheduler scheduler = scheduler(4, 1);
        Sequence first = sequence(7, 12);
        scheduler.add(first);
        Sequence a = guided(scheduler, 4, 9);
        Step step = plan(scheduler);
        step.result().add(0, 7);
        step.result().add(1, 7);
        hand.forced = IntStream.range(20, 25).toArray();
        scheduler.commit(step);
        Step without = plan(scheduler);
        assertEquals(1, without.numPreempted());
        assertSame(SequenceStatus.WAITING, a.status());
        assertArrayEquals(new int[] {7, 20, 21, 22, 23, 24}, output(a));
        commit(scheduler, without, 8);
        scheduler.finish(first, FinishReason.ABORT, Optional.empty());
        Step again = plan(scheduler);
        assertEquals(a.numTokens(), again.firstPosition(0) + again.numTokens(0));
        commit(scheduler, again, 9);
        assertArrayEquals(new int[] {7, 20, 21, 22, 23, 24, 9}, output(a));
    }

    @Test
    void whoSitsOutAndIsPreemptedNeedsNoCall() {
        Scheduler scheduler = scheduler(4, 1);
        Sequence first = sequence(7, 12);
        scheduler.add(first);
        Sequence a = guided(scheduler, 7, 9);
        hand.late();
        step(scheduler, 7);
        assertTrue(a.isSittingOut());
        step(scheduler, 7);
        step(scheduler, 7);
        assertSame(SequenceStatus.WAITING, a.status());
        assertFalse(a.isSittingOut());
        scheduler.finish(first, FinishReason.ABORT, Optional.empty());
        hand.done();
        scheduler.resume(a);
        step(scheduler, 9);
        assertArrayEquals(new int[] {9}, output(a));
    }

    @Test
    void guidedSequenceIsNotPlannedBehindItsPendingToken() {
        Scheduler scheduler = scheduler(20, 3);
        Sequence a = guided(scheduler, 4, 9);
        Sequence other = sequence(4, 9);
        scheduler.add(other);
        Step one = plan(scheduler);
        Step two = plan(scheduler);
        assertEquals(2, one.size());
        assertEquals(1, two.size());
        assertSame(other, two.sequence(0));
        commit(scheduler, one, 7);
        Step three = plan(scheduler);
        assertEquals(2, three.size());
        assertFalse(three.isPending(0));
        assertEquals(4, three.firstPosition(0));
        assertSame(a, three.sequence(0));
    }
}
