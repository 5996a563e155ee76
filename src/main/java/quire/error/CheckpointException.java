package quire.error;

/**
 * A model file that cannot be used: the message names the file, the tensor, what was found and what
 * is needed.
 */
public final class CheckpointException extends QuireException {

    public CheckpointException(String message) {
        super(message, null);
    }

    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
