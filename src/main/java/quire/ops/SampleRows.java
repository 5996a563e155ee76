package quire.ops;

import quire.sampling.SamplingRule;
import quire.sampling.TokenMask;

/**
 * The rows of logits of a step: first those that become tokens, whose they are, and by what rule;
 * behind them those that only say how likely a known token was. Allocated once for the largest step
 * and refilled.
 */
public final class SampleRows {

    /** Words of a row whose mask was not asked for. */
    private static final long[] LATE = new long[0];

    private final int[] slots;
    private final long[] sequenceIds;
    private final SamplingRule[] rules;
    private final int[][] tokenIds;
    private final int[] numPromptTokens;
    private final int[] numTokens;
    private final TokenMask[] masks;
    private final long[][] words;
    private final int[] scoredIds;
    private final int[] scoredTops;
    private int size;
    private int numScored;

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
        masks = new TokenMask[maxRows];
        words = new long[maxRows][];
        scoredIds = new int[maxRows];
        scoredTops = new int[maxRows];
    }

    /** Empties it. */
    public void clear() {
        size = 0;
        numScored = 0;
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
        masks[size] = null;
        words[size] = TokenMask.ANY;
        size++;
    }

    /** Says which tokens the row that was appended last may become. */
    public void mask(TokenMask mask) {
        masks[size - 1] = mask;
        words[size - 1] = LATE;
    }

    /**
     * Asks for what those masks say that say it at once.
     *
     * @return whether that is all of them; the others count as masks that are ready until {@link
     *     #takeMasks}
     */
    public boolean takeReadyMasks() {
        boolean all = true;
        for (int row = 0; row < size; row++) {
            if (isLate(row) && masks[row].isReady()) {
                words[row] = masks[row].words();
            }
            all &= !isLate(row);
        }
        return all;
    }

    /** Asks for what the masks say that were not asked yet, which may take a moment. */
    public void takeMasks() {
        for (int row = 0; row < size; row++) {
            if (isLate(row)) {
                words[row] = masks[row].words();
            }
        }
    }

    /** Whether a row has a mask that was not asked for. */
    public boolean isLate(int row) {
        return words[row] == LATE;
    }

    /** What a row may become, once the masks were taken: words of a {@link TokenMask}. */
    public long[] allowed(int row) {
        return words[row];
    }

    /** Whether a row is to become a token, and not to sit this step out. */
    public boolean isReady(int row) {
        return words[row] != TokenMask.NOT_READY;
    }

    /** Whether something says which tokens a row may become. */
    public boolean isMasked(int row) {
        return words[row] != TokenMask.ANY;
    }

    /**
     * Appends a row behind those that become tokens, which says how likely a known token was.
     *
     * @param numTop how many of the likeliest tokens are wanted with it
     */
    public void addScored(int tokenId, int numTop) {
        scoredIds[numScored] = tokenId;
        scoredTops[numScored] = numTop;
        numScored++;
    }

    /** Number of rows that become tokens. */
    public int size() {
        return size;
    }

    /** Number of rows behind them, of known tokens. */
    public int numScored() {
        return numScored;
    }

    /** The token that the i-th row of a known one is asked about. */
    public int scoredId(int i) {
        return scoredIds[i];
    }

    /** How many of the likeliest tokens are wanted of the i-th row of a known one. */
    public int scoredTop(int i) {
        return scoredTops[i];
    }

    /** Whether the log-probability of a row's token is wanted. */
    public boolean wantsLogprobs(int row) {
        return rules[row].params().logprobs().isPresent();
    }

    /** How many of the likeliest tokens are wanted of a row that becomes a token. */
    public int numTop(int row) {
        return rules[row].params().logprobs().orElse(0);
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
