package quire;

/**
 * More requests wait already than {@link LLMBuilder#maxQueue} allows, or too many long texts are
 * being tokenized. Nothing was generated; the same call may succeed later.
 */
public final class OverloadException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public OverloadException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public OverloadException(String message, Throwable cause) {
        super(message, cause);
    }
}
