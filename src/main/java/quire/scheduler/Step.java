package quire.scheduler;

import quire.sequence.Sequence;

/**
 * One forward pass: which sequences take part, with which tokens, and afterwards what came of it.
 *
 * <p>The scheduler owns two steps and reuses them in turn: what a step says stays valid while the
 * next one is planned and runs, and ends when the next one is committed and a third is planned.
 */
public final class Step {

    /** Stands for "no token": the sequence did not sample, or ended before its token counted. */
    public static final int NO_TOKEN = -1;

    private final Sequence[] sequences;
    private final int[] firstPositions;
    private final int[] numTokens;
    private final boolean[] samples;
    private final int[] tokens;
    private int size;
    private int totalTokens;
    private int numSamples;
    private int numPreempted;
    private int numDecoding;
    private long decodingContext;
    private double prefillCost;

    Step(int maxNumSequences) {
        sequences = new Sequence[maxNumSequences];
        firstPositions = new int[maxNumSequences];
        numTokens = new int[maxNumSequences];
        samples = new boolean[maxNumSequences];
        tokens = new int[maxNumSequences];
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            sequences[i] = null;
        }
        size = 0;
        totalTokens = 0;
        numSamples = 0;
        numPreempted = 0;
        numDecoding = 0;
        decodingContext = 0;
        prefillCost = 0;
    }

    void add(Sequence sequence, int count) {
        int first = sequence.numComputedTokens();
        boolean catchesUp = first + count == sequence.numTokens();
        sequences[size] = sequence;
        firstPositions[size] = first;
        numTokens[size] = count;
        samples[size] = catchesUp;
        tokens[size] = NO_TOKEN;
        size++;
        totalTokens += count;
        numSamples += catchesUp ? 1 : 0;
    }

    void countPreemption() {
        numPreempted++;
    }

    void setDecoding(int count, long context) {
        numDecoding = count;
        decodingContext = context;
    }

    void addPrefillCost(double cost) {
        prefillCost += cost;
    }

    void setToken(int i, int tokenId) {
        tokens[i] = tokenId;
    }

    /** Number of sequences; each appears once. */
    public int size() {
        return size;
    }

    /** Whether there is nothing to compute; such a step is not committed. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** The i-th sequence. */
    public Sequence sequence(int i) {
        return sequences[i];
    }

    /** Position of the i-th sequence's first token of this step: tokens computed before. */
    public int firstPosition(int i) {
        return firstPositions[i];
    }

    /** Tokens that the i-th sequence computes in this step, at least one. */
    public int numTokens(int i) {
        return numTokens[i];
    }

    /** Whether a token is sampled after the i-th sequence's last token of this step. */
    public boolean samples(int i) {
        return samples[i];
    }

    /** Tokens of all sequences. */
    public int totalTokens() {
        return totalTokens;
    }

    /** Sequences that sample. */
    public int numSamples() {
        return numSamples;
    }

    /** Sequences that lost their blocks so that this step could be planned. */
    public int numPreempted() {
        return numPreempted;
    }

    /** Whether the sequence takes part. */
    boolean contains(Sequence sequence) {
        for (int i = 0; i < size; i++) {
            if (sequences[i] == sequence) {
                return true;
            }
        }
        return false;
    }

    /** Sequences that ran and waited for their next token when the step was planned. */
    public int numDecoding() {
        return numDecoding;
    }

    /** Tokens of those sequences, prompts included. */
    public long decodingContext() {
        return decodingContext;
    }

    /** Cost of the prompt tokens in this step, as its {@link PrefillBudget} counts. */
    public double prefillCost() {
        return prefillCost;
    }

    /**
     * Once committed: the token that the i-th sequence gained, the one that finished it included,
     * or {@link #NO_TOKEN}. Whether and why it finished, the sequence knows.
     */
    public int token(int i) {
        return tokens[i];
    }
}
