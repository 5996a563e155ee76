package quire.engine;

/** Hears how far loading is; called on the loading thread, often. */
@FunctionalInterface
public interface LoadProgress {

    /** Nobody listens. */
    LoadProgress SILENT = (stage, done, total) -> {};

    /**
     * A stage went on.
     *
     * @param stage what is being done, such as "placing weights"
     * @param done bytes or steps done
     * @param total of so many
     */
    void advanced(String stage, long done, long total);
}
