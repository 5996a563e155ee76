package quire.error;

/** The waiting queue is full; the caller may try again later (HTTP 429). */
public final class OverloadedException extends QuireException {

    public OverloadedException(String message) {
        super(message, null);
    }

    public OverloadedException(String message, Throwable cause) {
        super(message, cause);
    }
}
