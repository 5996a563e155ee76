package quire;

/**
 * The completion did not end within the time given. It goes on: {@link PendingCompletion#await()}
 * waits again, {@link PendingCompletion#cancel} ends it.
 */
public final class CompletionTimeoutException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public CompletionTimeoutException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public CompletionTimeoutException(String message, Throwable cause) {
        super(message, cause);
    }
}
