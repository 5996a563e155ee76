package quire.engine;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import quire.sampling.SamplingParamsBuilder;

/** Sampling that the model's {@code generation_config.json} asks for where a request is silent. */
public record SamplingDefaults(
        OptionalDouble temperature,
        OptionalDouble topP,
        OptionalInt topK,
        OptionalDouble minP,
        OptionalDouble repetitionPenalty,
        OptionalInt maxTokens) {

    /** A model that asks for nothing. */
    public static final SamplingDefaults NONE =
            new SamplingDefaults(
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalInt.empty(),
                    OptionalDouble.empty(),
                    OptionalDouble.empty(),
                    OptionalInt.empty());

    /** Sets what the model asks for, over which a request lays what it says itself. */
    SamplingParamsBuilder under(SamplingParamsBuilder params) {
        temperature.ifPresent(params::temperature);
        topP.ifPresent(params::topP);
        topK.ifPresent(params::topK);
        minP.ifPresent(params::minP);
        repetitionPenalty.ifPresent(params::repetitionPenalty);
        return params;
    }

    /**
     * Most tokens for a request that does not say.
     *
     * @param room what the context has left, from 1
     */
    public int maxTokens(int room) {
        return Math.min(maxTokens.orElse(room), room);
    }
}
