package quire.ops.cuda.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.DeviceBuffer;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.driver.Stream;

/**
 * A batch of the host and its copy on the card, where each array has its place. What goes up is
 * taken down in pinned memory first, so that the next step can be filled in while the copy waits
 * for its turn.
 */
public final class DeviceBatch {

    private static final int HOST_ALIGNMENT = 64;

    private final Batch host;
    private final MemorySegment filled;
    private final PinnedBuffer pinned;
    private final DeviceBuffer copy;
    private final Event uploaded;
    private int mostNewTokens;

    public DeviceBatch(Context context, BatchLimits limits) {
        long bytes = bytes(limits);
        filled = Arena.ofAuto().allocate(bytes, HOST_ALIGNMENT);
        pinned = new PinnedBuffer(context, bytes);
        copy = new DeviceBuffer(context, bytes);
        uploaded = new Event(context);
        host = new Batch(limits, filled);
    }

    /** Bytes on the card of a batch. */
    public static long bytes(BatchLimits limits) {
        return Batch.bytes(limits);
    }

    /** What the host fills. */
    public Batch host() {
        return host;
    }

    /**
     * Puts the copy of what the host filled on the stream; once this returns it may be filled anew.
     * Waits where the copy before has not had its turn.
     *
     * @param limit how long that may take
     */
    public void upload(Stream stream, Duration limit) {
        Shapes.check(host.numTokens() > 0, "a step has at least one token");
        int rowBytes = host.maxBlocksPerSequence() * Integer.BYTES;
        long used = offset(host.blockTables()) + (long) host.numSequences() * rowBytes;
        uploaded.await(limit);
        MemorySegment.copy(filled, 0, pinned.segment(), 0, used);
        stream.upload(pinned, copy, used);
        uploaded.record(stream);
        mostNewTokens = 0;
        int start = 0;
        for (int s = 1; s <= host.numSequences(); s++) {
            int next = host.queryStarts().getAtIndex(ValueLayout.JAVA_INT, s);
            mostNewTokens = Math.max(mostNewTokens, next - start);
            start = next;
        }
    }

    private long offset(MemorySegment array) {
        return array.address() - filled.address();
    }

    /** New tokens of the sequence that has most of them. */
    int mostNewTokens() {
        return mostNewTokens;
    }

    /** Where one of the host's arrays is on the card. */
    long address(MemorySegment array) {
        return copy.address() + offset(array);
    }
}
