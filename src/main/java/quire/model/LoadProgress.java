package quire.model;

/** Hears how far loading is; called on the loading thread, often. */
@FunctionalInterface
public interface LoadProgress {

    /** Nobody listens. */
    LoadProgress SILENT = (stage, doneBytes, totalBytes) -> {};

    /**
     * A stage went on.
     *
     * @param stage what is being done, such as "placing weights"
     * @param doneBytes reaches {@code totalBytes} at the end of the stage
     */
    void advanced(String stage, long doneBytes, long totalBytes);

    /**
     * Something that is known once the model is loaded, such as what backend was chosen. A program
     * that a model is part of finds it in its log where it asks for details alone.
     */
    default void found(String fact) {
        System.getLogger("quire.engine").log(System.Logger.Level.DEBUG, fact);
    }
}
