package quire.scheduler;

/**
 * A look at the scheduler; counters run since the start.
 *
 * @param numRunning sequences that have blocks
 * @param numWaiting sequences in the queue
 * @param numPreemptions times that a sequence lost its blocks
 * @param numFreeBlocks blocks that nobody holds, cached ones included
 * @param cacheUsage part of the blocks that sequences hold, from 0 to 1
 * @param prefixQueries tokens looked up in the prefix cache
 * @param prefixHits tokens found there
 * @param numHeldSlots KV slots of the blocks that sequences hold
 * @param numStoredTokens tokens that running sequences have in theirs; a shared one counts for each
 */
public record SchedulerStats(
        int numRunning,
        int numWaiting,
        long numPreemptions,
        int numFreeBlocks,
        double cacheUsage,
        long prefixQueries,
        long prefixHits,
        long numHeldSlots,
        long numStoredTokens) {}
