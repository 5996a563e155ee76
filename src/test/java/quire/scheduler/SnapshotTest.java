package quire.scheduler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import quire.sampling.EosTokens;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.scheduler.Snapshot.Member;
import quire.sequence.FinishReason;
import quire.sequence.Sequence;

class SnapshotTest {

    private static final int BLOCK = 4;

    private long nextId = 5;

    /** Two sequences at most, 8 blocks. */
    private static Scheduler scheduler() {
        return new Scheduler(
                new SchedulerConfig(2, 40, 0, 64, 8, BLOCK, true), Pipeline.ofDepth(1));
    }

    private Sequence added(Scheduler scheduler, int firstToken, int promptLength) {
        int[] prompt = IntStream.range(firstToken, firstToken + promptLength).toArray();
        SamplingRule rule = new SamplingRule(SamplingParams.greedy(8), EosTokens.of(), 0, 0);
        Sequence sequence = new Sequence(nextId++, prompt, rule);
        scheduler.add(sequence);
        return sequence;
    }

    private static void commit(Scheduler scheduler, Step step) {
        for (int i = 0; i < step.size(); i++) {
            if (step.samples(i)) {
                step.result().add(i, 7);
            }
        }
        scheduler.commit(step);
    }

    private static void assertCells(Scheduler scheduler, int... cells) {
        assertArrayEquals(cells, scheduler.snapshot().cells());
    }

    @Test
    void nothingIsHeldBeforeAnybodyComes() {
        Snapshot snapshot = scheduler().snapshot();
        assertArrayEquals(new int[8], snapshot.cells());
        assertEquals(0, snapshot.running().size() + snapshot.waiting().size());
    }

    @Test
    void blocksAreThoseOfTheirSequencesAndSharedOnesOfNobody() {
        Scheduler scheduler = scheduler();
        added(scheduler, 100, 6);
        commit(scheduler, scheduler.plan(PrefillBudget.UNLIMITED));
        assertCells(scheduler, 4, 4, 0, 0, 0, 0, 0, 0);
        added(scheduler, 100, 6);
        commit(scheduler, scheduler.plan(PrefillBudget.UNLIMITED));
        assertCells(scheduler, 2, 4, 5, 0, 0, 0, 0, 0);
    }

    @Test
    void whatAFinishedSequenceLeavesIsCachedWhereItsBlocksWereFull() {
        Scheduler scheduler = scheduler();
        Sequence a = added(scheduler, 100, 6);
        commit(scheduler, scheduler.plan(PrefillBudget.UNLIMITED));
        scheduler.finish(a, FinishReason.STOP, Optional.empty());
        assertCells(scheduler, 1, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void sequenceThatEndsDuringAStepHoldsItsBlocksUntilThatIsBack() {
        Scheduler scheduler = scheduler();
        Sequence a = added(scheduler, 100, 6);
        Step step = scheduler.plan(PrefillBudget.UNLIMITED);
        scheduler.finish(a, FinishReason.STOP, Optional.empty());
        assertCells(scheduler, 3, 3, 0, 0, 0, 0, 0, 0);
        commit(scheduler, step);
        assertCells(scheduler, 1, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void membersAreToldInTheirOrderWithTheirLengths() {
        Scheduler scheduler = scheduler();
        added(scheduler, 100, 6);
        commit(scheduler, scheduler.plan(PrefillBudget.UNLIMITED));
        added(scheduler, 100, 7);
        added(scheduler, 300, 3);
        added(scheduler, 400, 2);
        commit(scheduler, scheduler.plan(PrefillBudget.UNLIMITED));
        Snapshot snapshot = scheduler.snapshot();
        assertEquals(
                List.of(new Member(5, 0, 6, 2, 0, 7, 2), new Member(6, 1, 7, 1, 4, 7, 2)),
                snapshot.running());
        assertEquals(
                List.of(new Member(7, -1, 3, 0, 0, 0, 0), new Member(8, -1, 2, 0, 0, 0, 0)),
                snapshot.waiting());
        assertEquals(2, snapshot.stats().numWaiting());
    }

    @Test
    void noMoreAreListedThanALook() {
        Scheduler scheduler = scheduler();
        for (int i = 0; i < Snapshot.MAX_LISTED + 3; i++) {
            added(scheduler, 100, 3);
        }
        Snapshot snapshot = scheduler.snapshot();
        assertEquals(Snapshot.MAX_LISTED, snapshot.waiting().size());
        assertEquals(Snapshot.MAX_LISTED + 3, snapshot.stats().numWaiting());
        assertEquals(5, snapshot.waiting().getFirst().id());
    }
}
