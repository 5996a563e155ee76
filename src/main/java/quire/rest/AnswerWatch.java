package quire.rest;

import quire.error.QuireException;
import quire.generation.GenerationOutput;

/**
 * Hears how an answer comes about, for the log. After outputs at most one of the other calls comes,
 * none where a defect of ours ended it; all are on the thread of the event, and return at once.
 */
interface AnswerWatch {

    /** Hears and does nothing. */
    AnswerWatch NONE = new AnswerWatch() {};

    /**
     * A choice got tokens.
     *
     * @param choice its index in the whole answer
     */
    default void made(int choice, GenerationOutput output) {}

    /** All choices ended. */
    default void ended(TokenUsage usage) {}

    /** The client went away. */
    default void abandoned() {}

    /** The answer was refused or cannot go on. */
    default void failed(QuireException error) {}
}
