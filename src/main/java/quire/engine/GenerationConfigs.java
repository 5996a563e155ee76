package quire.engine;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import quire.error.CheckpointException;
import quire.error.ConfigurationException;
import quire.error.InvalidRequestException;
import quire.error.Setting;
import quire.model.GenerationConfig;
import quire.sampling.SamplingParams;
import quire.weights.Checkpoint;

/** What {@code --generation-config} means: the model's own, none, or that of another folder. */
final class GenerationConfigs {

    private static final String OWN = "auto";
    private static final String NONE = "vllm";

    private GenerationConfigs() {}

    /**
     * @throws ConfigurationException if a folder is named that has no such file
     */
    static GenerationConfig of(String asked, Checkpoint checkpoint) {
        GenerationConfig own = GenerationConfig.of(checkpoint);
        if (asked.equals(OWN)) {
            return own;
        }
        if (asked.equals(NONE)) {
            // Sampling is the server's own; where an answer ends stays the model's affair.
            return GenerationConfig.endingAt(own.eosTokenIds());
        }
        try {
            Path folder = Path.of(asked);
            if (Files.isRegularFile(folder.resolve("generation_config.json"))) {
                return GenerationConfig.read(folder);
            }
        } catch (InvalidPathException e) {
            throw new ConfigurationException(
                    Setting.GENERATION_CONFIG + " " + asked + " is no path", e);
        }
        throw new ConfigurationException(
                Setting.GENERATION_CONFIG
                        + " "
                        + asked
                        + " is neither auto nor vllm nor a folder with a generation_config.json");
    }

    /**
     * The part that requests may fall back on.
     *
     * @throws CheckpointException if it is out of range, so that every request would be refused
     */
    static SamplingDefaults sampling(GenerationConfig config) {
        SamplingDefaults defaults =
                new SamplingDefaults(
                        config.temperature(),
                        config.topP(),
                        config.topK(),
                        config.minP(),
                        config.repetitionPenalty(),
                        config.maxNewTokens());
        try {
            defaults.under(SamplingParams.builder()).build();
        } catch (InvalidRequestException e) {
            throw new CheckpointException(
                    "generation_config.json asks for what no request can have: "
                            + e.message(Setting::toString)
                            + " Correct the file, or leave its defaults out with "
                            + Setting.GENERATION_CONFIG
                            + " vllm.",
                    e);
        }
        return defaults;
    }
}
