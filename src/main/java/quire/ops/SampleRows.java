package quire.ops;

import quire.sampling.SamplingRule;

/**
 * The rows of logits of a step that become tokens: whose they are, and by what rule. Allocated once
 * for the largest step and refilled.
 */
public final class SampleRows {

    private final int[] slots;
    private final long[] sequenceIds;
    private final SamplingRule[] rules;
    private final int[][] tokenIds;
    private final int[] numPromptTokens;
    private final int[] numTokens;
    private int size;

    /**
     * @param maxRows rows of the largest step
     */
    public SampleRows(int maxRows) {
        slots = new int[maxRows];
        sequenceIds = new long[maxRows];
        rules = new SamplingRule[maxRows];
        tokenIds = new int[maxRows][];
        numPromptTokens = new int[maxRows];
        numTokens = new int[maxRows];
    }

    /** Empties it. */
    public void clear() {
        size = 0;
    }

    /**
     * Appends a row. A slot begins anew with the first row of a sequence in it.
     *
     * @param sequenceId tells sequences that have the same slot one after the other apart
     * @param theTokenIds prompt, then output; not copied, read until the next {@link
     *     TokenSampler#end} alone
     * @param theNumTokens tokens of these that are known
     */
    public void add(
            int slot,
            long sequenceId,
            SamplingRule rule,
            int[] theTokenIds,
            int theNumPromptTokens,
            int theNumTokens) {
        slots[size] = slot;
        sequenceIds[size] = sequenceId;
        rules[size] = rule;
        tokenIds[size] = theTokenIds;
        numPromptTokens[size] = theNumPromptTokens;
        numTokens[size] = theNumTokens;
        size++;
    }

    /** Number of rows. */
    public int size() {
        return size;
    }

    /** Slot of the sequence whose row it is. */
    public int slot(int row) {
        return slots[row];
    }

    /** Identity of the sequence. */
    public long sequenceId(int row) {
        return sequenceIds[row];
    }

    /** By what rule its token is chosen. */
    public SamplingRule rule(int row) {
        return rules[row];
    }

    /** Prompt, then output of the sequence; not to be changed. */
    public int[] tokenIds(int row) {
        return tokenIds[row];
    }

    /** Tokens of the prompt. */
    public int numPromptTokens(int row) {
        return numPromptTokens[row];
    }

    /** Known tokens of prompt and output. */
    public int numTokens(int row) {
        return numTokens[row];
    }
}
