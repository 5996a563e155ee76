package quire.kvcache;

import java.util.Arrays;

/**
 * Finds full blocks by their content and everything before it.
 *
 * <p>Each registered block has a prefix id, a number never used twice that stands for the exact
 * tokens from the start of the sequence to the end of the block. A block is looked up by the prefix
 * id of the block before it (or the root that stands for the cache salt) together with its own
 * tokens, and both are compared on a hit, by induction the whole prefix. Hashes only choose the
 * bucket: no collision, made or accidental, can hand one prompt's keys and values to another.
 */
final class PrefixIndex {

    private static final int NONE = -1;

    private final int blockSize;
    private final int[] buckets;
    private final int[] nextInBucket;
    private final long[] parentIds;
    private final long[] prefixIds;
    private final int[] tokens;
    private long lastPrefixId;
    private int size;

    PrefixIndex(int numBlocks, int blockSize) {
        this.blockSize = blockSize;
        buckets = new int[Integer.highestOneBit(Math.max(numBlocks, 2) - 1) << 1];
        Arrays.fill(buckets, NONE);
        nextInBucket = new int[numBlocks];
        parentIds = new long[numBlocks];
        prefixIds = new long[numBlocks];
        tokens = new int[Math.multiplyExact(numBlocks, blockSize)];
    }

    /** Number of registered blocks. */
    int size() {
        return size;
    }

    /** Whether the block can be found. */
    boolean contains(int block) {
        return prefixIds[block] != 0;
    }

    /** Prefix id of a registered block; 0 of any other. */
    long prefixId(int block) {
        return prefixIds[block];
    }

    /** The block that holds {@code tokenIds[from .. from + blockSize)} after that parent, or -1. */
    int find(long parentId, int[] tokenIds, int from) {
        int block = buckets[bucket(parentId, tokenIds, from)];
        while (block != NONE && !matches(block, parentId, tokenIds, from)) {
            block = nextInBucket[block];
        }
        return block;
    }

    private boolean matches(int block, long parentId, int[] tokenIds, int from) {
        int own = block * blockSize;
        return parentIds[block] == parentId
                && Arrays.equals(tokens, own, own + blockSize, tokenIds, from, from + blockSize);
    }

    /** Registers a block that {@link #find} does not find yet and returns its new prefix id. */
    long add(int block, long parentId, int[] tokenIds, int from) {
        System.arraycopy(tokenIds, from, tokens, block * blockSize, blockSize);
        int bucket = bucket(parentId, tokenIds, from);
        nextInBucket[block] = buckets[bucket];
        buckets[bucket] = block;
        parentIds[block] = parentId;
        prefixIds[block] = ++lastPrefixId;
        size++;
        return lastPrefixId;
    }

    /** The block is not found any more; nothing happens if it was not registered. */
    void remove(int block) {
        if (!contains(block)) {
            return;
        }
        int bucket = bucket(parentIds[block], tokens, block * blockSize);
        if (buckets[bucket] == block) {
            buckets[bucket] = nextInBucket[block];
        } else {
            int before = buckets[bucket];
            while (nextInBucket[before] != block) {
                before = nextInBucket[before];
            }
            nextInBucket[before] = nextInBucket[block];
        }
        prefixIds[block] = 0;
        size--;
    }

    private int bucket(long parentId, int[] tokenIds, int from) {
        long hash = parentId * 0x9E3779B97F4A7C15L;
        for (int i = from; i < from + blockSize; i++) {
            hash = (hash ^ tokenIds[i]) * 0xBF58476D1CE4E5B9L;
            hash ^= hash >>> 29;
        }
        hash *= 0x94D049BB133111EBL;
        return (int) (hash >>> 32) & (buckets.length - 1);
    }
}
