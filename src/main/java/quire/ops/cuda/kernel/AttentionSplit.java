package quire.ops.cuda.kernel;

import quire.ops.AttentionHeads;
import quire.ops.BatchLimits;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Launch;

/**
 * {@code attention_split.cu}: sequences that decode, whose contexts are shared out in parts. How
 * many follows from the number of sequences and the longest context that there can be, so that a
 * graph may keep the launch.
 */
final class AttentionSplit {

    /** Tiles of 64 tokens in a segment of the plain kernel, and in the longest here. */
    static final int PLAIN_SEGMENT = 8;

    static final int LONG_SEGMENT = 32;

    /** Enough for 15 sequences of 32k tokens of Qwen2.5-7B, and nowhere more than 16 of a kind. */
    private static final long MOST_SCRATCH_BYTES = 64L << 20;

    private static final int MOST_SEQUENCES = 16;
    private static final int SEGMENT_BYTES = 128 << 10;

    private static final int MOST_PAIRS = 4096;
    private static final long ARRIVALS_BYTES = MOST_PAIRS * (long) Integer.BYTES;

    private static final int TILE_TOKENS = 64;
    private static final int WARP_THREADS = 32;
    private static final int MOST_ROWS = 16;

    /** Warps that a multiprocessor shall have: their copies together keep its memory busy. */
    private static final int WANTED_WARPS = 4;

    private final KernelSource source;
    private final DeviceBuffer scratch;
    private final int wantedBlocks;
    private final Launch[] launches = new Launch[AttentionKernel.HEAD_SIZES.size()];

    AttentionSplit(KernelSource source, BatchLimits limits) {
        this.source = source;
        scratch = new DeviceBuffer(source.context(), scratchBytes(limits));
        // The last to arrive leaves the counts at zero again.
        source.stream().fill(scratch.slice(0, ARRIVALS_BYTES), (byte) 0);
        wantedBlocks = WANTED_WARPS * source.context().device().numMultiprocessors();
    }

    /** Bytes for the states of segments: some of each of a few sequences, as far as these go. */
    static long scratchBytes(BatchLimits limits) {
        long context = (long) limits.maxBlocksPerSequence() * limits.blockSize();
        long segments = Math.ceilDiv(context, PLAIN_SEGMENT * TILE_TOKENS);
        long sequences = Math.min(limits.maxSequences(), MOST_SEQUENCES);
        return ARRIVALS_BYTES
                + (segments == 1
                        ? 0
                        : Math.min(MOST_SCRATCH_BYTES, sequences * segments * SEGMENT_BYTES));
    }

    /** Parts of each context; less than two where it does not go, or not gain anything. */
    int parts(AttentionHeads heads, DeviceSequences on, int segment) {
        long pairs = (long) on.numSequences() * heads.numKvHeads();
        int segments = segments(on, segment);
        boolean goes =
                on.mostNewTokens() == 1
                        && heads.numHeads() / heads.numKvHeads() <= MOST_ROWS
                        && pairs <= MOST_PAIRS
                        && pairs * segments * stateBytes(heads) <= scratch.bytes() - ARRIVALS_BYTES;
        return goes ? (int) Math.min(Math.ceilDiv(wantedBlocks, pairs), segments) : 0;
    }

    private static int segments(DeviceSequences on, int segment) {
        return Math.ceilDiv(on.maxContext(), segment * TILE_TOKENS);
    }

    private static long stateBytes(AttentionHeads heads) {
        return (heads.headDim() / 2 + 4L) * WARP_THREADS * Float.BYTES;
    }

    /**
     * For heads of a size, with the arguments of the plain one and four more. It is loaded when it
     * is asked for first, which a trial does.
     */
    Launch launch(int which) {
        if (launches[which] == null) {
            int headSize = AttentionKernel.HEAD_SIZES.get(which);
            launches[which] =
                    source.launch(
                            "attention_split",
                            "attention_split_" + source.format().suffix() + "_d" + headSize,
                            2 * TILE_TOKENS * headSize * Short.BYTES,
                            AttentionKernel.arguments(0L, 0L, 0, 0));
        }
        return launches[which];
    }

    /** Runs a launch that has the plain one's arguments. */
    void run(Launch launch, AttentionHeads heads, DeviceSequences on, int segment, int parts) {
        launch.set(AttentionKernel.NUM_ARGUMENTS, scratch.address() + ARRIVALS_BYTES)
                .set(AttentionKernel.NUM_ARGUMENTS + 1, scratch.address())
                .set(AttentionKernel.NUM_ARGUMENTS + 2, segments(on, segment))
                .set(AttentionKernel.NUM_ARGUMENTS + 3, segment)
                .grid(on.numSequences(), heads.numKvHeads(), parts, WARP_THREADS)
                .run();
    }
}
