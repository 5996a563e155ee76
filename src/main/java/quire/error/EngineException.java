package quire.error;

/**
 * The engine failed or was stopped while a sequence ran (HTTP 500); the sequence is lost, the
 * engine is not.
 */
public final class EngineException extends QuireException {

    public EngineException(String message) {
        super(message, null);
    }

    public EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
