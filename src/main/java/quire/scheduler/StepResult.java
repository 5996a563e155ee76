package quire.scheduler;

import java.util.Arrays;
import quire.sampling.TokenLogprobs;

/**
 * What came of a step: for each of its sequences a run of token ids, in the step's order. Filled by
 * the {@code quire-engine} thread, then taken in by {@link Scheduler#commit}, which cuts each run
 * where its sequence ended. Belongs to its step and is reused with it.
 */
public final class StepResult {

    private static final TokenLogprobs[] NO_SCORES = {};

    private final int maxRun;
    private final int[] tokenIds;
    private final TokenLogprobs[] logprobs;
    private final TokenLogprobs[][] scored;
    private final int[] lengths;
    private final boolean[] satOut;

    StepResult(int maxNumSequences, int maxRun) {
        this.maxRun = maxRun;
        this.tokenIds = new int[Math.multiplyExact(maxNumSequences, maxRun)];
        this.logprobs = new TokenLogprobs[tokenIds.length];
        this.scored = new TokenLogprobs[maxNumSequences][];
        this.lengths = new int[maxNumSequences];
        this.satOut = new boolean[maxNumSequences];
    }

    void clear() {
        Arrays.fill(lengths, 0);
        Arrays.fill(satOut, false);
        Arrays.fill(logprobs, TokenLogprobs.NONE);
        Arrays.fill(scored, NO_SCORES);
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

    /** The i-th sequence was to get a token, and its guide did not yet know which it may be. */
    public void sitOut(int i) {
        satOut[i] = true;
    }

    /** Whether the i-th sequence goes without a token because of its guide. */
    public boolean satOut(int i) {
        return satOut[i];
    }

    /** Sets the log-probabilities of the token that the i-th sequence was given last. */
    public void addLogprobs(int i, TokenLogprobs ofLast) {
        logprobs[i * maxRun + lengths[i] - 1] = ofLast;
    }

    /**
     * Sets what is wanted of the prompt tokens behind the first ones that the sequence computes.
     */
    public void score(int i, TokenLogprobs[] promptLogprobs) {
        scored[i] = promptLogprobs;
    }

    /** Tokens of the i-th sequence: once committed, those that count, the last one included. */
    public int numTokens(int i) {
        return lengths[i];
    }

    /** The j-th token of the i-th sequence. */
    public int token(int i, int j) {
        return tokenIds[i * maxRun + j];
    }

    /** Log-probabilities of the j-th token of the i-th sequence, if they are wanted. */
    public TokenLogprobs logprobs(int i, int j) {
        return logprobs[i * maxRun + j];
    }

    /** Those of the prompt tokens behind the first ones that the i-th sequence computed. */
    public TokenLogprobs[] scored(int i) {
        return scored[i];
    }

    void cut(int i, int numTokens) {
        lengths[i] = numTokens;
    }
}
