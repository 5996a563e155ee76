package quire.scheduler;

import java.util.Arrays;

/**
 * What came of a step: for each of its sequences a run of token ids, in the step's order. Filled by
 * the {@code quire-engine} thread, then taken in by {@link Scheduler#commit}, which cuts each run
 * where its sequence ended. Belongs to its step and is reused with it.
 */
public final class StepResult {

    private final int maxRun;
    private final int[] tokenIds;
    private final int[] lengths;

    StepResult(int maxNumSequences, int maxRun) {
        this.maxRun = maxRun;
        this.tokenIds = new int[Math.multiplyExact(maxNumSequences, maxRun)];
        this.lengths = new int[maxNumSequences];
    }

    void clear() {
        Arrays.fill(lengths, 0);
    }

    /**
     * Appends to the run of the i-th sequence. One that samples and is left without a token could
     * not be sampled, and ends with an error.
     */
    public void add(int i, int tokenId) {
        if (lengths[i] == maxRun) {
            throw new IllegalStateException("sequence " + i + " has its " + maxRun + " tokens");
        }
        tokenIds[i * maxRun + lengths[i]++] = tokenId;
    }

    /** Tokens of the i-th sequence: once committed, those that count, the last one included. */
    public int numTokens(int i) {
        return lengths[i];
    }

    /** The j-th token of the i-th sequence. */
    public int token(int i, int j) {
        return tokenIds[i * maxRun + j];
    }

    void cut(int i, int numTokens) {
        lengths[i] = numTokens;
    }
}
