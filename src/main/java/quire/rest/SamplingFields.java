package quire.rest;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.engine.AskedSampling;
import quire.error.InvalidRequestException;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;

/**
 * What both kinds of request say about sampling; an absent field leaves the choice to the model.
 */
final class SamplingFields {

    private SamplingFields() {}

    static AskedSampling of(CreateCompletionRequest request) {
        return new AskedSampling(
                real(request.getTemperature()),
                real(request.getTopP()),
                whole(request.getTopK()),
                real(request.getMinP()),
                real(request.getRepetitionPenalty()),
                real(request.getPresencePenalty()).orElse(0),
                real(request.getFrequencyPenalty()).orElse(0),
                seed(request.getSeed()),
                whole(request.getN()).orElse(1),
                Optional.ofNullable(request.getStop()).map(StopStrings::values).orElse(List.of()),
                Optional.ofNullable(request.getStopTokenIds()).orElse(List.of()),
                Optional.ofNullable(request.getIgnoreEos()).orElse(false),
                whole(request.getMinTokens()).orElse(0),
                Optional.ofNullable(request.getIncludeStopStrInOutput()).orElse(false),
                Optional.ofNullable(request.getSkipSpecialTokens()).orElse(true),
                LogprobFields.logprobs(request),
                LogprobFields.promptLogprobs(request));
    }

    static AskedSampling of(CreateChatCompletionRequest request) {
        return new AskedSampling(
                real(request.getTemperature()),
                real(request.getTopP()),
                whole(request.getTopK()),
                real(request.getMinP()),
                real(request.getRepetitionPenalty()),
                real(request.getPresencePenalty()).orElse(0),
                real(request.getFrequencyPenalty()).orElse(0),
                seed(request.getSeed()),
                whole(request.getN()).orElse(1),
                Optional.ofNullable(request.getStop()).map(StopStrings::values).orElse(List.of()),
                Optional.ofNullable(request.getStopTokenIds()).orElse(List.of()),
                Optional.ofNullable(request.getIgnoreEos()).orElse(false),
                whole(request.getMinTokens()).orElse(0),
                Optional.ofNullable(request.getIncludeStopStrInOutput()).orElse(false),
                Optional.ofNullable(request.getSkipSpecialTokens()).orElse(true),
                LogprobFields.logprobs(request),
                LogprobFields.promptLogprobs(request));
    }

    /**
     * @throws InvalidRequestException if a stop token is none of the model's tokens
     */
    static void checkStopTokens(AskedSampling asked, int vocabSize) {
        for (int id : asked.stopTokenIds()) {
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

    private static OptionalLong seed(Long value) {
        return value == null ? OptionalLong.empty() : OptionalLong.of(value);
    }
}
