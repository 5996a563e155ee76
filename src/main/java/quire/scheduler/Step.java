package quire.scheduler;

import quire.sequence.Sequence;

/**
 * One forward pass: which sequences take part, with which tokens, and afterwards what came of it.
 *
 * <p>A step takes down what it needs of its sequences when it is planned, for they may get tokens
 * and blocks while it is in flight. The scheduler owns one step more than may be in flight and
 * reuses them in turn: what a step says stays valid until the step planned after its commit is
 * committed or a further one is planned.
 */
public final class Step {

    private final Sequence[] sequences;
    private final int[] firstPositions;
    private final int[] numTokens;
    private final int[] numKnown;
    private final int[] slots;
    private final int[] maxRuns;
    private final int[] numScored;
    private final boolean[] pending;
    private final int[][] tokenIds;
    private final int[][] blockIds;
    private final int[] numBlocks;
    private final StepResult result;
    private int size;
    private int totalTokens;
    private int numPreempted;
    private int numDecoding;
    private long decodingContext;
    private double prefillCost;

    Step(int maxNumSequences, int maxRun) {
        sequences = new Sequence[maxNumSequences];
        firstPositions = new int[maxNumSequences];
        numTokens = new int[maxNumSequences];
        numKnown = new int[maxNumSequences];
        slots = new int[maxNumSequences];
        maxRuns = new int[maxNumSequences];
        numScored = new int[maxNumSequences];
        pending = new boolean[maxNumSequences];
        tokenIds = new int[maxNumSequences][];
        blockIds = new int[maxNumSequences][];
        numBlocks = new int[maxNumSequences];
        result = new StepResult(maxNumSequences, maxRun);
    }

    void clear() {
        for (int i = 0; i < size; i++) {
            sequences[i] = null;
            tokenIds[i] = null;
            blockIds[i] = null;
        }
        result.clear();
        size = 0;
        totalTokens = 0;
        numPreempted = 0;
        numDecoding = 0;
        decodingContext = 0;
        prefillCost = 0;
    }

    /**
     * Adds a sequence with its next {@code count} tokens.
     *
     * @param maxRun most tokens that are sampled; 0 = none
     */
    void add(Sequence sequence, int count, int maxRun) {
        sequences[size] = sequence;
        firstPositions[size] = sequence.numPlannedTokens();
        numTokens[size] = count;
        numKnown[size] = sequence.numTokens();
        slots[size] = sequence.blockTable().slot();
        maxRuns[size] = maxRun;
        numScored[size] = sequence.numToScore(count);
        pending[size] = sequence.leastPendingTokens() > 0;
        tokenIds[size] = sequence.tokenIds();
        blockIds[size] = sequence.blockTable().ids();
        numBlocks[size] = sequence.blockTable().size();
        size++;
        totalTokens += count + Math.max(maxRun - 1, 0);
    }

    /** The step before gave a sequence more tokens than one, so that this one begins later. */
    void shift(Sequence sequence, int numMore) {
        int i = indexOf(sequence);
        if (i >= 0) {
            firstPositions[i] += numMore;
        }
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

    private int indexOf(Sequence sequence) {
        for (int i = 0; i < size; i++) {
            if (sequences[i] == sequence) {
                return i;
            }
        }
        return -1;
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

    /**
     * Position of the i-th sequence's first token of this step: tokens computed before. Where the
     * first token is pending, the least it may be, and exact once the step before is committed.
     */
    public int firstPosition(int i) {
        return firstPositions[i];
    }

    /** Known or pending tokens that the i-th sequence computes in this step, at least one. */
    public int numTokens(int i) {
        return numTokens[i];
    }

    /**
     * Whether the i-th sequence's only token is the last one that the step before gives it, which
     * nobody knew when this one was planned.
     */
    public boolean isPending(int i) {
        return pending[i];
    }

    /** Slot of the i-th sequence, which it keeps until the last step that has it is back. */
    public int slot(int i) {
        return slots[i];
    }

    /** Tokens of the i-th sequence, prompt and output, that were known when this was planned. */
    public int numKnown(int i) {
        return numKnown[i];
    }

    /** The i-th sequence's tokens from its first on, of which {@link #numKnown} are valid. */
    public int[] tokenIds(int i) {
        return tokenIds[i];
    }

    /** The i-th sequence's blocks in order, of which {@link #numBlocks} are valid. */
    public int[] blockIds(int i) {
        return blockIds[i];
    }

    /** Blocks of the i-th sequence; they have room for all that this step computes. */
    public int numBlocks(int i) {
        return numBlocks[i];
    }

    /** Whether tokens are sampled after the i-th sequence's last token of this step. */
    public boolean samples(int i) {
        return maxRuns[i] > 0;
    }

    /**
     * Most tokens that the i-th sequence gets of this step, 0 where it does not sample. With more
     * than one, the step computes as many tokens less one that are guessed, after the known ones.
     */
    public int maxRun(int i) {
        return maxRuns[i];
    }

    /**
     * How many of the last tokens that the i-th sequence computes want their logits, guessed ones
     * included: one where a token is sampled after the last, more where guesses are judged.
     */
    public int numLogits(int i) {
        return maxRuns[i];
    }

    /**
     * How many of the first tokens that the i-th sequence computes want their logits because the
     * token behind each is one of the prompt whose log-probability is wanted.
     */
    public int numScored(int i) {
        return numScored[i];
    }

    /** Tokens of all sequences, guessed ones included. */
    public int totalTokens() {
        return totalTokens;
    }

    /** Sequences that lost their blocks so that this step could be planned. */
    public int numPreempted() {
        return numPreempted;
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

    /** What came of it. */
    public StepResult result() {
        return result;
    }
}
