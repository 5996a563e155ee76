package quire.ops.cuda.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.sampling.BadWords;
import quire.sampling.SamplingParams;

/**
 * What sampling remembers by slot and works out by row, in one buffer: the arrays of {@code
 * Sampling} in sampling.cuh, in their order. They have room for as many rows as slots.
 */
public final class SamplingMemory {

    /** Tokens that min_tokens can forbid a slot. */
    static final int MOST_ENDING = 256;

    /** Tokens of a slot whose logits can be biased. */
    static final int MOST_BIASED = SamplingParams.MAX_LOGIT_BIAS;

    /** Tokens of a slot's output that are kept in their order. */
    static final int RECENT = BadWords.MAX_TOKENS;

    static final int RULE_BYTES = 64;
    static final int BEGIN_BYTES = 96;

    private static final int SLICE = 4096;
    private static final int SLICE_CHUNKS = 32;
    private static final int MOST_SLICES = 128;
    private static final int BINS = 1024;
    private static final int LAST = 4;
    private static final int ROW_SLOTS = 9;
    private static final int TOKENS = 10;
    private static final int ROW_MASKS = 16;
    private static final int NUM_ARRAYS = 18;
    private static final int SIZES_AT = NUM_ARRAYS * Long.BYTES;

    private final int vocabSize;
    private final int maxRows;
    private final DeviceBuffer[] arrays;
    private final DeviceBuffer masks;
    private final MemorySegment arguments;

    /**
     * @param maxRows rows of the largest step, and one more than the greatest slot
     * @param memory {@link #bytes}, zeroed
     */
    public SamplingMemory(int vocabSize, int maxRows, DeviceBuffer memory) {
        this.vocabSize = vocabSize;
        this.maxRows = maxRows;
        long[] sizes = sizes(vocabSize, maxRows);
        arrays = new DeviceBuffer[NUM_ARRAYS];
        arguments = Arena.ofAuto().allocate(SIZES_AT + 4 * Integer.BYTES, Long.BYTES);
        long at = 0;
        long masksAt = 0;
        for (int i = 0; i < NUM_ARRAYS; i++) {
            masksAt = i == ROW_MASKS ? at : masksAt;
            arrays[i] = memory.slice(at, sizes[i]);
            arguments.setAtIndex(ValueLayout.JAVA_LONG, i, arrays[i].address());
            at += aligned(sizes[i]);
        }
        arguments.set(ValueLayout.JAVA_INT, SIZES_AT, vocabSize);
        arguments.set(ValueLayout.JAVA_INT, SIZES_AT + Integer.BYTES, slices(vocabSize));
        arguments.set(
                ValueLayout.JAVA_INT,
                SIZES_AT + 2 * Integer.BYTES,
                (int) maskBytes(vocabSize) / Integer.BYTES);
        masks = memory.slice(masksAt, at - masksAt);
    }

    /** Why the kernels do not take such a vocabulary, as a clause; empty where they do. */
    public static Optional<String> objection(int vocabSize) {
        return vocabSize > 0 && vocabSize <= MOST_SLICES * SLICE
                ? Optional.empty()
                : Optional.of(
                        "sampling takes vocabularies of 1 to "
                                + MOST_SLICES * SLICE
                                + " tokens, not "
                                + vocabSize);
    }

    /**
     * Bytes of the buffer.
     *
     * @throws IllegalArgumentException if the kernels do not take such a vocabulary
     */
    public static long bytes(int vocabSize, int maxRows) {
        Shapes.check(maxRows > 0, "sampling has a row at least");
        objection(vocabSize)
                .ifPresent(
                        objection -> {
                            throw new IllegalArgumentException(objection);
                        });
        long bytes = 0;
        for (long size : sizes(vocabSize, maxRows)) {
            bytes += aligned(size);
        }
        return bytes;
    }

    private static long[] sizes(int vocabSize, long rows) {
        long slices = slices(vocabSize);
        return new long[] {
            rows * RULE_BYTES,
            rows * MOST_ENDING * Integer.BYTES,
            rows * slices * SLICE * Short.BYTES,
            rows * Integer.BYTES,
            rows * Integer.BYTES,
            rows * 2 * MOST_BIASED * Integer.BYTES,
            rows * BadWords.MAX_ENCODED * Integer.BYTES,
            rows * RECENT * Integer.BYTES,
            rows * maskBytes(vocabSize),
            rows * Integer.BYTES,
            rows * Integer.BYTES,
            rows * slices * Float.BYTES,
            rows * slices * SLICE_CHUNKS * Float.BYTES,
            rows * slices * Long.BYTES,
            rows * BINS * Long.BYTES,
            rows * BINS * Long.BYTES,
            rows * Integer.BYTES,
            rows * maskBytes(vocabSize)
        };
    }

    /** Bytes of a mask: whole words of the host's. */
    private static long maskBytes(int vocabSize) {
        return Math.ceilDiv(vocabSize, Long.SIZE) * (long) Long.BYTES;
    }

    private static int slices(int vocabSize) {
        return Math.ceilDiv(vocabSize, SLICE);
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, DeviceBuffer.ALIGNMENT_BYTES) * DeviceBuffer.ALIGNMENT_BYTES;
    }

    /** Logits of a row. */
    public int vocabSize() {
        return vocabSize;
    }

    int slices() {
        return slices(vocabSize);
    }

    /** Rows of the largest step, and one more than the greatest slot. */
    public int maxRows() {
        return maxRows;
    }

    /** The structure that kernels take by value. */
    MemorySegment arguments() {
        return arguments;
    }

    /** int32 {@code [rows]}: the slot of each, or -1. */
    DeviceBuffer rowSlots() {
        return arrays[ROW_SLOTS];
    }

    /** int32 {@code [rows]}: the token of each, or -1. */
    public DeviceBuffer tokens() {
        return arrays[TOKENS];
    }

    /** Bytes of the mask of a row. */
    public int maskBytes() {
        return (int) maskBytes(vocabSize);
    }

    /**
     * int32 {@code [rows]}: one more than which mask is the row's, or 0 for none; then, from {@link
     * #firstMaskAt} on, a mask behind the other.
     */
    public DeviceBuffer masks() {
        return masks;
    }

    /** Where among {@link #masks} the first mask begins. */
    public long firstMaskAt() {
        return aligned((long) maxRows * Integer.BYTES);
    }

    /** int32 {@code [slots]}: the token that each sampled last, 0 before there is one. */
    DeviceBuffer lastTokens() {
        return arrays[LAST];
    }
}
