package quire;

/**
 * A model whose files cannot be used: they are missing, damaged, of a kind that Quire does not
 * know, or do not belong together. The message names the file, what was found and what is needed.
 */
public final class ModelException extends LLMException {

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     */
    public ModelException(String message) {
        super(message);
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param cause what happened inside
     */
    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
