package quire;

import java.util.Optional;
import quire.engine.EngineConfig;
import quire.engine.LlmEngine;
import quire.model.LoadProgress;

/** The API over an engine that a test configures as no user can, or looks into. */
public final class Embedded {

    private Embedded() {}

    /** Loads with the engine's own exceptions. */
    public static LLM load(EngineConfig config) {
        return over(LlmEngine.load(config, LoadProgress.SILENT));
    }

    /** Over an engine, which is closed with it. */
    public static LLM over(LlmEngine engine) {
        return new EngineLLM(engine, Integer.MAX_VALUE, Optional.empty());
    }
}
