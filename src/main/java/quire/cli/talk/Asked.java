package quire.cli.talk;

/** A question under way. */
public interface Asked {

    /**
     * Waits for the answer's end.
     *
     * @param listener called on this thread; what it throws ends the answer and goes on
     * @return what the answer took; of one that was stopped, as far as that is known
     * @throws quire.LLMException if the model failed, or refused the question
     * @throws PartnerException if the server did
     */
    Answer await(AnswerListener listener);

    /** Ends the answer where it stands; any thread, any number of times. */
    void stop();
}
