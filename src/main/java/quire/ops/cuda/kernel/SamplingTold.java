package quire.ops.cuda.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import quire.ops.SampleRows;
import quire.ops.cuda.driver.Stream;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;
import quire.sampling.TokenMask;

/**
 * What the card is told of a step's sampling, behind what it is told of its batch: the slot of each
 * row, and of sequences that begin in a slot their rule and what they have already said.
 */
public final class SamplingTold {

    /** Of a sequence of which the card knows nothing. */
    public static final int NOTHING = -1;

    private static final int NOBODY = -1;

    /** Ids of tokens, and other ints of rules, that one upload has room for. */
    private static final int MOST_IDS = 1 << 16;

    private static final int NUM_ROWS_FIELD = 5;
    private static final int ROWS_AT_FIELD = 6;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private final SamplingMemory memory;
    private DeviceBatch on;
    private MemorySegment bytes;
    private int beginsAt;
    private int idsAt;
    private int numBegins;
    private int numIds;

    public SamplingTold(SamplingMemory memory) {
        this.memory = memory;
    }

    /** Room that it needs at most for so many rows. */
    static long bytes(int maxRows) {
        return (long) maxRows * (SamplingMemory.BEGIN_BYTES + Integer.BYTES)
                + DeviceBatch.HEADER_INTS * Integer.BYTES
                + (long) MOST_IDS * Integer.BYTES;
    }

    /**
     * Goes on behind what a batch is told.
     *
     * @param rows no more than the batch has sequences; those that are not ready are nobody's
     * @param mostBegins how many of them begin in their slots
     */
    public void open(DeviceBatch batch, SampleRows rows, int mostBegins) {
        Shapes.check(
                rows.size() <= Math.min(memory.maxRows(), batch.host().numSequences()),
                "more rows are sampled than there are sequences");
        on = batch;
        bytes = batch.told();
        int rowsAt = batch.end();
        for (int row = 0; row < rows.size(); row++) {
            int slot = rows.slot(row);
            if (slot < 0 || slot >= memory.maxRows()) {
                throw new IllegalArgumentException(
                        "slot " + slot + ", and there are " + memory.maxRows());
            }
            bytes.set(INT, rowsAt + (long) row * Integer.BYTES, rows.isReady(row) ? slot : NOBODY);
        }
        on.header(NUM_ROWS_FIELD, rows.size());
        on.header(ROWS_AT_FIELD, rowsAt / Integer.BYTES);
        on.end(rowsAt + rows.size() * Integer.BYTES);
        beginsAt = on.end();
        idsAt = beginsAt + mostBegins * SamplingMemory.BEGIN_BYTES;
        numBegins = 0;
        numIds = 0;
    }

    /**
     * Tells that the sequence of a row begins in its slot, with as many of its tokens as there is
     * room for.
     *
     * @param told what the last call for it returned, {@link #NOTHING} at first
     * @return how many of its tokens need not be told any more; while these are fewer than there
     *     are, {@link #uploadPart} makes room for others
     */
    public int begin(SampleRows rows, int row, int told) {
        SamplingRule rule = rows.rule(row);
        int numPrompt = rows.numPromptTokens(row);
        int numTokens = rows.numTokens(row);
        int numRecent =
                rule.badWords().size() == 0
                        ? 0
                        : Math.min(SamplingMemory.RECENT, numTokens - numPrompt);
        if (told == NOTHING && numInts(rule) + numRecent >= MOST_IDS - numIds) {
            return told;
        }
        long at = beginsAt + (long) numBegins * SamplingMemory.BEGIN_BYTES;
        int firstId = numIds;
        if (told == NOTHING) {
            writeLists(rule);
            write(rows.tokenIds(row), numTokens - numRecent, numTokens);
        }
        int from = Math.max(told, firstCounted(rule.params(), numPrompt, numTokens));
        int end = Math.min(numTokens, from + MOST_IDS - numIds);
        write(rows.tokenIds(row), from, end);
        writeRule(at, rule);
        int[] rest = {
            rows.slot(row),
            numTokens - numPrompt,
            firstId,
            Math.clamp(numPrompt - from, 0, end - from),
            end - Math.clamp(numPrompt, from, end),
            told == NOTHING ? 0 : 1,
            rule.badWords().size() == 0 ? 0 : rule.badWords().encoded().length,
            numRecent
        };
        for (int i = 0; i < rest.length; i++) {
            bytes.set(INT, at + SamplingMemory.RULE_BYTES + (long) i * Integer.BYTES, rest[i]);
        }
        numBegins++;
        on.end(idsAt + numIds * Integer.BYTES);
        return end;
    }

    /** Ints of a rule's lists, which have room in an upload of their own. */
    private int numInts(SamplingRule rule) {
        int numEnding = rule.endingTokenIds().length;
        Shapes.check(
                numEnding <= SamplingMemory.MOST_ENDING,
                numEnding + " ending tokens, and room for " + SamplingMemory.MOST_ENDING);
        int numAllowed = isRestricted(rule) ? memory.maskBytes() / Integer.BYTES : 0;
        return numEnding
                + 2 * rule.biasedIds().length
                + rule.badWords().encoded().length
                + numAllowed;
    }

    private static boolean isRestricted(SamplingRule rule) {
        return rule.allowed() != TokenMask.ANY;
    }

    /** In the order of sample_begin. */
    private void writeLists(SamplingRule rule) {
        write(rule.endingTokenIds(), 0, rule.endingTokenIds().length);
        write(rule.biasedIds(), 0, rule.biasedIds().length);
        for (float bias : rule.biases()) {
            bytes.set(FLOAT, idsAt + (long) numIds++ * Integer.BYTES, bias);
        }
        if (rule.badWords().size() > 0) {
            write(rule.badWords().encoded(), 0, rule.badWords().encoded().length);
        }
        if (isRestricted(rule)) {
            int numWords = memory.maskBytes() / Long.BYTES;
            MaskWords.write(rule.allowed(), bytes, idsAt + (long) numIds * Integer.BYTES, numWords);
            numIds += 2 * numWords;
        }
    }

    /** The first token that changes logits by having occurred. */
    private static int firstCounted(SamplingParams params, int numPrompt, int numTokens) {
        if (!params.hasPenalties()) {
            return numTokens;
        }
        return params.repetitionPenalty() == 1 ? numPrompt : 0;
    }

    private void write(int[] ids, int from, int end) {
        MemorySegment.copy(
                ids, from, bytes, INT, idsAt + (long) numIds * Integer.BYTES, end - from);
        numIds += end - from;
    }

    /** {@code Rule} of sampling.cuh. */
    private void writeRule(long at, SamplingRule rule) {
        SamplingParams params = rule.params();
        boolean cutsByCount = params.topK() > 0 && params.topK() < memory.vocabSize();
        bytes.set(LONG, at, rule.key());
        bytes.set(DOUBLE, at + 8, params.topP());
        bytes.set(DOUBLE, at + 16, rule.minPDistance());
        bytes.set(FLOAT, at + 24, params.isGreedy() ? 0 : rule.logitScale());
        bytes.set(INT, at + 28, cutsByCount ? params.topK() : 0);
        bytes.set(FLOAT, at + 32, (float) params.repetitionPenalty());
        bytes.set(FLOAT, at + 36, (float) params.frequencyPenalty());
        bytes.set(FLOAT, at + 40, (float) params.presencePenalty());
        bytes.set(INT, at + 44, params.minTokens());
        bytes.set(INT, at + 48, rule.endingTokenIds().length);
        bytes.set(SHORT, at + 52, (short) (params.hasPenalties() ? 1 : 0));
        bytes.set(SHORT, at + 54, (short) (isRestricted(rule) ? 1 : 0));
        bytes.set(INT, at + 56, rule.biasedIds().length);
        bytes.set(INT, at + 60, rule.badWords().size());
    }

    /**
     * Sends the begins ahead of the rest, and forgets them once the card has them.
     *
     * @param limit how long that may take
     */
    public void uploadPart(Stream stream, Duration limit) {
        on.uploadPart(stream, beginsAt, on.end(), limit);
    }

    /** Makes room for other begins. */
    public void clearBegins() {
        numBegins = 0;
        numIds = 0;
        on.end(beginsAt);
    }

    int numBegins() {
        return numBegins;
    }

    /** Where begins are on the card once they are uploaded. */
    long begins() {
        return on.memory().upload().address() + beginsAt;
    }

    /** Where the ids are that begins speak of. */
    long ids() {
        return on.memory().upload().address() + idsAt;
    }
}
