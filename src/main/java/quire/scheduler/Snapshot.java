package quire.scheduler;

import java.util.List;
import quire.sequence.Sequence;

/**
 * A still picture of who holds what, for people who watch. It belongs to whoever asked, on any
 * thread.
 *
 * @param cells what became of the blocks
 * @param running who has blocks, in the order of the steps; the first {@link #MAX_LISTED}
 * @param waiting who is in the queue, first the next; the first {@link #MAX_LISTED}
 */
public record Snapshot(
        SchedulerStats stats, Cells cells, List<Member> running, List<Member> waiting) {

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
     * What blocks are now: {@link #FREE}, {@link #CACHED}, {@link #SHARED}, {@link #LEAVING}, or
     * {@link #FIRST_SLOT} and more for the running sequence of that slot alone.
     *
     * @param numBlocks of the pool
     * @param isWhole whether all blocks are free that are not told of; else they are what they were
     * @param blocks those that are told of, ascending
     * @param now what each of them is
     */
    public record Cells(int numBlocks, boolean isWhole, int[] blocks, int[] now) {}

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
}
