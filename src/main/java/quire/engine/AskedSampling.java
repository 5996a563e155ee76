package quire.engine;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import quire.error.InvalidRequestException;
import quire.sampling.SamplingParams;

/**
 * What a request says about sampling, over HTTP or in a Java program; what is empty is left to the
 * model. Nothing is checked before {@link #over}.
 */
public record AskedSampling(
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
        boolean skipSpecialTokens,
        OptionalInt logprobs,
        OptionalInt promptLogprobs) {

    /**
     * With the model's own defaults where nothing is said, and vLLM's where both are silent.
     *
     * @param maxTokens most tokens of each choice of this prompt
     * @throws InvalidRequestException naming the first value that is out of range
     */
    public SamplingParams over(SamplingDefaults defaults, int maxTokens) {
        SamplingParams.Builder params =
                defaults.params()
                        .maxTokens(maxTokens)
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
        logprobs.ifPresent(params::logprobs);
        promptLogprobs.ifPresent(params::promptLogprobs);
        return params.build();
    }
}
