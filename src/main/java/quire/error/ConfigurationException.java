package quire.error;

/**
 * A flag or environment that cannot be honoured: the message names it, its value and what is
 * allowed.
 */
public final class ConfigurationException extends QuireException {

    public ConfigurationException(String message) {
        super(message, null);
    }

    public ConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
