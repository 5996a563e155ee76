package quire.ops.cuda.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import quire.ops.SampleRows;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.driver.Stream;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingRule;

/**
 * What the card is told of a step's rows, in pinned memory: the slot of each, and of sequences that
 * begin in a slot their rule and what they have already said. Filled anew once the card has it.
 */
public final class SamplingStep {

    /** Of a sequence of which the card knows nothing. */
    public static final int NOTHING = -1;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private final SamplingMemory memory;
    private final PinnedBuffer pinned;
    private final MemorySegment bytes;
    private int numRows;
    private int numBegins;
    private int numIds;

    public SamplingStep(Context context, SamplingMemory memory) {
        this.memory = memory;
        pinned = new PinnedBuffer(context, memory.step().bytes());
        bytes = pinned.segment();
        bytes.fill((byte) 0);
    }

    /** Empties it. */
    public void clear() {
        numRows = 0;
        clearBegins();
    }

    /** Forgets the sequences that the card has been told of. */
    public void clearBegins() {
        numBegins = 0;
        numIds = 0;
    }

    /** Appends a row. */
    public void add(int slot) {
        if (slot < 0 || slot >= memory.maxRows() || numRows == memory.maxRows()) {
            throw new IllegalArgumentException(
                    "row " + numRows + " of slot " + slot + ", and room for " + memory.maxRows());
        }
        bytes.setAtIndex(INT, numRows++, slot);
    }

    /**
     * Tells that the sequence of a row begins in its slot, with as many of its tokens as there is
     * room for.
     *
     * @param told what the last call for it returned, {@link #NOTHING} at first
     * @return how many of its tokens need not be told any more; while these are fewer than there
     *     are, an upload makes room for others
     */
    public int begin(SampleRows rows, int row, int told) {
        SamplingRule rule = rows.rule(row);
        int numPrompt = rows.numPromptTokens(row);
        int numTokens = rows.numTokens(row);
        int numEnding = told == NOTHING ? rule.endingTokenIds().length : 0;
        Shapes.check(
                numEnding <= SamplingMemory.MOST_ENDING,
                numEnding + " ending tokens, and room for " + SamplingMemory.MOST_ENDING);
        if (numBegins == memory.maxRows() || numEnding >= SamplingMemory.STEP_IDS - numIds) {
            return told;
        }
        long at = memory.beginsAt() + (long) numBegins * SamplingMemory.BEGIN_BYTES;
        int firstId = numIds;
        write(rule.endingTokenIds(), 0, numEnding);
        int from = Math.max(told, firstCounted(rule.params(), numPrompt, numTokens));
        int end = Math.min(numTokens, from + SamplingMemory.STEP_IDS - numIds);
        write(rows.tokenIds(row), from, end);
        writeRule(at, rule);
        int[] rest = {
            rows.slot(row),
            numTokens - numPrompt,
            firstId,
            Math.clamp(numPrompt - from, 0, end - from),
            end - Math.clamp(numPrompt, from, end),
            told == NOTHING ? 0 : 1
        };
        for (int i = 0; i < rest.length; i++) {
            bytes.set(INT, at + SamplingMemory.RULE_BYTES + (long) i * Integer.BYTES, rest[i]);
        }
        numBegins++;
        return end;
    }

    /** The first token that changes logits by having occurred. */
    private static int firstCounted(SamplingParams params, int numPrompt, int numTokens) {
        if (!params.hasPenalties()) {
            return numTokens;
        }
        return params.repetitionPenalty() == 1 ? numPrompt : 0;
    }

    private void write(int[] ids, int from, int end) {
        long at = memory.idsAt() + (long) numIds * Integer.BYTES;
        MemorySegment.copy(ids, from, bytes, INT, at, end - from);
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
        bytes.set(INT, at + 52, params.hasPenalties() ? 1 : 0);
    }

    int numRows() {
        return numRows;
    }

    int numBegins() {
        return numBegins;
    }

    /** Puts the copy of what it has on the stream. */
    void upload(Stream stream) {
        long used =
                numBegins > 0
                        ? memory.idsAt() + (long) numIds * Integer.BYTES
                        : (long) numRows * Integer.BYTES;
        stream.upload(pinned, memory.step(), used);
    }
}
