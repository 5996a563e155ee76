package quire.ops.cuda;

import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.kernel.SamplingMemory;

/** A step whose tokens were not taken: whose its rows are, and where the host finds them. */
final class StepTokens {

    final PinnedBuffer tokens;
    final Event done;
    final int[] slots;
    final long[] sequenceIds;

    /** Which rows are to become a token. */
    final boolean[] ready;

    final StepMasks masks;
    final WantedRows wanted;
    int size;

    StepTokens(Context context, SamplingMemory memory) {
        int maxRows = memory.maxRows();
        masks = new StepMasks(context, memory);
        wanted = new WantedRows(context, memory.vocabSize());
        ready = new boolean[maxRows];
        tokens = new PinnedBuffer(context, (long) maxRows * Integer.BYTES);
        done = new Event(context);
        slots = new int[maxRows];
        sequenceIds = new long[maxRows];
    }
}
