package quire.sampling;

import java.util.List;
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
        OptionalInt promptLogprobs) {

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

    private static void check(boolean allowed, String param, Object value, String range) {
        if (!allowed) {
            throw new InvalidRequestException(
                    param,
                    RequestField.named(param) + " is " + value + "; allowed: " + range + ".");
        }
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
