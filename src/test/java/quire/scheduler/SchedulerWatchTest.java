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

class SchedulerWatchTest {

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

    /** Looked at for the first time. */
    private static void assertCells(Scheduler scheduler, int... cells) {
        assertCells(scheduler.watch(), new Picture(), cells);
    }

    private static void assertCells(SchedulerWatch watch, Picture picture, int... cells) {
        picture.take(watch.look().cells());
        assertArrayEquals(cells, picture.cells());
    }

    private static void assertTold(boolean isWhole, Snapshot snapshot, int... blocks) {
        assertEquals(isWhole, snapshot.cells().isWhole());
        assertArrayEquals(blocks, snapshot.cells().blocks());
    }

    @Test
    void nothingIsHeldBeforeAnybodyComes() {
        Snapshot snapshot = scheduler().watch().look();
        assertTold(true, snapshot);
        assertEquals(8, snapshot.cells().numBlocks());
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
    void whatIsAsItWasIsNotToldAgain() {
        Scheduler scheduler = scheduler();
        SchedulerWatch watch = scheduler.watch();
        Picture picture = new Picture();
        added(scheduler, 100, 6);
        commit(scheduler, scheduler.plan(PrefillBudget.UNLIMITED));
        assertCells(watch, picture, 4, 4, 0, 0, 0, 0, 0, 0);
        assertTold(false, watch.look());
        added(scheduler, 100, 6);
        commit(scheduler, scheduler.plan(PrefillBudget.UNLIMITED));
        Snapshot snapshot = watch.look();
        assertTold(false, snapshot, 0, 2);
        picture.take(snapshot.cells());
        assertArrayEquals(new int[] {2, 4, 5, 0, 0, 0, 0, 0}, picture.cells());
    }

    @Test
    void whoseBlockIsSharedNoMoreIsToldToHaveIt() {
        Scheduler scheduler = scheduler();
        SchedulerWatch watch = scheduler.watch();
        Picture picture = new Picture();
        Sequence a = added(scheduler, 100, 6);
        added(scheduler, 100, 6);
        commit(scheduler, scheduler.plan(PrefillBudget.UNLIMITED));
        assertCells(watch, picture, 2, 4, 5, 0, 0, 0, 0, 0);
        scheduler.finish(a, FinishReason.STOP, Optional.empty());
        assertCells(watch, picture, 5, 0, 5, 0, 0, 0, 0, 0);
    }

    @Test
    void everythingIsToldAgainWhereSomebodyElseLookedOrTheWatchEnded() {
        Scheduler scheduler = scheduler();
        added(scheduler, 100, 6);
        commit(scheduler, scheduler.plan(PrefillBudget.UNLIMITED));
        SchedulerWatch one = scheduler.watch();
        SchedulerWatch other = scheduler.watch();
        assertTold(true, one.look(), 0, 1);
        assertTold(true, other.look(), 0, 1);
        one.end();
        assertTold(false, other.look());
        assertTold(true, one.look(), 0, 1);
        one.end();
        assertTold(true, one.look(), 0, 1);
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
        SchedulerWatch watch = scheduler.watch();
        Picture picture = new Picture();
        assertCells(watch, picture, 4, 4, 0, 0, 0, 0, 0, 0);
        scheduler.finish(a, FinishReason.STOP, Optional.empty());
        assertCells(watch, picture, 3, 3, 0, 0, 0, 0, 0, 0);
        commit(scheduler, step);
        assertCells(watch, picture, 1, 0, 0, 0, 0, 0, 0, 0);
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
        Snapshot snapshot = scheduler.watch().look();
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
        Snapshot snapshot = scheduler.watch().look();
        assertEquals(Snapshot.MAX_LISTED, snapshot.waiting().size());
        assertEquals(Snapshot.MAX_LISTED + 3, snapshot.stats().numWaiting());
        assertEquals(5, snapshot.waiting().getFirst().id());
    }
}
