package quire;

import quire.error.CheckpointException;
import quire.error.ConfigurationException;
import quire.error.EngineException;
import quire.error.HubException;
import quire.error.InvalidRequestException;
import quire.error.OverloadedException;
import quire.error.QuireException;
import quire.error.UnavailableException;

/** Makes this API's exceptions of the engine's, on the stack of whoever calls; the one place. */
final class Failures {

    private Failures() {}

    /** Of what was refused before it reached an engine, or by one that lives. */
    static LLMException of(QuireException error) {
        return of(error, false, false);
    }

    /**
     * Of what an engine said.
     *
     * @param closed whether it was being closed then
     * @param dead whether it serves nobody any more
     */
    static LLMException of(QuireException error, boolean closed, boolean dead) {
        String message = error.getMessage();
        return switch (error) {
            case InvalidRequestException e -> new PromptException(message, e);
            case CheckpointException e -> new ModelException(message, e);
            case HubException e -> new ModelException(message, e);
            case ConfigurationException e -> new OptionException(message, e);
            case OverloadedException e -> new OverloadException(message, e);
            case UnavailableException e ->
                    closed ? closed(e) : new EngineFailedException(message, true, e);
            case EngineException e -> new EngineFailedException(message, dead, e);
        };
    }

    /** Of anything that comes of using what is freed already. */
    static ClosedException closed(RuntimeException cause) {
        return new ClosedException("this LLM was closed meanwhile", cause);
    }
}
