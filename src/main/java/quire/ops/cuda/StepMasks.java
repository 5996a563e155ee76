package quire.ops.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import quire.ops.SampleRows;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.driver.Stream;
import quire.ops.cuda.kernel.MaskWords;
import quire.ops.cuda.kernel.SamplingMemory;

/**
 * The masks of a step's rows on their way to the card. Memory for them is made when they are first
 * needed, and grows to twice its size.
 */
final class StepMasks {

    private final Context context;
    private final SamplingMemory memory;
    private final Event taken;
    private PinnedBuffer pinned;
    private long bytes;

    StepMasks(Context context, SamplingMemory memory) {
        this.context = context;
        this.memory = memory;
        this.taken = new Event(context);
    }

    /** Whether there is a mask among a step's rows. */
    static boolean areAmong(SampleRows rows) {
        for (int row = 0; row < rows.size(); row++) {
            if (rows.isMasked(row)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Writes down what the rows may become, once their masks were taken: nothing, where one is not
     * ready.
     */
    void write(SampleRows rows) {
        int numMasks = 0;
        for (int row = 0; row < rows.size(); row++) {
            numMasks += rows.isMasked(row) ? 1 : 0;
        }
        bytes = memory.firstMaskAt() + (long) numMasks * memory.maskBytes();
        // What a step that broke off has sent may still be on its way.
        taken.await(CudaMemory.LIMIT);
        makeRoom(numMasks);
        MemorySegment to = pinned.segment();
        long at = memory.firstMaskAt();
        int mask = 0;
        for (int row = 0; row < memory.maxRows(); row++) {
            boolean has = row < rows.size() && rows.isMasked(row);
            to.setAtIndex(ValueLayout.JAVA_INT, row, has ? ++mask : 0);
            if (has) {
                MaskWords.write(rows.allowed(row), to, at, memory.maskBytes() / Long.BYTES);
                at += memory.maskBytes();
            }
        }
    }

    private void makeRoom(int numMasks) {
        if (pinned != null && pinned.bytes() >= bytes) {
            return;
        }
        if (pinned != null) {
            pinned.close();
        }
        pinned = null;
        int room = Integer.highestOneBit(Math.max(2 * numMasks - 1, 1));
        pinned = new PinnedBuffer(context, memory.firstMaskAt() + (long) room * memory.maskBytes());
    }

    /** Queues the copy of what was written down. */
    void upload(Stream stream) {
        stream.upload(pinned, memory.masks(), bytes);
        taken.record(stream);
    }
}
