package quire;

/**
 * An answer is not what the program wants to make of it: cut off, or no JSON of the type. What was
 * generated stays in the {@link Completion}.
 */
public final class AnswerException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public AnswerException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public AnswerException(String message, Throwable cause) {
        super(message, cause);
    }
}
