package quire;

/** The waiting thread was interrupted. Its interrupt flag is set again. */
public final class CompletionInterruptedException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public CompletionInterruptedException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public CompletionInterruptedException(String message, Throwable cause) {
        super(message, cause);
    }
}
