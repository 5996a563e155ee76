package quire.error;

/**
 * A model that cannot be had by its name: the message names the repository, the file where it is
 * about one, and the way out.
 */
public final class HubException extends QuireException {

    public HubException(String message) {
        super(message, null);
    }

    public HubException(String message, Throwable cause) {
        super(message, cause);
    }
}
