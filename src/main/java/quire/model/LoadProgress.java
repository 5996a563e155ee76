package quire.model;

/** Told, on the loading thread, how far the weights of a model are placed. */
@FunctionalInterface
public interface LoadProgress {

    /** Called after each tensor; {@code placedBytes} reaches {@code totalBytes} at the end. */
    void placed(long placedBytes, long totalBytes);
}
