package quire;

/**
 * A prompt, a conversation or sampling parameters that this model can never serve, such as a prompt
 * longer than its context. The message names what was given and what is allowed; nothing was
 * generated.
 */
public final class PromptException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public PromptException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public PromptException(String message, Throwable cause) {
        super(message, cause);
    }
}
