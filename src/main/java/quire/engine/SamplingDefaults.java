package quire.engine;

import java.util.OptionalDouble;
import java.util.OptionalInt;

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
}
