package quire.rest;

import quire.error.QuireException;
import quire.generation.GenerationOutput;

/**
 * Receives what an answer is made of, one call after the other, mostly on the server's event loop;
 * implementations return at once.
 */
interface AnswerSink {

    /**
     * A choice went on by one step, or ended.
     *
     * @param choice place in the answer
     */
    void onOutput(int choice, GenerationOutput output);

    /** All choices have ended; nothing follows. */
    void onEnd(TokenUsage usage);

    /** The answer is lost; nothing follows. */
    void onError(QuireException error);
}
