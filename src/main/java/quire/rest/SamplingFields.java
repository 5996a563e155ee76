package quire.rest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import quire.engine.AskedSampling;
import quire.error.InvalidRequestException;
import quire.sampling.SamplingParamsBuilder;

/**
 * What both kinds of request say about sampling; an absent field leaves the choice to the model.
 */
final class SamplingFields {

    private static final Pattern TOKEN_ID = Pattern.compile("0|[1-9][0-9]{0,8}");

    private SamplingFields() {}

    /**
     * @param logprobs that the request asks for
     * @throws InvalidRequestException naming the first value that is out of range
     */
    static AskedSampling of(SampledRequest request, LogprobFields logprobs) {
        SamplingParamsBuilder others = AskedSampling.asked();
        ifSaid(request.getPresencePenalty(), others::presencePenalty);
        ifSaid(request.getFrequencyPenalty(), others::frequencyPenalty);
        ifSaid(request.getSeed(), others::seed);
        ifSaid(request.getN(), others::n);
        ifSaid(request.getStop(), stop -> others.stop(stop.values()));
        ifSaid(request.getStopTokenIds(), others::stopTokenIds);
        ifSaid(request.getIgnoreEos(), others::ignoreEos);
        ifSaid(request.getMinTokens(), others::minTokens);
        ifSaid(request.getIncludeStopStrInOutput(), others::includeStopStrInOutput);
        ifSaid(request.getSkipSpecialTokens(), others::skipSpecialTokens);
        ifSaid(request.getLogitBias(), biases -> others.logitBias(logitBias(biases)));
        ifSaid(request.getAllowedTokenIds(), others::allowedTokenIds);
        ifSaid(request.getBadWords(), others::badWords);
        ifSaid(request.getUseBeamSearch(), others::useBeamSearch);
        ifSaid(request.getLengthPenalty(), others::lengthPenalty);
        logprobs.ofText().ifPresent(others::logprobs);
        logprobs.ofPrompt().ifPresent(others::promptLogprobs);
        return new AskedSampling(
                real(request.getTemperature()),
                real(request.getTopP()),
                whole(request.getTopK()),
                real(request.getMinP()),
                real(request.getRepetitionPenalty()),
                others.build());
    }

    /**
     * What is added to logits, by token ids that come as strings, being keys of JSON.
     *
     * @throws InvalidRequestException naming the first key or value that is none
     */
    private static Map<Integer, Double> logitBias(Map<String, Double> asked) {
        Map<Integer, Double> biases = new LinkedHashMap<>();
        asked.forEach(
                (key, bias) -> {
                    if (!TOKEN_ID.matcher(key).matches()) {
                        throw new InvalidRequestException(
                                "logit_bias",
                                "'logit_bias' has the key \""
                                        + StrictJson.shorten(key)
                                        + "\"; allowed: token ids, written like \"15\".");
                    }
                    if (bias == null) {
                        throw new InvalidRequestException(
                                "logit_bias", "'logit_bias' has an entry that is null.");
                    }
                    biases.put(Integer.parseInt(key), bias);
                });
        return biases;
    }

    private static OptionalDouble real(Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }

    /** A number that may be absent. */
    static OptionalInt whole(Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static <T> void ifSaid(T value, Consumer<T> set) {
        if (value != null) {
            set.accept(value);
        }
    }
}
