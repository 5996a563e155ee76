package quire.hub;

/** Hears how far a pull is, on the thread that pulls. */
public interface PullListener {

    /** A fact of life worth a line: what was chosen, for whom it waits, what is tried again. */
    void said(String fact);

    /**
     * How far it is; called a few times a second.
     *
     * @param doneBytes that are there, those of earlier pulls included
     * @param totalBytes of all files that are needed
     */
    void advanced(long doneBytes, long totalBytes);

    /** The pull is over, whatever came of it. */
    default void ended() {}
}
