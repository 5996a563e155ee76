package quire;

/**
 * The engine failed while it loaded or computed: a driver, a card or a defect. The completion is
 * lost; whether the {@link LLM} is too, {@link #isFatal} tells.
 */
public final class EngineFailedException extends LLMException {

    /** Whether the model serves nobody any more. */
    private final boolean fatal;

    /**
     * With a message alone.
     *
     * @param message a sentence for whoever reads it
     * @param fatal whether the same {@link LLM} serves nobody any more
     */
    public EngineFailedException(String message, boolean fatal) {
        super(message);
        this.fatal = fatal;
    }

    /**
     * With what it comes from.
     *
     * @param message a sentence for whoever reads it
     * @param fatal whether the same {@link LLM} serves nobody any more
     * @param cause what happened inside
     */
    public EngineFailedException(String message, boolean fatal, Throwable cause) {
        super(message, cause);
        this.fatal = fatal;
    }

    /**
     * Whether the same {@link LLM} serves nobody any more. Then it is to be closed; after a fault
     * of a card only another process computes on it.
     *
     * @return false where the next call may succeed
     */
    public boolean isFatal() {
        return fatal;
    }
}
