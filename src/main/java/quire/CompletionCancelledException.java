package quire;

/**
 * The completion was cancelled: by {@link PendingCompletion#cancel}, by a future or a subscription
 * that was cancelled, or by a listener that threw.
 */
public final class CompletionCancelledException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public CompletionCancelledException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public CompletionCancelledException(String message, Throwable cause) {
        super(message, cause);
    }
}
