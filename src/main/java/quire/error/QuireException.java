package quire.error;

/**
 * An error whose message is written for the user: it names what was given, what is allowed and a
 * way out. Anything else that escapes is a defect.
 */
public abstract sealed class QuireException extends RuntimeException
        permits InvalidRequestException,
                CheckpointException,
                ConfigurationException,
                OverloadedException,
                UnavailableException,
                EngineException {

    protected QuireException(String message, Throwable cause) {
        super(message, cause);
    }
}
