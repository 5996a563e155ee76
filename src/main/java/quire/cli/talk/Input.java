package quire.cli.talk;

import java.util.Optional;

/** Where a user types. */
public interface Input extends AutoCloseable {

    /** The next text, which may have several lines; empty when there will be no more. */
    Optional<String> read();

    /**
     * Hands Ctrl-C over while an answer grows.
     *
     * @param stop called for each, on a thread of its own
     * @return closed when the answer is there
     */
    Answering answering(Runnable stop);

    /** The time of an answer. */
    interface Answering extends AutoCloseable {
        @Override
        void close();
    }

    @Override
    void close();
}
