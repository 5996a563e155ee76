package quire;

/**
 * Why a choice ended. Whatever else ends one is an exception. More may come: a {@code switch} over
 * them needs a default.
 */
public enum FinishReason {
    /** The model's end of a text or turn, a stop string or a stop token. */
    STOP,
    /** {@link SamplingParams#maxTokens}, or the end of the model's context. */
    LENGTH,
    /** It calls tools, and waits for what they say. */
    TOOL_CALLS
}
