package quire.sequence;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The KV blocks of one sequence in order: token {@code i} lives in block {@code ids()[i /
 * blockSize]} at offset {@code i % blockSize}. Filled by the {@code BlockManager} alone.
 */
public final class BlockTable {

    private static final int NO_SLOT = -1;

    private long rootPrefixId;
    private int[] ids = new int[8];
    private int size;
    private int numRegistered;
    private long prefixId;
    private int slot = NO_SLOT;

    BlockTable(Optional<String> cacheSalt) {
        this.rootPrefixId = cacheSalt.map(BlockTable::rootPrefixId).orElse(0L);
        this.prefixId = rootPrefixId;
    }

    /**
     * Where chains of cached blocks of one salt begin: negative, so that it is never the identity
     * of a block, and cryptographic, so that nobody can find another's salt by colliding with it.
     */
    private static long rootPrefixId(String salt) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] digest = sha256.digest(salt.getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong() | Long.MIN_VALUE;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** The backing array, valid up to {@link #size}; not to be changed, replaced when it grows. */
    public int[] ids() {
        return ids;
    }

    /** Number of blocks. */
    public int size() {
        return size;
    }

    /** The i-th block. */
    public int id(int i) {
        return ids[i];
    }

    /** Leading blocks that went through the prefix cache: found there or offered to it. */
    public int numRegistered() {
        return numRegistered;
    }

    /** Identity, in the prefix cache, of the tokens of the registered blocks. */
    public long prefixId() {
        return prefixId;
    }

    /**
     * Number of the sequence among those that hold blocks, from 0: by it a backend finds what it
     * keeps of a running sequence. Negative while it holds none.
     */
    public int slot() {
        return slot;
    }

    /** Gives the sequence its slot. */
    public void take(int theSlot) {
        slot = theSlot;
    }

    /** Appends a block. */
    public void append(int blockId) {
        if (size == ids.length) {
            ids = Arrays.copyOf(ids, 2 * size);
        }
        ids[size++] = blockId;
    }

    /** Begins anew, while it has no blocks, behind a prefix that only some know of. */
    public void beginBehind(long newRootPrefixId) {
        rootPrefixId = newRootPrefixId;
        prefixId = newRootPrefixId;
    }

    /** Records that the next block went through the prefix cache. */
    public void register(long newPrefixId) {
        numRegistered++;
        prefixId = newPrefixId;
    }

    /** Starts over: no blocks, no slot, nothing registered. */
    public void clear() {
        slot = NO_SLOT;
        size = 0;
        numRegistered = 0;
        prefixId = rootPrefixId;
    }
}
