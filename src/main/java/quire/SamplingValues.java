package quire;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.engine.SamplingDefaults;
import quire.error.InvalidRequestException;

/** What {@link SamplingParams} hold, and the one place that tells it to the engine. */
record SamplingValues(
        OptionalInt maxTokens,
        OptionalDouble temperature,
        OptionalDouble topP,
        OptionalInt topK,
        OptionalDouble minP,
        OptionalDouble repetitionPenalty,
        double presencePenalty,
        double frequencyPenalty,
        OptionalLong seed,
        int n,
        List<String> stop,
        List<Integer> stopTokenIds,
        boolean ignoreEos,
        int minTokens,
        boolean includeStopString,
        boolean skipSpecialTokens) {

    /**
     * Checks what can be checked without a model.
     *
     * @throws PromptException naming the first value that is out of range
     */
    void check() {
        try {
            over(SamplingDefaults.NONE, maxTokens.orElse(Integer.MAX_VALUE));
        } catch (InvalidRequestException e) {
            throw Failures.of(e);
        }
    }

    /**
     * With the model's own defaults where nothing is set, and vLLM's where both are silent.
     *
     * @param mostTokens what {@code maxTokens} is for this prompt
     * @throws InvalidRequestException naming the first value that is out of range
     */
    quire.sampling.SamplingParams over(SamplingDefaults defaults, int mostTokens) {
        quire.sampling.SamplingParams.Builder params =
                defaults.params()
                        .maxTokens(mostTokens)
                        .presencePenalty(presencePenalty)
                        .frequencyPenalty(frequencyPenalty)
                        .n(n)
                        .stop(stop)
                        .stopTokenIds(stopTokenIds)
                        .ignoreEos(ignoreEos)
                        .minTokens(minTokens)
                        .includeStopStrInOutput(includeStopString)
                        .skipSpecialTokens(skipSpecialTokens);
        temperature.ifPresent(params::temperature);
        topP.ifPresent(params::topP);
        topK.ifPresent(params::topK);
        minP.ifPresent(params::minP);
        repetitionPenalty.ifPresent(params::repetitionPenalty);
        seed.ifPresent(params::seed);
        return params.build();
    }
}
