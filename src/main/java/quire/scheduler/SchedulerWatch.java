package quire.scheduler;

import java.util.Arrays;
import java.util.function.Supplier;
import quire.kvcache.BlockManager;
import quire.scheduler.Snapshot.Cells;
import quire.scheduler.Snapshot.Member;
import quire.sequence.BlockTable;
import quire.thread.Owner;

/**
 * Watches who holds what. The first look tells everything, the next ones which blocks are not what
 * they were: such a look costs by the blocks that changed hands since and by those that running
 * sequences hold, not by the size of the pool. Where somebody else looked meanwhile it tells
 * everything again. On the scheduler's thread.
 */
public final class SchedulerWatch {

    private final Owner owner;
    private final Supplier<SchedulerStats> stats;
    private final BlockManager blocks;
    private final RunningSequences running;
    private final WaitingSequences waiting;

    /** What each block is. */
    private int[] cells = {};

    SchedulerWatch(
            Owner owner,
            Supplier<SchedulerStats> stats,
            BlockManager blocks,
            RunningSequences running,
            WaitingSequences waiting) {
        this.owner = owner;
        this.stats = stats;
        this.blocks = blocks;
        this.running = running;
        this.waiting = waiting;
    }

    /** Begins to watch, or goes on. */
    public Snapshot look() {
        owner.check();
        boolean begins = blocks.changes().begin(this);
        int[] changed = begins ? begin() : blocks.changes().take();
        for (int block : changed) {
            cells[block] = withoutOwner(block);
        }
        nameOwners();
        int[] now = new int[changed.length];
        for (int i = 0; i < now.length; i++) {
            now[i] = cells[changed[i]];
        }
        return new Snapshot(
                stats.get(),
                new Cells(blocks.numBlocks(), begins, changed, now),
                running.first(Snapshot.MAX_LISTED).map(Member::of).toList(),
                waiting.first(Snapshot.MAX_LISTED).map(Member::of).toList());
    }

    /** Watches no more: nothing is noted for it. */
    public void end() {
        owner.check();
        blocks.changes().end(this);
    }

    /** Returns the blocks that are not free. */
    private int[] begin() {
        cells = new int[blocks.numBlocks()];
        int[] found = new int[cells.length];
        int size = 0;
        for (int block = 0; block < cells.length; block++) {
            if (withoutOwner(block) != Snapshot.FREE) {
                found[size++] = block;
            }
        }
        return Arrays.copyOf(found, size);
    }

    private int withoutOwner(int block) {
        int references = blocks.references(block);
        if (references > 0) {
            return references > 1 ? Snapshot.SHARED : Snapshot.LEAVING;
        }
        return blocks.isFindable(block) ? Snapshot.CACHED : Snapshot.FREE;
    }

    /** A block with one holder is that sequence's, where it runs. */
    private void nameOwners() {
        for (int i = 0; i < running.size(); i++) {
            BlockTable table = running.get(i).blockTable();
            for (int j = 0; j < table.size(); j++) {
                if (cells[table.id(j)] == Snapshot.LEAVING) {
                    cells[table.id(j)] = Snapshot.FIRST_SLOT + table.slot();
                }
            }
        }
    }
}
