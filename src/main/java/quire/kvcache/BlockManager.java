package quire.kvcache;

import java.util.Arrays;
import java.util.BitSet;
import quire.sequence.BlockTable;
import quire.sequence.Sequence;
import quire.thread.Owner;

/**
 * Hands out KV blocks: on demand, reference counted, shared between sequences that begin alike.
 *
 * <p>A full block becomes findable as soon as a step that computes it is planned, so that equal
 * prompts of one step are computed once. This relies on a forward pass that stores all keys and
 * values of a layer before anything attends to them. Should the step fail, {@link #forget} takes
 * the blocks out again.
 *
 * <p>Free blocks stay findable until they are reused. Blocks that nobody can find are reused first;
 * of the others the least recently freed, and of one sequence its last block, because a prefix is
 * of use without its continuation but not the other way round.
 *
 * <p>Two sequences may come to hold the same content twice: a prompt's last token is always
 * computed anew, and equal outputs may grow side by side. Only the first copy is findable; the
 * other's continuation is chained to it all the same.
 */
public final class BlockManager {

    private final Owner owner = new Owner("the block manager");
    private final int blockSize;
    private final int numBlocks;
    private final boolean prefixCaching;
    private final int[] references;
    private final FreeList free;
    private final PrefixIndex index;
    private final ChangedBlocks changes = new ChangedBlocks();
    private final BitSet slots = new BitSet();
    private int[] matched = new int[16];
    private int numMatched;
    private long prefixQueries;
    private long prefixHits;

    /**
     * @param numBlocks blocks 0 to {@code numBlocks - 1}, all free
     * @param blockSize tokens of a block
     * @param enablePrefixCaching whether full blocks can be found by others
     */
    public BlockManager(int numBlocks, int blockSize, boolean enablePrefixCaching) {
        if (numBlocks < 1 || blockSize < 1) {
            throw new IllegalArgumentException(numBlocks + " blocks of " + blockSize + " tokens");
        }
        this.blockSize = blockSize;
        this.numBlocks = numBlocks;
        this.prefixCaching = enablePrefixCaching;
        this.references = new int[numBlocks];
        this.free = new FreeList(numBlocks);
        this.index = new PrefixIndex(numBlocks, blockSize);
    }

    /** Without a prefix cache, the choices of one request share its prompt all the same. */
    private boolean shares(Sequence sequence) {
        return prefixCaching || sequence.family() > 0;
    }

    /**
     * Looks up the longest cached prefix of a sequence without blocks, at most all its tokens but
     * the last, and remembers it for {@link #admit}; takes no block.
     *
     * @return tokens found, a multiple of the block size
     */
    public int findPrefix(Sequence sequence) {
        owner.check();
        numMatched = 0;
        if (!shares(sequence)) {
            return 0;
        }
        if (!prefixCaching) {
            // Negative, as no block's is, and the choices' own.
            sequence.blockTable().beginBehind(-sequence.family());
        }
        if (sequence.scoresPrompt()) {
            return 0;
        }
        int limit = (sequence.numTokens() - 1) / blockSize;
        long parentId = sequence.blockTable().prefixId();
        while (numMatched < limit) {
            int block = index.find(parentId, sequence.tokenIds(), numMatched * blockSize);
            if (block < 0) {
                break;
            }
            if (numMatched == matched.length) {
                matched = Arrays.copyOf(matched, 2 * numMatched);
            }
            matched[numMatched++] = block;
            parentId = index.prefixId(block);
        }
        return numMatched * blockSize;
    }

    /**
     * Gives a sequence without blocks what {@link #findPrefix} just found for it, new blocks for
     * the rest, and the lowest slot that is free.
     *
     * @param numTokens leading tokens that need room, the found ones included
     * @return false, with nothing changed, if there are too few free blocks
     */
    public boolean admit(Sequence sequence, int numTokens) {
        owner.check();
        int available = free.size();
        for (int i = 0; i < numMatched; i++) {
            available -= references[matched[i]] == 0 ? 1 : 0;
        }
        if (blocksFor(numTokens) - numMatched > available) {
            return false;
        }
        BlockTable table = sequence.blockTable();
        int slot = slots.nextClearBit(0);
        slots.set(slot);
        table.take(slot);
        for (int i = 0; i < numMatched; i++) {
            int block = matched[i];
            if (references[block]++ == 0) {
                free.remove(block);
            }
            changes.note(block);
            table.append(block);
            table.register(index.prefixId(block));
        }
        if (prefixCaching) {
            prefixQueries += sequence.numTokens();
            prefixHits += (long) numMatched * blockSize;
        }
        takeFree(table, blocksFor(numTokens));
        return true;
    }

    /**
     * Extends a sequence's blocks so that its leading {@code numTokens} tokens have room.
     *
     * @return false, with nothing changed, if there are too few free blocks
     */
    public boolean grow(Sequence sequence, int numTokens) {
        owner.check();
        int needed = blocksFor(numTokens);
        if (needed - sequence.blockTable().size() > free.size()) {
            return false;
        }
        takeFree(sequence.blockTable(), needed);
        return true;
    }

    private void takeFree(BlockTable table, int targetSize) {
        while (table.size() < targetSize) {
            int block = free.removeFirst();
            index.remove(block);
            references[block] = 1;
            changes.note(block);
            table.append(block);
        }
    }

    /** Makes the full blocks among the sequence's leading {@code numTokens} tokens findable. */
    public void register(Sequence sequence, int numTokens) {
        owner.check();
        if (!shares(sequence)) {
            return;
        }
        BlockTable table = sequence.blockTable();
        int[] tokenIds = sequence.tokenIds();
        for (int i = table.numRegistered(); (i + 1) * blockSize <= numTokens; i++) {
            int twin = index.find(table.prefixId(), tokenIds, i * blockSize);
            table.register(
                    twin >= 0
                            ? index.prefixId(twin)
                            : index.add(table.id(i), table.prefixId(), tokenIds, i * blockSize));
        }
    }

    /**
     * Takes the blocks from that of token {@code firstToken} on out of the prefix cache, because
     * their keys and values were never computed.
     */
    public void forget(Sequence sequence, int firstToken) {
        owner.check();
        BlockTable table = sequence.blockTable();
        for (int i = firstToken / blockSize; i < table.numRegistered(); i++) {
            index.remove(table.id(i));
        }
    }

    /**
     * Takes all blocks and the slot from the sequence; blocks that nobody else holds become free.
     */
    public void release(Sequence sequence) {
        owner.check();
        BlockTable table = sequence.blockTable();
        if (table.slot() >= 0) {
            slots.clear(table.slot());
        }
        for (int i = table.size() - 1; i >= 0; i--) {
            int block = table.id(i);
            changes.note(block);
            if (--references[block] > 0) {
                continue;
            }
            if (isFindable(block)) {
                free.addLast(block);
            } else {
                free.addFirst(block);
            }
        }
        table.clear();
    }

    private int blocksFor(int numTokens) {
        return Math.ceilDiv(numTokens, blockSize);
    }

    /** Whether a sequence that begins alike would be given this block. */
    public boolean isFindable(int block) {
        return index.contains(block);
    }

    /** Blocks that were taken or given back, for whoever watches. */
    public ChangedBlocks changes() {
        return changes;
    }

    /** Sequences that hold the block. */
    public int references(int block) {
        return references[block];
    }

    /** Blocks of the pool. */
    public int numBlocks() {
        return numBlocks;
    }

    /** Blocks that nobody holds, findable ones included. */
    public int numFreeBlocks() {
        return free.size();
    }

    /** Tokens of a block. */
    public int blockSize() {
        return blockSize;
    }

    /** Tokens for which the whole pool has room. */
    public long capacity() {
        return (long) numBlocks * blockSize;
    }

    /** Part of the pool that sequences hold, from 0 to 1. */
    public double usage() {
        return (double) (numBlocks - free.size()) / numBlocks;
    }

    /** Tokens of all admitted sequences that were looked up, since the start. */
    public long prefixQueries() {
        return prefixQueries;
    }

    /** Tokens of all admitted sequences that were found, since the start. */
    public long prefixHits() {
        return prefixHits;
    }
}
