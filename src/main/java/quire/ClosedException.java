package quire;

/**
 * The {@link LLM} is closed: what came after {@link LLM#close} finds it so, and what was under way
 * ended.
 */
public final class ClosedException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public ClosedException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public ClosedException(String message, Throwable cause) {
        super(message, cause);
    }
}
