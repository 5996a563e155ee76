package quire.ops.cuda.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import quire.ops.BatchLimits;
import quire.ops.cuda.driver.DeviceBuffer;

/**
 * What a card knows of steps: the one that began last, as kernels read it ({@code Step} of
 * begin_step.cu), and the block table of each slot, which stays there from step to step. Steps of
 * the same limits share one. The host keeps a copy of the tables, and so tells only what changed.
 */
public final class StepMemory {

    private static final int UPLOAD = 0;
    private static final int IDS = 1;
    private static final int POSITIONS = 2;
    private static final int KV_SLOTS = 3;
    private static final int LOGIT_ROWS = 4;
    private static final int QUERY_STARTS = 5;
    private static final int CONTEXT_LENGTHS = 6;
    private static final int SLOTS = 7;
    private static final int TABLES = 8;
    private static final int NUM_ARRAYS = 9;

    /** No block of any table. */
    private static final byte UNKNOWN = -1;

    private final BatchLimits limits;
    private final DeviceBuffer[] arrays = new DeviceBuffer[NUM_ARRAYS];
    private final MemorySegment arguments;
    private final MemorySegment tables;
    private boolean isKnown;

    /**
     * @param memory {@link #bytes}
     */
    public StepMemory(BatchLimits limits, DeviceBuffer memory) {
        this.limits = limits;
        long[] sizes = sizes(limits);
        long at = 0;
        for (int i = 0; i < NUM_ARRAYS; i++) {
            arrays[i] = memory.slice(at, sizes[i]);
            at += aligned(sizes[i]);
        }
        int numPointers = NUM_ARRAYS - 1;
        arguments = Arena.ofAuto().allocate(numPointers * Long.BYTES + 2L * Integer.BYTES, 8);
        for (int i = 0; i < numPointers; i++) {
            arguments.setAtIndex(ValueLayout.JAVA_LONG, i, arrays[i + 1].address());
        }
        long behind = (long) numPointers * Long.BYTES;
        arguments.set(ValueLayout.JAVA_INT, behind, limits.maxBlocksPerSequence());
        arguments.set(ValueLayout.JAVA_INT, behind + Integer.BYTES, limits.blockSize());
        tables = Arena.ofAuto().allocate(sizes[TABLES], Integer.BYTES);
    }

    /** Bytes of the buffer. */
    public static long bytes(BatchLimits limits) {
        long bytes = 0;
        for (long size : sizes(limits)) {
            bytes += aligned(size);
        }
        return bytes;
    }

    private static long[] sizes(BatchLimits limits) {
        long tokens = (long) limits.maxTokens() * Integer.BYTES;
        long sequences = (long) limits.maxSequences() * Integer.BYTES;
        return new long[] {
            DeviceBatch.uploadBytes(limits),
            tokens,
            tokens,
            tokens,
            tokens,
            sequences + Integer.BYTES,
            sequences,
            sequences,
            sequences * limits.maxBlocksPerSequence()
        };
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, DeviceBuffer.ALIGNMENT_BYTES) * DeviceBuffer.ALIGNMENT_BYTES;
    }

    public BatchLimits limits() {
        return limits;
    }

    /**
     * To be called before a step is told of: until {@link #isTold} the card may have heard of it or
     * not, and whoever comes next after a failure in between tells all tables anew.
     */
    void tell() {
        if (!isKnown) {
            tables.fill(UNKNOWN);
        }
        isKnown = false;
    }

    /** The card will have done what it was told before it does anything else. */
    public void isTold() {
        isKnown = true;
    }

    /**
     * The first of a sequence's blocks that the card's table of its slot does not have, which it
     * counts as told from there on.
     *
     * @param from the sequence's blocks in order, int32 from {@code at} on
     * @return {@code numBlocks} where the card has all of them
     */
    int tell(int slot, MemorySegment from, long at, int numBlocks) {
        long row = (long) slot * limits.maxBlocksPerSequence() * Integer.BYTES;
        long bytes = (long) numBlocks * Integer.BYTES;
        long same = MemorySegment.mismatch(tables, row, row + bytes, from, at, at + bytes);
        if (same < 0) {
            return numBlocks;
        }
        long first = same / Integer.BYTES * Integer.BYTES;
        MemorySegment.copy(from, at + first, tables, row + first, bytes - first);
        return (int) (first / Integer.BYTES);
    }

    /** The structure that begin_step takes by value. */
    MemorySegment arguments() {
        return arguments;
    }

    /** Where the host's upload goes. */
    DeviceBuffer upload() {
        return arrays[UPLOAD];
    }

    /** int32 {@code [tokens]}. */
    long ids() {
        return arrays[IDS].address();
    }

    /** int32 {@code [tokens]}. */
    long positions() {
        return arrays[POSITIONS].address();
    }

    /** int32 {@code [tokens]}: where keys and values go; nowhere where it is negative. */
    long kvSlots() {
        return arrays[KV_SLOTS].address();
    }

    /** int32 {@code [logit rows]}. */
    long logitRows() {
        return arrays[LOGIT_ROWS].address();
    }

    /** int32 {@code [sequences + 1]}. */
    long queryStarts() {
        return arrays[QUERY_STARTS].address();
    }

    /** int32 {@code [sequences]}. */
    long contextLengths() {
        return arrays[CONTEXT_LENGTHS].address();
    }

    /** int32 {@code [sequences]}: whose table is whose. */
    long slots() {
        return arrays[SLOTS].address();
    }

    /** int32 {@code [slots, maxBlocksPerSequence]}. */
    public DeviceBuffer tables() {
        return arrays[TABLES];
    }
}
