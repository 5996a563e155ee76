package quire.scheduler;

import java.util.List;
import quire.kvcache.BlockManager;
import quire.sequence.BlockTable;
import quire.sequence.Sequence;

/**
 * A still picture of who holds what, for people who watch. Taking one costs a look at each block;
 * afterwards it belongs to whoever asked, on any thread.
 *
 * @param cells what each block is: {@link #FREE}, {@link #CACHED}, {@link #SHARED}, {@link
 *     #LEAVING}, or {@link #FIRST_SLOT} and more for the running sequence of that slot alone
 * @param running who has blocks, in the order of the steps; the first {@link #MAX_LISTED}
 * @param waiting who is in the queue, first the next; the first {@link #MAX_LISTED}
 */
public record Snapshot(
        SchedulerStats stats, int[] cells, List<Member> running, List<Member> waiting) {

    /** Nobody holds the block, and nobody can find it. */
    public static final int FREE = 0;

    /** Nobody holds it, and a prompt that begins alike would find it. */
    public static final int CACHED = 1;

    /** Several sequences hold it. */
    public static final int SHARED = 2;

    /** A sequence holds it that runs no more, until a step in flight is back. */
    public static final int LEAVING = 3;

    /** The sequence of slot 0 holds it; that of slot 1 is the next number, and so on. */
    public static final int FIRST_SLOT = 4;

    /** Sequences that are told one by one; the statistics count all. */
    public static final int MAX_LISTED = 256;

    /**
     * A sequence.
     *
     * @param slot its number among those that hold blocks; negative while it holds none
     * @param numCachedTokens prompt tokens that the prefix cache gave
     * @param numComputedTokens tokens whose keys and values are in the cache
     */
    public record Member(
            long id,
            int slot,
            int numPromptTokens,
            int numOutputTokens,
            int numCachedTokens,
            int numComputedTokens,
            int numBlocks) {

        static Member of(Sequence sequence) {
            return new Member(
                    sequence.id(),
                    sequence.blockTable().slot(),
                    sequence.numPromptTokens(),
                    sequence.numOutputTokens(),
                    sequence.numCachedTokens(),
                    sequence.numComputedTokens(),
                    sequence.blockTable().size());
        }
    }

    static Snapshot of(
            BlockManager blocks,
            RunningSequences running,
            WaitingSequences waiting,
            SchedulerStats stats) {
        return new Snapshot(
                stats,
                cells(blocks, running),
                running.first(MAX_LISTED).map(Member::of).toList(),
                waiting.first(MAX_LISTED).map(Member::of).toList());
    }

    private static int[] cells(BlockManager blocks, RunningSequences running) {
        int[] cells = new int[blocks.numBlocks()];
        for (int block = 0; block < cells.length; block++) {
            int references = blocks.references(block);
            if (references > 0) {
                cells[block] = references > 1 ? SHARED : LEAVING;
            } else if (blocks.isFindable(block)) {
                cells[block] = CACHED;
            }
        }
        for (int i = 0; i < running.size(); i++) {
            BlockTable table = running.get(i).blockTable();
            for (int j = 0; j < table.size(); j++) {
                if (cells[table.id(j)] == LEAVING) {
                    cells[table.id(j)] = FIRST_SLOT + table.slot();
                }
            }
        }
        return cells;
    }
}
