package quire.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.error.InvalidRequestException;
import quire.error.RequestField;

/**
 * What a user asks of sampling; names, defaults and ranges after vLLM's {@code SamplingParams}.
 *
 * @param maxTokens most tokens to generate for each choice, from 1
 * @param temperature from 0; below {@link #GREEDY_BELOW} the likeliest token is taken
 * @param topP mass of the smallest set of likeliest tokens to draw from, in (0, 1]
 * @param topK number of likeliest tokens to draw from; 0 or -1 for all
 * @param minP least probability relative to the likeliest token's, in [0, 1]
 * @param repetitionPenalty from above 0; above 1 discourages tokens of prompt and output
 * @param presencePenalty in [-2, 2]; subtracted once from tokens of the output
 * @param frequencyPenalty in [-2, 2]; subtracted per occurrence in the output
 * @param seed makes the choices reproducible; -1 is the same as none
 * @param n number of choices
 * @param stop strings that end a choice
 * @param stopTokenIds tokens that end a choice
 * @param ignoreEos go on after the model's end-of-sequence token
 * @param minTokens tokens before which neither end-of-sequence nor stop tokens are drawn
 * @param includeStopStrInOutput keep the stop string in the text
 * @param skipSpecialTokens leave special tokens out of the text
 * @param logprobs with each token of the output comes its log-probability, and so many likeliest
 * @param promptLogprobs the same of the prompt's tokens
 * @param logitBias what is added to a token's logit, by its id, each from -100 to 100
 * @param allowedTokenIds the only tokens that may be drawn; empty = all
 * @param badWords texts that the output is not to have, each of some characters
 * @param useBeamSearch finds the {@code n} texts that are likeliest as a whole; nothing is drawn
 * @param lengthPenalty power of the length that a text's log-probability is divided by in a search
 */
public record SamplingParams(
        int maxTokens,
        double temperature,
        double topP,
        int topK,
        double minP,
        double repetitionPenalty,
        double presencePenalty,
        double frequencyPenalty,
        OptionalLong seed,
        int n,
        List<String> stop,
        List<Integer> stopTokenIds,
        boolean ignoreEos,
        int minTokens,
        boolean includeStopStrInOutput,
        boolean skipSpecialTokens,
        OptionalInt logprobs,
        OptionalInt promptLogprobs,
        Map<Integer, Double> logitBias,
        Optional<List<Integer>> allowedTokenIds,
        List<String> badWords,
        boolean useBeamSearch,
        double lengthPenalty) {

    /** Temperatures below this mean greedy. */
    public static final double GREEDY_BELOW = 1e-5;

    /** Most choices of one request, as OpenAI's API has it. */
    public static final int MAX_N = 128;

    /** Most stop strings of one request. */
    public static final int MAX_STOP_STRINGS = 64;

    /** Longest stop string in UTF-16 units. */
    public static final int MAX_STOP_LENGTH = 1024;

    /** Most stop token ids of one request. */
    public static final int MAX_STOP_TOKEN_IDS = 128;

    /** Most likeliest tokens that come with one. */
    public static final int MAX_LOGPROBS = 1000;

    /** Most tokens of one request whose logits are biased. */
    public static final int MAX_LOGIT_BIAS = 1024;

    /** Most bad words of one request. */
    public static final int MAX_BAD_WORDS = 1000;

    /** Longest bad word in UTF-16 units. */
    public static final int MAX_BAD_WORD_LENGTH = 256;

    private static final double MAX_PENALTY = 2;

    /**
     * Checks every range.
     *
     * @throws InvalidRequestException naming the first field that is out of range
     */
    public SamplingParams {
        check(maxTokens >= 1, "max_tokens", maxTokens, "at least 1");
        check(
                finite(temperature) && temperature >= 0,
                "temperature",
                temperature,
                "a number from 0");
        check(topP > 0 && topP <= 1, "top_p", topP, "above 0 and at most 1");
        check(topK >= -1, "top_k", topK, "at least 1, or 0 or -1 for all tokens");
        check(minP >= 0 && minP <= 1, "min_p", minP, "from 0 to 1");
        check(
                finite(repetitionPenalty) && repetitionPenalty > 0,
                "repetition_penalty",
                repetitionPenalty,
                "a number above 0");
        check(
                Math.abs(presencePenalty) <= MAX_PENALTY,
                "presence_penalty",
                presencePenalty,
                "from -2 to 2");
        check(
                Math.abs(frequencyPenalty) <= MAX_PENALTY,
                "frequency_penalty",
                frequencyPenalty,
                "from -2 to 2");
        check(n >= 1 && n <= MAX_N, "n", n, "from 1 to " + MAX_N);
        check(minTokens >= 0, "min_tokens", minTokens, "at least 0");
        check(
                minTokens <= maxTokens,
                "min_tokens",
                minTokens,
                "at most " + RequestField.named("max_tokens") + ", " + maxTokens);
        seed = seed.isPresent() && seed.getAsLong() == -1 ? OptionalLong.empty() : seed;
        stop = List.copyOf(stop);
        checkStop(stop);
        stopTokenIds = List.copyOf(stopTokenIds);
        check(
                stopTokenIds.size() <= MAX_STOP_TOKEN_IDS,
                "stop_token_ids",
                stopTokenIds.size() + " ids",
                "at most " + MAX_STOP_TOKEN_IDS);
        for (int id : stopTokenIds) {
            check(id >= 0, "stop_token_ids", id, "token ids from 0");
        }
        checkLogprobs("logprobs", logprobs);
        checkLogprobs("prompt_logprobs", promptLogprobs);
        logitBias = Map.copyOf(logitBias);
        TokenLists.checkLogitBias(logitBias);
        allowedTokenIds = allowedTokenIds.map(List::copyOf);
        allowedTokenIds.ifPresent(TokenLists::checkAllowed);
        badWords = List.copyOf(badWords);
        TokenLists.checkBadWords(badWords);
        check(finite(lengthPenalty), "length_penalty", lengthPenalty, "a number");
        if (useBeamSearch) {
            refuseBesideSearch(repetitionPenalty != 1, "repetition_penalty");
            refuseBesideSearch(presencePenalty != 0, "presence_penalty");
            refuseBesideSearch(frequencyPenalty != 0, "frequency_penalty");
            refuseBesideSearch(!stop.isEmpty(), "stop");
            refuseBesideSearch(minTokens > 0, "min_tokens");
            refuseBesideSearch(promptLogprobs.isPresent(), "prompt_logprobs");
            refuseBesideSearch(!logitBias.isEmpty(), "logit_bias");
            refuseBesideSearch(allowedTokenIds.isPresent(), "allowed_token_ids");
            refuseBesideSearch(!badWords.isEmpty(), "bad_words");
        } else {
            check(
                    lengthPenalty == 1,
                    "length_penalty",
                    lengthPenalty,
                    "1, unless " + RequestField.named("use_beam_search") + " is true");
        }
    }

    /** A search goes by the model's own log-probabilities, which this would change. */
    private static void refuseBesideSearch(boolean asked, String param) {
        if (asked) {
            throw new InvalidRequestException(
                    param,
                    RequestField.named(param)
                            + " is not available with "
                            + RequestField.named("use_beam_search")
                            + "; leave one of them out.");
        }
    }

    private static void checkLogprobs(String param, OptionalInt count) {
        int value = count.orElse(0);
        check(value >= 0 && value <= MAX_LOGPROBS, param, value, "from 0 to " + MAX_LOGPROBS);
    }

    private static boolean finite(double value) {
        return Math.abs(value) <= Double.MAX_VALUE;
    }

    private static void checkStop(List<String> stop) {
        check(
                stop.size() <= MAX_STOP_STRINGS,
                "stop",
                stop.size() + " strings",
                "at most " + MAX_STOP_STRINGS);
        for (String string : stop) {
            check(
                    !string.isEmpty(),
                    "stop",
                    "an empty string",
                    "strings of at least one character");
            check(
                    string.length() <= MAX_STOP_LENGTH,
                    "stop",
                    "a string of " + string.length() + " characters",
                    "at most " + MAX_STOP_LENGTH);
        }
    }

    static void check(boolean allowed, String param, Object value, String range) {
        if (!allowed) {
            throw new InvalidRequestException(
                    param,
                    RequestField.named(param) + " is " + value + "; allowed: " + range + ".");
        }
    }

    /**
     * Checks the ids that it names.
     *
     * @param vocabSize of the model
     * @throws InvalidRequestException naming the first field with an id that no token has
     */
    public void checkTokenIds(int vocabSize) {
        TokenLists.checkIds("stop_token_ids", stopTokenIds, vocabSize);
        TokenLists.checkIds("logit_bias", logitBias.keySet(), vocabSize);
        allowedTokenIds.ifPresent(ids -> TokenLists.checkIds("allowed_token_ids", ids, vocabSize));
    }

    /** vLLM's defaults: temperature 1, everything else off, 16 tokens. */
    public static SamplingParamsBuilder builder() {
        return new SamplingParamsBuilder();
    }

    /** The likeliest token each time, up to {@code maxTokens} tokens. */
    public static SamplingParams greedy(int maxTokens) {
        return builder().temperature(0).maxTokens(maxTokens).build();
    }

    /** Whether the likeliest token is taken instead of a draw. */
    public boolean isGreedy() {
        return temperature < GREEDY_BELOW;
    }

    /** Whether tokens that occurred before change the logits. */
    public boolean hasPenalties() {
        return repetitionPenalty != 1 || presencePenalty != 0 || frequencyPenalty != 0;
    }

    /** A builder that starts from these params. */
    public SamplingParamsBuilder toBuilder() {
        return new SamplingParamsBuilder(this);
    }
}
