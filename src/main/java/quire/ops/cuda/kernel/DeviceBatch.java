package quire.ops.cuda.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.Event;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.driver.Stream;

/**
 * A batch of the host, and what the card is told of it: one piece of pinned memory, one copy. A
 * token that the card chose itself is told by its slot, and of block tables what changed.
 *
 * <p>The piece has a header, an entry for each sequence and one behind, tokens, logit rows and
 * blocks ({@code begin_step.cu}); then what a {@link SamplingTold} adds.
 */
public final class DeviceBatch implements DeviceSequences {

    static final int HEADER_INTS = 8;
    private static final int ENTRY_INTS = 5;
    private static final int ALIGNMENT = 16;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    private final Batch host;
    private final MemorySegment filled;
    private final StepMemory memory;
    private final PinnedBuffer pinned;
    private final MemorySegment told;
    private final Event uploaded;
    private final long[] slotsSeen;
    private long numTold;
    private int end;
    private int mostNewTokens;
    private int greatestToken;
    private int leastToken;

    /**
     * @param memory where the card keeps steps of these limits
     */
    public DeviceBatch(Context context, StepMemory memory) {
        BatchLimits limits = memory.limits();
        this.memory = memory;
        filled = Arena.ofAuto().allocate(Batch.bytes(limits), 64);
        pinned = new PinnedBuffer(context, uploadBytes(limits));
        told = pinned.segment();
        uploaded = new Event(context);
        host = new Batch(limits, filled);
        slotsSeen = new long[limits.maxSequences()];
    }

    /** Bytes of the largest upload. */
    static long uploadBytes(BatchLimits limits) {
        long sequences = limits.maxSequences();
        long ints =
                HEADER_INTS
                        + (sequences + 1) * ENTRY_INTS
                        + 2L * limits.maxTokens()
                        + sequences * limits.maxBlocksPerSequence();
        return ints * Integer.BYTES + ALIGNMENT + SamplingTold.bytes(limits.maxSequences());
    }

    /** What the host fills. */
    public Batch host() {
        return host;
    }

    /** Where the card keeps it once the step has begun. */
    public StepMemory memory() {
        return memory;
    }

    /**
     * Takes down what the card must be told of a batch that was {@linkplain #measure measured};
     * once this returns it may be filled anew. Waits where the copy before has not had its turn.
     *
     * @param limit how long that may take
     * @param numPending slots whose last tokens the card has
     * @throws IllegalArgumentException if two sequences have one slot, or if a pending token's slot
     *     is none of those
     */
    public void tell(Duration limit, int numPending) {
        Shapes.check(host.numTokens() > 0, "a step has at least one token");
        if (leastToken < -numPending) {
            throw new IllegalArgumentException(
                    "a token of slot " + (-1 - leastToken) + ", and " + numPending + " have some");
        }
        checkSlots();
        uploaded.await(limit);
        int numSequences = host.numSequences();
        int tokensAt = HEADER_INTS + (numSequences + 1) * ENTRY_INTS;
        int logitRowsAt = tokensAt + host.numTokens();
        int blocksAt = logitRowsAt + host.numLogitRows();
        header(0, numSequences);
        header(1, tokensAt);
        header(2, host.numLogitRows());
        header(3, logitRowsAt);
        header(4, blocksAt);
        header(5, 0);
        header(6, 0);
        header(7, 0);
        copy(host.tokenIds(), 0, tokensAt, host.numTokens());
        copy(host.logitRows(), 0, logitRowsAt, host.numLogitRows());
        memory.tell();
        int numBlocks = 0;
        for (int s = 0; s < numSequences; s++) {
            int slot = at(host.slots(), s);
            int start = at(host.queryStarts(), s);
            int position = at(host.contextLengths(), s) - at(host.queryStarts(), s + 1) + start;
            long row = (long) s * host.maxBlocksPerSequence();
            int used = Math.ceilDiv(at(host.contextLengths(), s), host.blockSize());
            int changed = memory.tell(slot, host.blockTables(), row * Integer.BYTES, used);
            entry(s, slot, start, position, numBlocks, changed);
            copy(host.blockTables(), row + changed, blocksAt + numBlocks, used - changed);
            numBlocks += used - changed;
        }
        entry(numSequences, 0, host.numTokens(), 0, numBlocks, 0);
        end = Math.ceilDiv((blocksAt + numBlocks) * Integer.BYTES, ALIGNMENT) * ALIGNMENT;
    }

    /** Looks through what the host filled in, for its extremes; once in each step. */
    public void measure() {
        mostNewTokens = 0;
        int start = 0;
        for (int s = 1; s <= host.numSequences(); s++) {
            int next = at(host.queryStarts(), s);
            mostNewTokens = Math.max(mostNewTokens, next - start);
            start = next;
        }
        greatestToken = 0;
        leastToken = 0;
        for (int t = 0; t < host.numTokens(); t++) {
            int id = at(host.tokenIds(), t);
            greatestToken = Math.max(greatestToken, id);
            leastToken = Math.min(leastToken, id);
        }
    }

    private void checkSlots() {
        numTold++;
        for (int s = 0; s < host.numSequences(); s++) {
            int slot = at(host.slots(), s);
            if (slotsSeen[slot] == numTold) {
                throw new IllegalArgumentException("two sequences in slot " + slot);
            }
            slotsSeen[slot] = numTold;
        }
    }

    private static int at(MemorySegment array, int index) {
        return array.getAtIndex(INT, index);
    }

    void header(int field, int value) {
        told.setAtIndex(INT, field, value);
    }

    private void entry(int index, int slot, int token, int position, int block, int changed) {
        int at = HEADER_INTS + index * ENTRY_INTS;
        told.setAtIndex(INT, at, slot);
        told.setAtIndex(INT, at + 1, token);
        told.setAtIndex(INT, at + 2, position);
        told.setAtIndex(INT, at + 3, block);
        told.setAtIndex(INT, at + 4, changed);
    }

    private void copy(MemorySegment from, long first, int to, int count) {
        long bytes = (long) count * Integer.BYTES;
        MemorySegment.copy(from, first * Integer.BYTES, told, (long) to * Integer.BYTES, bytes);
    }

    /** What is told, behind which there is room for more. */
    MemorySegment told() {
        return told;
    }

    /** Bytes that are told so far, a multiple of 16. */
    int end() {
        return end;
    }

    /** What is told goes on to there. */
    void end(int bytes) {
        end = Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }

    /** Puts the copy of all that is told on the stream. */
    public void upload(Stream stream) {
        stream.upload(pinned, memory.upload(), end);
        uploaded.record(stream);
    }

    /**
     * Copies a part of what is told by itself and waits for it, so that the part may be written
     * anew: for what has no room at once.
     */
    void uploadPart(Stream stream, int from, int to, Duration limit) {
        int bytes = to - from;
        stream.upload(pinned, from, memory.upload().slice(from, bytes), bytes);
        uploaded.record(stream);
        uploaded.await(limit);
    }

    @Override
    public int numSequences() {
        return host.numSequences();
    }

    @Override
    public int mostNewTokens() {
        return mostNewTokens;
    }

    @Override
    public long queryStarts() {
        return memory.queryStarts();
    }

    @Override
    public long contextLengths() {
        return memory.contextLengths();
    }

    @Override
    public long slots() {
        return memory.slots();
    }

    @Override
    public long tables() {
        return memory.tables().address();
    }

    @Override
    public int maxBlocks() {
        return host.maxBlocksPerSequence();
    }

    @Override
    public int blockSize() {
        return host.blockSize();
    }

    /** The greatest id of all tokens that are known. */
    public int greatestToken() {
        return greatestToken;
    }
}
