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
}
