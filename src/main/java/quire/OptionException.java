package quire;

/**
 * An option of {@link LLMBuilder} that cannot be honoured here: it is out of range, does not go
 * with another, or this machine (its memory, its processor, its card) stands against it. The
 * message names the builder's method, the value and the way out.
 */
public final class OptionException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public OptionException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public OptionException(String message, Throwable cause) {
        super(message, cause);
    }
}
