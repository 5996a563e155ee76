package quire.engine;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import quire.error.InvalidRequestException;
import quire.sampling.SamplingParams;
import quire.sampling.SamplingParamsBuilder;

/**
 * What a request says about sampling, over HTTP or in a Java program.
 *
 * @param temperature these five are the model's to say where they are empty; nothing of them is
 *     checked before {@link #over}
 * @param others all the rest, which no model has a say in
 */
public record AskedSampling(
        OptionalDouble temperature,
        OptionalDouble topP,
        OptionalInt topK,
        OptionalDouble minP,
        OptionalDouble repetitionPenalty,
        SamplingParams others) {

    /** Where to begin with {@link #others}: any number of tokens. */
    public static SamplingParamsBuilder asked() {
        return SamplingParams.builder().maxTokens(Integer.MAX_VALUE);
    }

    /**
     * With the model's own defaults where nothing is said, and vLLM's where both are silent.
     *
     * @param maxTokens most tokens of each choice of this prompt
     * @throws InvalidRequestException naming the first value that is out of range
     */
    public SamplingParams over(SamplingDefaults defaults, int maxTokens) {
        SamplingParamsBuilder params = others.toBuilder().maxTokens(maxTokens);
        if (!others.useBeamSearch()) {
            // In a search nothing is drawn, and a model's penalties would stand in its way.
            defaults.under(params);
        }
        temperature.ifPresent(params::temperature);
        topP.ifPresent(params::topP);
        topK.ifPresent(params::topK);
        minP.ifPresent(params::minP);
        repetitionPenalty.ifPresent(params::repetitionPenalty);
        return params.build();
    }
}
