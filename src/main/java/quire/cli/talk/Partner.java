package quire.cli.talk;

/** Who answers: a model in this process, or one behind a server. One thread asks. */
public interface Partner extends AutoCloseable {

    /** The model's name. */
    String model();

    /**
     * Looks at what can be known to be wrong before there is a question.
     *
     * @throws quire.LLMException naming the first wish that cannot be granted
     */
    void check(Wishes wishes);

    /**
     * Asks, and returns at once.
     *
     * @throws quire.LLMException if this can never be answered
     * @throws PartnerException if the server cannot be asked
     */
    Asked ask(Question question, Wishes wishes);

    @Override
    void close();
}
