package quire.rest;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import quire.engine.SamplingDefaults;
import quire.error.InvalidRequestException;
import quire.rest.api.model.CreateChatCompletionRequest;
import quire.rest.api.model.CreateCompletionRequest;
import quire.sampling.SamplingParams;

/**
 * What both kinds of request say about sampling; an absent field leaves the choice to the model.
 */
record SamplingFields(
        Optional<Double> temperature,
        Optional<Double> topP,
        Optional<Integer> topK,
        Optional<Double> minP,
        Optional<Double> repetitionPenalty,
        Optional<Double> presencePenalty,
        Optional<Double> frequencyPenalty,
        Optional<Long> seed,
        int n,
        List<String> stop,
        List<Integer> stopTokenIds,
        boolean ignoreEos,
        int minTokens,
        boolean includeStopStrInOutput,
        boolean skipSpecialTokens,
        OptionalInt logprobs,
        OptionalInt promptLogprobs) {

    static SamplingFields of(CreateCompletionRequest request) {
        return new SamplingFields(
                Optional.ofNullable(request.getTemperature()),
                Optional.ofNullable(request.getTopP()),
                Optional.ofNullable(request.getTopK()),
                Optional.ofNullable(request.getMinP()),
                Optional.ofNullable(request.getRepetitionPenalty()),
                Optional.ofNullable(request.getPresencePenalty()),
                Optional.ofNullable(request.getFrequencyPenalty()),
                Optional.ofNullable(request.getSeed()),
                Optional.ofNullable(request.getN()).orElse(1),
                Optional.ofNullable(request.getStop()).map(StopStrings::values).orElse(List.of()),
                Optional.ofNullable(request.getStopTokenIds()).orElse(List.of()),
                Optional.ofNullable(request.getIgnoreEos()).orElse(false),
                Optional.ofNullable(request.getMinTokens()).orElse(0),
                Optional.ofNullable(request.getIncludeStopStrInOutput()).orElse(false),
                Optional.ofNullable(request.getSkipSpecialTokens()).orElse(true),
                LogprobFields.logprobs(request),
                LogprobFields.promptLogprobs(request));
    }

    static SamplingFields of(CreateChatCompletionRequest request) {
        return new SamplingFields(
                Optional.ofNullable(request.getTemperature()),
                Optional.ofNullable(request.getTopP()),
                Optional.ofNullable(request.getTopK()),
                Optional.ofNullable(request.getMinP()),
                Optional.ofNullable(request.getRepetitionPenalty()),
                Optional.ofNullable(request.getPresencePenalty()),
                Optional.ofNullable(request.getFrequencyPenalty()),
                Optional.ofNullable(request.getSeed()),
                Optional.ofNullable(request.getN()).orElse(1),
                Optional.ofNullable(request.getStop()).map(StopStrings::values).orElse(List.of()),
                Optional.ofNullable(request.getStopTokenIds()).orElse(List.of()),
                Optional.ofNullable(request.getIgnoreEos()).orElse(false),
                Optional.ofNullable(request.getMinTokens()).orElse(0),
                Optional.ofNullable(request.getIncludeStopStrInOutput()).orElse(false),
                Optional.ofNullable(request.getSkipSpecialTokens()).orElse(true),
                LogprobFields.logprobs(request),
                LogprobFields.promptLogprobs(request));
    }

    /**
     * @throws InvalidRequestException if a stop token is none of the model's tokens
     */
    void checkStopTokens(int vocabSize) {
        for (int id : stopTokenIds) {
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

    /**
     * With the model's own defaults where the request is silent, and vLLM's where both are.
     *
     * @throws InvalidRequestException naming the first field that is out of range
     */
    SamplingParams params(SamplingDefaults defaults, int maxTokens) {
        SamplingParams.Builder params =
                defaults.params()
                        .maxTokens(maxTokens)
                        .n(n)
                        .stop(stop)
                        .stopTokenIds(stopTokenIds)
                        .ignoreEos(ignoreEos)
                        .minTokens(minTokens)
                        .includeStopStrInOutput(includeStopStrInOutput)
                        .skipSpecialTokens(skipSpecialTokens);
        temperature.ifPresent(params::temperature);
        topP.ifPresent(params::topP);
        topK.ifPresent(params::topK);
        minP.ifPresent(params::minP);
        repetitionPenalty.ifPresent(params::repetitionPenalty);
        presencePenalty.ifPresent(params::presencePenalty);
        frequencyPenalty.ifPresent(params::frequencyPenalty);
        seed.ifPresent(params::seed);
        logprobs.ifPresent(params::logprobs);
        promptLogprobs.ifPresent(params::promptLogprobs);
        return params.build();
    }
}
