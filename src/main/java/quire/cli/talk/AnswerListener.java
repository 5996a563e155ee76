package quire.cli.talk;

/** Hears an answer grow: first the thought, where a model tells it apart, then the text. */
public interface AnswerListener {

    /** More of the thought. */
    void thought(String piece);

    /** More of the answer itself. */
    void text(String piece);
}
