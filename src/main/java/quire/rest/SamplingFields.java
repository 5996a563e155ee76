package quire.rest;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;
import quire.engine.AskedSampling;
import quire.error.InvalidRequestException;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.sampling.SamplingParamsBuilder;

/**
 * What both kinds of request say about sampling; an absent field leaves the choice to the model.
 */
final class SamplingFields {

    private SamplingFields() {}

    /**
     * @throws InvalidRequestException naming the first value that is out of range
     */
    static AskedSampling of(CreateCompletionRequest request) {
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
        LogprobFields.logprobs(request).ifPresent(others::logprobs);
        LogprobFields.promptLogprobs(request).ifPresent(others::promptLogprobs);
        return new AskedSampling(
                real(request.getTemperature()),
                real(request.getTopP()),
                whole(request.getTopK()),
                real(request.getMinP()),
                real(request.getRepetitionPenalty()),
                others.build());
    }

    /**
     * @throws InvalidRequestException naming the first value that is out of range
     */
    static AskedSampling of(CreateChatCompletionRequest request) {
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
        LogprobFields.logprobs(request).ifPresent(others::logprobs);
        LogprobFields.promptLogprobs(request).ifPresent(others::promptLogprobs);
        return new AskedSampling(
                real(request.getTemperature()),
                real(request.getTopP()),
                whole(request.getTopK()),
                real(request.getMinP()),
                real(request.getRepetitionPenalty()),
                others.build());
    }

    /**
     * @throws InvalidRequestException if a stop token is none of the model's tokens
     */
    static void checkStopTokens(AskedSampling asked, int vocabSize) {
        for (int id : asked.others().stopTokenIds()) {
            if (id < 0 || id >= vocabSize) {
                throw new InvalidRequestException(
                        "stop_token_ids",
                        "'stop_token_ids' has "
                                + id
                                + ", which is none of the model's "
                                + vocabSize
                                + " tokens.");
            }
        }
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
