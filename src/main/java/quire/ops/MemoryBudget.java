package quire.ops;

/**
 * The memory that a backend computes in, and how much of it a KV cache may take when nobody says.
 *
 * @param availableBytes what weights, workspaces and cache may take together
 * @param cacheShare part of what weights and workspaces leave over that goes to the cache
 * @param cacheMostBytes where that part is larger, more is taken only if one sequence of the wanted
 *     length needs it
 */
public record MemoryBudget(long availableBytes, double cacheShare, long cacheMostBytes) {

    private static final double HOST_CACHE_SHARE = 0.5;
    private static final long HOST_CACHE_MOST_BYTES = 4L << 30;

    /** What a backend in the host's memory may take: it is not alone there. */
    public static MemoryBudget ofHost() {
        return new MemoryBudget(
                MachineMemory.now().availableBytes(), HOST_CACHE_SHARE, HOST_CACHE_MOST_BYTES);
    }
}
