package quire;

/**
 * The thread was interrupted while it loaded a model. Its interrupt flag is set again, and what was
 * loaded until then is given back a moment later.
 */
public final class LoadInterruptedException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public LoadInterruptedException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public LoadInterruptedException(String message, Throwable cause) {
        super(message, cause);
    }
}
