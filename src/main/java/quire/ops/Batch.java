package quire.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import quire.thread.Owner;

/**
 * One step's tokens as the kernels read them: the new tokens of all sequences, one sequence after
 * the other. Made once by {@link Ops#allocateBatch} for the largest step and refilled; all arrays
 * are int32 and lie in one segment, so that one copy brings them to a device.
 *
 * <p>Fill with {@link #clear}, then per sequence {@link #startSequence}, {@link #addToken} for each
 * new token, {@link #addLogitRow()} where logits are wanted, {@link #endSequence}.
 */
public final class Batch {

    private final Owner owner = new Owner("a batch");
    private final BatchLimits limits;
    private final MemorySegment tokenIds;
    private final MemorySegment positions;
    private final MemorySegment slotMapping;
    private final MemorySegment queryStarts;
    private final MemorySegment contextLengths;
    private final MemorySegment blockTables;
    private final MemorySegment logitRows;
    private final MemorySegment slots;
    private int numTokens;
    private int numSequences;
    private int numLogitRows;
    private int position;
    private int endPosition;
    private int greatestBlock;
    private int greatestPosition;

    /**
     * @param memory {@link #bytes} of the backend's, zeroed and aligned to 64; outlives the batch
     */
    public Batch(BatchLimits limits, MemorySegment memory) {
        this.limits = limits;
        Cuts cuts = new Cuts(memory);
        tokenIds = cuts.next(limits.maxTokens());
        positions = cuts.next(limits.maxTokens());
        slotMapping = cuts.next(limits.maxTokens());
        logitRows = cuts.next(limits.maxTokens());
        queryStarts = cuts.next(limits.maxSequences() + 1L);
        contextLengths = cuts.next(limits.maxSequences());
        slots = cuts.next(limits.maxSequences());
        blockTables = cuts.next((long) limits.maxSequences() * limits.maxBlocksPerSequence());
    }

    /** Bytes of memory that a batch of such limits takes. */
    public static long bytes(BatchLimits limits) {
        long tables = (long) limits.maxSequences() * limits.maxBlocksPerSequence();
        return 4 * Cuts.bytes(limits.maxTokens())
                + Cuts.bytes(limits.maxSequences() + 1L)
                + 2 * Cuts.bytes(limits.maxSequences())
                + Cuts.bytes(tables);
    }

    /** Cuts one segment into arrays of int32 that begin on a cache line each. */
    private static final class Cuts {

        private static final long LINE = 64;

        private final MemorySegment memory;
        private long at;

        Cuts(MemorySegment memory) {
            this.memory = memory;
        }

        static long bytes(long count) {
            return Math.ceilDiv(ValueLayout.JAVA_INT.byteSize() * count, LINE) * LINE;
        }

        MemorySegment next(long count) {
            MemorySegment array = memory.asSlice(at, ValueLayout.JAVA_INT.byteSize() * count);
            at += bytes(count);
            return array;
        }
    }

    /** Empties the batch. */
    public void clear() {
        owner.check();
        numTokens = 0;
        numSequences = 0;
        numLogitRows = 0;
        greatestBlock = -1;
        greatestPosition = -1;
        set(queryStarts, 0, 0);
    }

    /**
     * Begins the next sequence.
     *
     * @param firstPosition position of its first new token = tokens already in the cache
     * @param blockTable blocks in order, at least as many as the new tokens reach
     * @throws IllegalStateException if the batch is full
     * @throws IllegalArgumentException if a position or block is negative
     */
    public void startSequence(int firstPosition, int[] blockTable, int numBlocks) {
        if (numSequences == limits.maxSequences() || numBlocks > limits.maxBlocksPerSequence()) {
            throw new IllegalStateException(
                    "batch full: " + numSequences + " sequences, " + numBlocks + " blocks");
        }
        int greatest = 0;
        int least = firstPosition;
        for (int i = 0; i < numBlocks; i++) {
            greatest = Math.max(greatest, blockTable[i]);
            least = Math.min(least, blockTable[i]);
        }
        if (least < 0) {
            throw new IllegalArgumentException("a position or block of " + least);
        }
        greatestBlock = Math.max(greatestBlock, greatest);
        set(slots, numSequences, numSequences);
        position = firstPosition;
        endPosition = Math.multiplyExact(numBlocks, limits.blockSize());
        MemorySegment.copy(
                blockTable,
                0,
                blockTables,
                ValueLayout.JAVA_INT,
                4L * numSequences * limits.maxBlocksPerSequence(),
                numBlocks);
    }

    /**
     * Says in which slot the current sequence runs, so that a backend can remember by slot what it
     * was told; without this it is the sequence's number in the batch. No two have the same.
     *
     * @throws IllegalArgumentException if there are not so many
     */
    public void inSlot(int slot) {
        if (slot < 0 || slot >= limits.maxSequences()) {
            throw new IllegalArgumentException(
                    "slot " + slot + ", and there are " + limits.maxSequences());
        }
        set(slots, numSequences, slot);
    }

    /**
     * Appends a token of the current sequence.
     *
     * @throws IllegalStateException if the batch is full, or the sequence has no block for it
     */
    public void addToken(int tokenId) {
        add(tokenId);
    }

    /**
     * Appends the token that a slot sampled last, which the host does not know yet; only where
     * {@link Ops#stepsInFlight} is more than one. It stands among the ids as {@code -1 - slot}.
     * Where that slot's logits gave no token, any of the vocabulary serves: what comes of it is
     * dropped.
     *
     * @throws IllegalStateException as {@link #addToken}
     */
    public void addPendingToken(int slot) {
        add(-1 - slot);
    }

    private void add(int tokenId) {
        if (numTokens == limits.maxTokens()) {
            throw new IllegalStateException("batch full: " + limits.maxTokens() + " tokens");
        }
        if (position >= endPosition) {
            throw new IllegalStateException("no block for position " + position);
        }
        long table = (long) numSequences * limits.maxBlocksPerSequence();
        int block =
                blockTables.getAtIndex(ValueLayout.JAVA_INT, table + position / limits.blockSize());
        set(tokenIds, numTokens, tokenId);
        set(positions, numTokens, position);
        set(slotMapping, numTokens, block * limits.blockSize() + position % limits.blockSize());
        numTokens++;
        position++;
    }

    /** Asks for the logits after the token added last. */
    public void addLogitRow() {
        set(logitRows, numLogitRows++, numTokens - 1);
    }

    /** Asks for the logits after a token of this step that was added before. */
    public void addLogitRow(int token) {
        set(logitRows, numLogitRows++, Objects.checkIndex(token, numTokens));
    }

    /** Ends the current sequence; its context length is the position after its last token. */
    public void endSequence() {
        greatestPosition = Math.max(greatestPosition, position - 1);
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

    /** The greatest block of all sequences, -1 where there is none; none is negative. */
    public int greatestBlock() {
        return greatestBlock;
    }

    /** The greatest position of all tokens, -1 where there is none; none is negative. */
    public int greatestPosition() {
        return greatestPosition;
    }

    public int maxBlocksPerSequence() {
        return limits.maxBlocksPerSequence();
    }

    public int blockSize() {
        return limits.blockSize();
    }

    /** int32 {@code [numTokens]}; {@code -1 - slot} where a token is pending. */
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

    /** int32 {@code [numSequences]}: the slot of each, below the most sequences of a batch. */
    public MemorySegment slots() {
        return slots;
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
