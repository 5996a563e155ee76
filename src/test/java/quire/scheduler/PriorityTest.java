package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;
import quire.sequence.SequenceStatus;

class PriorityTest {

    private static final int BLOCK = 4;

    private long nextId;

    private static Scheduler scheduler(int maxNumSequences, int numBlocks) {
        return new Scheduler(
                new SchedulerConfig(maxNumSequences, 40, 0, 64, numBlocks, BLOCK, true),
                Pipeline.ofDepth(1));
    }

    private Sequence added(Scheduler scheduler, long priority, int promptLength, int maxTokens) {
        int from = (int) nextId * 1000;
        int[] prompt = IntStream.range(from, from + promptLength).toArray();
        SamplingRule rule =
                new SamplingRule(SamplingParams.greedy(maxTokens), EosTokens.of(), 0, 0);
        Sequence sequence = new Sequence(nextId++, prompt, rule, Optional.empty(), priority);
        scheduler.add(sequence);
        return sequence;
    }

    /** Plans a step, commits it, and says who was in it. */
    private static List<Sequence> step(Scheduler scheduler) {
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        List<Sequence> planned = IntStream.range(0, step.size()).mapToObj(step::sequence).toList();
        for (int i = 0; i < step.size(); i++) {
            if (step.samples(i)) {
                step.result().add(i, 7);
            }
        }
        scheduler.commit(step);
        return planned;
    }

    @Test
    void lowerValuesAreServedFirstAndEqualOnesAsTheyCame() {
        Scheduler scheduler = scheduler(1, 20);
        Sequence a = added(scheduler, 5, 3, 1);
        Sequence b = added(scheduler, 0, 3, 1);
        Sequence c = added(scheduler, -2, 3, 1);
        Sequence d = added(scheduler, 0, 3, 1);
        Sequence e = added(scheduler, Long.MIN_VALUE, 3, 1);
        for (Sequence expected : List.of(e, c, b, d, a)) {
            assertEquals(List.of(expected), step(scheduler));
        }
    }

    @Test
    void whoComesLaterWithALowerValueIsComputedBeforeThoseThatRun() {
        Scheduler scheduler = scheduler(4, 20);
        Sequence a = added(scheduler, 1, 3, 9);
        Sequence b = added(scheduler, 1, 3, 9);
        assertEquals(List.of(a, b), step(scheduler));
        Sequence c = added(scheduler, 0, 3, 9);
        assertEquals(List.of(a, b, c), step(scheduler));
        assertEquals(List.of(c, a, b), step(scheduler));
    }

    @Test
    void outOfBlocksTheHighestValueLosesItsBlocksThoughItCameFirst() {
        Scheduler scheduler = scheduler(4, 4);
        Sequence late = added(scheduler, 3, 4, 30);
        Sequence soon = added(scheduler, 1, 4, 6);
        assertEquals(List.of(soon, late), step(scheduler));
        // Each has a block and fills its second one; a third is not there.
        for (int i = 0; i < 4; i++) {
            assertEquals(List.of(soon, late), step(scheduler));
        }
        assertEquals(List.of(soon), step(scheduler));
        assertSame(SequenceStatus.WAITING, late.status());
        assertTrue(soon.isFinished());
        Sequence same = added(scheduler, 3, 4, 1);
        Sequence first = added(scheduler, 2, 4, 1);
        assertEquals(List.of(first, late), step(scheduler), "before those of its own value");
        assertSame(SequenceStatus.WAITING, same.status());
    }

    @Test
    void whoWaitsCanBeEndedWhateverItsPriority() {
        Scheduler scheduler = scheduler(1, 20);
        Sequence a = added(scheduler, 0, 3, 9);
        step(scheduler);
        Sequence b = added(scheduler, 7, 3, 9);
        Sequence c = added(scheduler, 7, 3, 9);
        assertTrue(scheduler.finish(b, FinishReason.ABORT, Optional.empty()));
        assertEquals(1, scheduler.stats().numWaiting());
        assertTrue(scheduler.finish(c, FinishReason.ABORT, Optional.empty()));
        assertEquals(0, scheduler.stats().numWaiting());
        assertEquals(List.of(a), step(scheduler));
    }
}
