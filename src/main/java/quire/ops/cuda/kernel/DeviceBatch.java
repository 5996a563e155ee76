package quire.ops.cuda.kernel;

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
 * A batch in pinned memory of the host and its copy on the card, where each array has its place.
 */
public final class DeviceBatch {

    private final Batch host;
    private final PinnedBuffer pinned;
    private final DeviceBuffer copy;
    private final Event uploaded;
    private int mostNewTokens;

    public DeviceBatch(Context context, BatchLimits limits) {
        long bytes = Batch.bytes(limits);
        pinned = new PinnedBuffer(context, bytes);
        pinned.segment().fill((byte) 0);
        copy = new DeviceBuffer(context, bytes);
        uploaded = new Event(context);
        host = new Batch(limits, pinned.segment());
    }

    /** What the host fills. */
    public Batch host() {
        return host;
    }

    /**
     * Copies what the host filled; once this returns it may be filled anew.
     *
     * @param limit how long what is on the stream before may take
     */
    public void upload(Stream stream, Duration limit) {
        Shapes.check(host.numTokens() > 0, "a step has at least one token");
        int rowBytes = host.maxBlocksPerSequence() * Integer.BYTES;
        long used = offset(host.blockTables()) + (long) host.numSequences() * rowBytes;
        stream.upload(pinned, copy, used);
        uploaded.record(stream);
        mostNewTokens = 0;
        int start = 0;
        for (int s = 1; s <= host.numSequences(); s++) {
            int next = host.queryStarts().getAtIndex(ValueLayout.JAVA_INT, s);
            mostNewTokens = Math.max(mostNewTokens, next - start);
            start = next;
        }
        uploaded.await(limit);
    }

    private long offset(MemorySegment array) {
        return array.address() - pinned.segment().address();
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
