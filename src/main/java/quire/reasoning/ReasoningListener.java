package quire.reasoning;

/** Hears what a {@link ReasoningParser} finds, in the order of the text. */
public interface ReasoningListener {

    /**
     * More of the thought.
     *
     * @param text not empty; valid during the call
     */
    void reasoning(CharSequence text);

    /**
     * More of the answer.
     *
     * @param text not empty; valid during the call
     */
    void answer(CharSequence text);
}
