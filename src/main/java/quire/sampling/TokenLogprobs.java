package quire.sampling;

/**
 * How likely a token was in its place, and which the likeliest ones were: natural logarithms of the
 * probabilities that the model's own logits give, before anything that a request changes.
 *
 * @param tokenId the token that was chosen, or stands in the prompt
 * @param logprob at most 0, maybe minus infinity; NaN where nothing came before the token
 * @param rank its place among all tokens, from 1; 0 where nothing came before it
 * @param topIds the likeliest tokens, likeliest first, the lowest id first of equals; not to be
 *     changed
 * @param topLogprobs theirs; not to be changed
 */
public record TokenLogprobs(
        int tokenId, float logprob, int rank, int[] topIds, float[] topLogprobs) {

    private static final int[] NO_IDS = {};
    private static final float[] NO_LOGPROBS = {};

    /** Stands for what nobody asked for. */
    public static final TokenLogprobs NONE = first(-1);

    /** Of the first token of a prompt, which nothing comes before. */
    public static TokenLogprobs first(int tokenId) {
        return new TokenLogprobs(tokenId, Float.NaN, 0, NO_IDS, NO_LOGPROBS);
    }

    /** Whether something came before the token, so that it has a probability. */
    public boolean isKnown() {
        return rank > 0;
    }
}
