package quire.sampling;

import java.util.Arrays;

/**
 * What sampling remembers of one choice: which tokens occurred, how many were generated, and the
 * key of its random numbers.
 *
 * <p>Token {@code t} of choice {@code c} is drawn with a number that depends on the seed, {@code c}
 * and {@code t} alone, so that neither the batch, preemption nor a restart changes a seeded text.
 */
public final class SamplingState {

    private final SamplingParams params;
    private final EosTokens eos;
    private final int[] stopTokenIds;
    private final int[] endingTokenIds;
    private final long key;
    private final boolean penalised;
    private final TokenCounts counts = new TokenCounts();
    private int numOutputTokens;

    /**
     * @param promptTokenIds the prompt, read here only
     * @param choice index of this choice within its request
     * @param fallbackSeed stands in where the params have no seed; from {@link #fallbackSeed}
     */
    public SamplingState(
            SamplingParams params,
            int[] promptTokenIds,
            EosTokens eos,
            int choice,
            long fallbackSeed) {
        this.params = params;
        this.eos = eos;
        this.key = CounterRandom.key(params.seed().orElse(fallbackSeed), choice);
        this.penalised = params.hasPenalties();
        this.stopTokenIds =
                params.stopTokenIds().stream().mapToInt(Integer::intValue).sorted().toArray();
        this.endingTokenIds = params.minTokens() == 0 ? new int[0] : union(eos.ids(), stopTokenIds);
        if (params.repetitionPenalty() != 1) {
            for (int tokenId : promptTokenIds) {
                counts.addPrompt(tokenId);
            }
        }
    }

    private static int[] union(int[] a, int[] b) {
        int[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return Arrays.stream(both).sorted().distinct().toArray();
    }

    /** A seed for a request that came without: the engine's seed and the request's own number. */
    public static long fallbackSeed(long engineSeed, long requestNumber) {
        return CounterRandom.fallbackSeed(engineSeed, requestNumber);
    }

    /** Takes a generated token into account; the sequence calls this when it appends one. */
    public void addOutput(int tokenId) {
        numOutputTokens++;
        if (penalised) {
            counts.addOutput(tokenId);
        }
    }

    /**
     * Whether the next token depends on more than the argmax of the model's logits; if not, the
     * device's argmax is the answer and no logits need to leave it.
     */
    public boolean needsLogits() {
        return !params.isGreedy() || penalised || mustContinue();
    }

    /** The params of the request. */
    public SamplingParams params() {
        return params;
    }

    /** Whether the token is one of the model's end-of-sequence tokens. */
    public boolean isEos(int tokenId) {
        return eos.contains(tokenId);
    }

    /** Whether the token is one of the request's stop tokens. */
    public boolean isStopToken(int tokenId) {
        return Arrays.binarySearch(stopTokenIds, tokenId) >= 0;
    }

    /** Tokens generated so far. */
    public int numOutputTokens() {
        return numOutputTokens;
    }

    /** Whether the tokens of {@link #endingTokenIds} are not yet allowed. */
    boolean mustContinue() {
        return numOutputTokens < params.minTokens() && endingTokenIds.length > 0;
    }

    /** End-of-sequence and stop tokens, which {@code min_tokens} forbids; not to be changed. */
    int[] endingTokenIds() {
        return endingTokenIds;
    }

    /** Whether penalties apply. */
    boolean penalised() {
        return penalised;
    }

    /** Tokens that occurred; empty where no penalty needs them. */
    TokenCounts counts() {
        return counts;
    }

    /** A number in [0, 1) for the next token, the same whenever it is asked for. */
    double uniform() {
        return CounterRandom.uniform(key, numOutputTokens);
    }
}
