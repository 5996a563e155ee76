package quire.generation;

import quire.sampling.SamplingParams;
import quire.sequence.FinishReason;

/**
 * Hears what an engine does, for metrics. All calls but the last come from the engine's serial
 * executor; implementations return at once. Times are in nanoseconds.
 */
public interface EngineObserver {

    /** A step ended that computed this many tokens. */
    default void stepDone(int numTokens) {}

    /**
     * A choice got its first token this long after its request arrived.
     *
     * @param numPromptTokens tokens of the prompt that was computed for it
     */
    default void firstToken(long sinceArrivalNanos, int numPromptTokens) {}

    /** A choice got another token this long after the one before. */
    default void nextToken(long sinceLastNanos) {}

    /** A choice got so many tokens that a grammar forced, without a forward pass for each. */
    default void tokensForced(int count) {}

    /** A choice ended. */
    default void choiceFinished(ChoiceRecord record) {}

    /** The engine ended, and nothing comes any more. On the thread that closed it. */
    default void closed() {}

    /**
     * The life of one choice.
     *
     * @param queuedNanos from arrival to the first step that had it
     * @param prefillNanos from there to its first token
     * @param decodeNanos from there to its last token
     * @param totalNanos from arrival to the end
     * @param first whether it is its request's first choice: request figures count once
     */
    record ChoiceRecord(
            FinishReason reason,
            SamplingParams params,
            boolean first,
            int numPromptTokens,
            int numCachedTokens,
            int numOutputTokens,
            long queuedNanos,
            long prefillNanos,
            long decodeNanos,
            long totalNanos) {}
}
