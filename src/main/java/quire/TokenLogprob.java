package quire;

import java.util.List;
import java.util.Objects;

/**
 * How likely a token was in its place: the natural logarithm of the probability that the model
 * gives it, before penalties and temperature. Immutable.
 */
public final class TokenLogprob {

    private final int tokenId;
    private final String text;
    private final double logprob;
    private final int rank;
    private final List<TokenLogprob> top;

    private TokenLogprob(
            int tokenId, String text, double logprob, int rank, List<TokenLogprob> top) {
        this.tokenId = tokenId;
        this.text = Objects.requireNonNull(text, "text");
        this.logprob = logprob;
        this.rank = rank;
        this.top = List.copyOf(top);
    }

    /**
     * Made by hand, for an {@link LLM} that is none of Quire's.
     *
     * @param tokenId the token
     * @param text of the token
     * @param logprob at most 0
     * @param rank place among all tokens, from 1
     * @param top the likeliest tokens, likeliest first
     * @return the token with its likelihood
     */
    public static TokenLogprob of(
            int tokenId, String text, double logprob, int rank, List<TokenLogprob> top) {
        return new TokenLogprob(tokenId, text, logprob, rank, top);
    }

    /**
     * The token.
     *
     * @return from 0 and below {@link LLMInfo#vocabSize}
     */
    public int tokenId() {
        return tokenId;
    }

    /**
     * The text of the token by itself.
     *
     * @return characters that the token cuts through are U+FFFD
     */
    public String text() {
        return text;
    }

    /**
     * The logarithm of its probability.
     *
     * @return at most 0, maybe negative infinity
     */
    public double logprob() {
        return logprob;
    }

    /**
     * Its place among all tokens by likelihood.
     *
     * @return from 1
     */
    public int rank() {
        return rank;
    }

    /**
     * The likeliest tokens in this place, as many as {@link SamplingParams#logprobs} or {@link
     * SamplingParams#promptLogprobs} asked for.
     *
     * @return likeliest first, without such tokens of their own; unmodifiable
     */
    public List<TokenLogprob> top() {
        return top;
    }

    @Override
    public String toString() {
        return text + " (" + logprob + ")";
    }
}
