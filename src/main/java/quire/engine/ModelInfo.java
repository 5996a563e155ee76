package quire.engine;

import java.time.Instant;
import java.util.List;

/**
 * What a client may know of the served model.
 *
 * @param servedNames names that requests may use, the first one is the model's id
 * @param architecture such as {@code Qwen2ForCausalLM}
 * @param numParameters elements of all weights
 * @param maxModelLength longest prompt plus output in tokens
 * @param vocabSize token ids are below this
 * @param loaded when it was loaded
 */
public record ModelInfo(
        List<String> servedNames,
        String architecture,
        long numParameters,
        int maxModelLength,
        int vocabSize,
        Instant loaded) {

    public ModelInfo {
        servedNames = List.copyOf(servedNames);
    }
}
