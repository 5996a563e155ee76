package quire.ops;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One step's tokens as the kernels read them: the new tokens of all sequences, one sequence after
 * the other. Allocated once for the largest step and refilled; all arrays are native int32.
 *
 * <p>Fill with {@link #clear}, then per sequence {@link #startSequence}, {@link #addToken} for each
 * new token, {@link #addLogitRow} where logits are wanted, {@link #endSequence}.
 */
public final class Batch {

    private final int maxTokens;
    private final int maxSequences;
    private final int maxBlocksPerSequence;
    private final int blockSize;
    private final MemorySegment tokenIds;
    private final MemorySegment positions;
    private final MemorySegment slotMapping;
    private final MemorySegment queryStarts;
    private final MemorySegment contextLengths;
    private final MemorySegment blockTables;
    private final MemorySegment logitRows;
    private int numTokens;
    private int numSequences;
    private int numLogitRows;
    private int position;

    /**
     * @param arena owner of the arrays; outlives the batch
     */
    public Batch(
            Arena arena, int maxTokens, int maxSequences, int maxBlocksPerSequence, int blockSize) {
        this.maxTokens = maxTokens;
        this.maxSequences = maxSequences;
        this.maxBlocksPerSequence = maxBlocksPerSequence;
        this.blockSize = blockSize;
        tokenIds = ints(arena, maxTokens);
        positions = ints(arena, maxTokens);
        slotMapping = ints(arena, maxTokens);
        queryStarts = ints(arena, maxSequences + 1L);
        contextLengths = ints(arena, maxSequences);
        blockTables = ints(arena, (long) maxSequences * maxBlocksPerSequence);
        logitRows = ints(arena, maxTokens);
    }

    private static MemorySegment ints(Arena arena, long count) {
        return arena.allocate(ValueLayout.JAVA_INT.byteSize() * Math.max(count, 1), 64);
    }

    /** Empties the batch. */
    public void clear() {
        numTokens = 0;
        numSequences = 0;
        numLogitRows = 0;
        set(queryStarts, 0, 0);
    }

    /**
     * Begins the next sequence.
     *
     * @param firstPosition position of its first new token = tokens already in the cache
     * @param blockTable blocks in order, at least as many as the new tokens reach
     */
    public void startSequence(int firstPosition, int[] blockTable, int numBlocks) {
        if (numSequences == maxSequences || numBlocks > maxBlocksPerSequence) {
            throw new IllegalStateException(
                    "batch full: " + numSequences + " sequences, " + numBlocks + " blocks");
        }
        position = firstPosition;
        MemorySegment.copy(
                blockTable,
                0,
                blockTables,
                ValueLayout.JAVA_INT,
                4L * numSequences * maxBlocksPerSequence,
                numBlocks);
    }

    /** Appends a token of the current sequence. */
    public void addToken(int tokenId) {
        if (numTokens == maxTokens) {
            throw new IllegalStateException("batch full: " + maxTokens + " tokens");
        }
        long table = (long) numSequences * maxBlocksPerSequence;
        int block = blockTables.getAtIndex(ValueLayout.JAVA_INT, table + position / blockSize);
        set(tokenIds, numTokens, tokenId);
        set(positions, numTokens, position);
        set(slotMapping, numTokens, block * blockSize + position % blockSize);
        numTokens++;
        position++;
    }

    /** Asks for the logits after the token added last. */
    public void addLogitRow() {
        set(logitRows, numLogitRows++, numTokens - 1);
    }

    /** Ends the current sequence; its context length is the position after its last token. */
    public void endSequence() {
        set(contextLengths, numSequences, position);
        numSequences++;
        set(queryStarts, numSequences, numTokens);
    }

    private static void set(MemorySegment array, int index, int value) {
        array.setAtIndex(ValueLayout.JAVA_INT, index, value);
    }

    public int numTokens() {
        return numTokens;
    }

    public int numSequences() {
        return numSequences;
    }

    public int numLogitRows() {
        return numLogitRows;
    }

    public int maxBlocksPerSequence() {
        return maxBlocksPerSequence;
    }

    public int blockSize() {
        return blockSize;
    }

    /** int32 {@code [numTokens]}. */
    public MemorySegment tokenIds() {
        return tokenIds;
    }

    /** int32 {@code [numTokens]}: position of each token in its sequence. */
    public MemorySegment positions() {
        return positions;
    }

    /**
     * int32 {@code [numTokens]}: where each token's key and value go, {@code block * blockSize +
     * offset}.
     */
    public MemorySegment slotMapping() {
        return slotMapping;
    }

    /** int32 {@code [numSequences + 1]}: first row of each sequence, then numTokens. */
    public MemorySegment queryStarts() {
        return queryStarts;
    }

    /** int32 {@code [numSequences]}: tokens in the cache once this step's are stored. */
    public MemorySegment contextLengths() {
        return contextLengths;
    }

    /** int32 {@code [numSequences, maxBlocksPerSequence]}. */
    public MemorySegment blockTables() {
        return blockTables;
    }

    /** int32 {@code [numLogitRows]}: rows whose logits are wanted. */
    public MemorySegment logitRows() {
        return logitRows;
    }
}
