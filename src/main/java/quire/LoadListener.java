package quire;

/** Hears how far the loading of a model is. */
@FunctionalInterface
public interface LoadListener {

    /**
     * A stage of loading went on. Called often, on a thread that only loads; what it throws ends
     * the loading and reaches the caller of {@link LLMBuilder#load}.
     *
     * @param stage what is being done, such as "placing weights"
     * @param doneBytes reaches {@code totalBytes} at the end of the stage
     * @param totalBytes what the stage goes through
     */
    void advanced(String stage, long doneBytes, long totalBytes);
}
