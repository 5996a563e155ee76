package quire.error;

/** The engine cannot take a request at this time: loading, stopping or failed (HTTP 503). */
public final class UnavailableException extends QuireException {

    public UnavailableException(String message) {
        super(message, null);
    }
}
