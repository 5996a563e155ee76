package quire.sampling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * By what rule the tokens of one choice are chosen: params, changes to its rows of logits, what
 * ends it, and the key of its random numbers. Immutable; any thread.
 */
public final class SamplingRule {

    private final SamplingParams params;
    private final EosTokens eos;
    private final int[] stopTokenIds;
    private final int[] endingTokenIds;
    private final BadWords badWords;
    private final long[] allowed;
    private final int[] biasedIds;
    private final float[] biases;
    private final LogitChange[] changes;
    private final long key;

    /** A rule of params that have no bad words. */
    public SamplingRule(SamplingParams params, EosTokens eos, int choice, long fallbackSeed) {
        this(params, BadWords.NONE, eos, choice, fallbackSeed);
    }

    /**
     * @param badWords what the params' bad words are in the model's tokens
     * @param choice index of this choice within its request
     * @param fallbackSeed stands in where the params have no seed; from {@link #fallbackSeed}
     */
    public SamplingRule(
            SamplingParams params,
            BadWords badWords,
            EosTokens eos,
            int choice,
            long fallbackSeed) {
        this.params = params;
        this.badWords = badWords;
        this.eos = eos;
        this.key = CounterRandom.key(params.seed().orElse(fallbackSeed), choice);
        this.stopTokenIds =
                params.stopTokenIds().stream().mapToInt(Integer::intValue).sorted().toArray();
        this.endingTokenIds = union(eos.ids(), stopTokenIds);
        this.allowed = params.allowedTokenIds().map(SamplingRule::words).orElse(TokenMask.ANY);
        this.biasedIds =
                params.logitBias().keySet().stream().mapToInt(Integer::intValue).sorted().toArray();
        this.biases = new float[biasedIds.length];
        for (int i = 0; i < biases.length; i++) {
            biases[i] = params.logitBias().get(biasedIds[i]).floatValue();
        }
        this.changes = inOrder();
    }

    private static long[] words(List<Integer> ids) {
        BitSet bits = new BitSet();
        ids.forEach(bits::set);
        return bits.toLongArray();
    }

    /** In vLLM's order: allowed ids, bad words, {@code min_tokens}, bias, penalties. */
    private LogitChange[] inOrder() {
        List<LogitChange> all = new ArrayList<>();
        if (allowed != TokenMask.ANY) {
            all.add(new LogitChange.Allowed(allowed));
        }
        if (badWords.size() > 0) {
            all.add(new LogitChange.Avoided(badWords));
        }
        if (params.minTokens() > 0 && endingTokenIds.length > 0) {
            all.add(new LogitChange.MinTokens(params.minTokens(), endingTokenIds));
        }
        if (biasedIds.length > 0) {
            all.add(new LogitChange.Bias(biasedIds, biases));
        }
        if (params.hasPenalties()) {
            all.add(
                    new LogitChange.Penalties(
                            (float) params.repetitionPenalty(),
                            (float) params.frequencyPenalty(),
                            (float) params.presencePenalty()));
        }
        return all.toArray(LogitChange[]::new);
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

    /**
     * Ascending ids of the tokens that end the choice, which {@code min_tokens} forbids for a
     * while; not to be changed.
     */
    public int[] endingTokenIds() {
        return endingTokenIds;
    }

    /** The only tokens that may be drawn: words as those of a {@link TokenMask}. */
    public long[] allowed() {
        return allowed;
    }

    /** The field that may leave no token at all to draw from, if there is one. */
    public Optional<String> restriction() {
        if (allowed != TokenMask.ANY) {
            return Optional.of("allowed_token_ids");
        }
        return badWords.size() > 0 ? Optional.of("bad_words") : Optional.empty();
    }

    /** What the output is not to have. */
    public BadWords badWords() {
        return badWords;
    }

    /** Ascending ids of the tokens whose logits are biased; not to be changed. */
    public int[] biasedIds() {
        return biasedIds;
    }

    /** What is added to each of those; not to be changed. */
    public float[] biases() {
        return biases;
    }

    /** Key of its random numbers, for {@link CounterRandom} and what computes the same. */
    public long key() {
        return key;
    }

    /** What a token's distance from the greatest logit is multiplied by: one over temperature. */
    public float logitScale() {
        return Candidates.logitScale(params);
    }

    /** The distance from the greatest logit, at most 0, of the least that {@code min_p} keeps. */
    public double minPDistance() {
        return Candidates.minPDistance(params);
    }

    /** Whether there are rows that are changed before a token is chosen. */
    public boolean changesLogits() {
        return changes.length > 0;
    }

    /** Changes to a row, in the order in which they are made; not to be changed. */
    LogitChange[] changes() {
        return changes;
    }

    /**
     * A number in [0, 1) for the output's token of that number: it depends on seed and choice
     * besides, so that neither the batch, preemption nor a restart changes a seeded text.
     */
    double uniform(int numOutputTokens) {
        return CounterRandom.uniform(key, numOutputTokens);
    }
}
