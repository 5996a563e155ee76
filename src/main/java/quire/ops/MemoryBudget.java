package quire.ops;

/**
 * The memory that a backend computes in, how much of it is the backend's, and how much of that a KV
 * cache may take when nobody says.
 *
 * @param totalBytes what there is, whoever holds it
 * @param freeBytes what nobody holds
 * @param share part of the whole that weights, workspaces and cache may take together at most
 * @param cacheShare part of what weights and workspaces leave over that goes to the cache
 * @param cacheMostBytes where that part is larger, more is taken only if one sequence of the wanted
 *     length needs it
 */
public record MemoryBudget(
        Place place,
        long totalBytes,
        long freeBytes,
        double share,
        double cacheShare,
        long cacheMostBytes) {

    /** Whose memory it is. */
    public enum Place {
        MACHINE("this machine"),
        CARD("the card");

        private final String noun;

        Place(String noun) {
            this.noun = noun;
        }

        @Override
        public String toString() {
            return noun;
        }
    }

    private static final double HOST_CACHE_SHARE = 0.5;
    private static final long HOST_CACHE_MOST_BYTES = 4L << 30;

    /** What a backend in the host's memory may take: it is not alone there. */
    public static MemoryBudget ofHost() {
        MachineMemory now = MachineMemory.now();
        return new MemoryBudget(
                Place.MACHINE,
                now.totalBytes(),
                now.availableBytes(),
                1,
                HOST_CACHE_SHARE,
                HOST_CACHE_MOST_BYTES);
    }

    /** The same memory, of which another part may be taken. */
    public MemoryBudget withShare(double other) {
        return new MemoryBudget(place, totalBytes, freeBytes, other, cacheShare, cacheMostBytes);
    }

    /** The backend's share of the whole. */
    public long shareBytes() {
        return (long) (totalBytes * share);
    }

    /** What weights, workspaces and cache may take together: the share, or what others leave. */
    public long availableBytes() {
        return Math.min(freeBytes, shareBytes());
    }
}
