package quire.error;

/**
 * The engine failed while a sequence ran (HTTP 500). The sequence is lost; the engine is not,
 * unless it is not live any more, and then it takes no other request for as long as its process
 * lives.
 */
public final class EngineException extends QuireException {

    public EngineException(String message) {
        super(message, null);
    }

    public EngineException(String message, Throwable cause) {
        super(message, cause);
    }
}
