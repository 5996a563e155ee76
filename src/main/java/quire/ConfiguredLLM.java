package quire;

import java.util.Optional;
import quire.engine.EngineConfig;
import quire.reasoning.ReasoningFormat;

/**
 * An {@link LLM} as flags ask for it, for the server's own commands; the artifact for Java programs
 * leaves this out.
 *
 * @hidden
 */
public final class ConfiguredLLM {

    private ConfiguredLLM() {}

    /**
     * Loads, as {@link LLMBuilder#load} does.
     *
     * @param config what computes which model, and how
     * @param thoughts how the model writes these; empty where they are a part of the answer
     * @param progress hears how far it is
     * @return the model, to be closed
     * @throws ModelException if the model's files cannot be used
     * @throws OptionException if the configuration cannot be honoured
     * @throws LoadInterruptedException if the thread is interrupted
     * @throws EngineFailedException if the machine fails meanwhile
     */
    public static LLM load(
            EngineConfig config, Optional<ReasoningFormat> thoughts, LoadListener progress) {
        return LLMBuilder.load(() -> config, Integer.MAX_VALUE, thoughts, progress);
    }
}
