package quire.engine;

import java.lang.foreign.MemorySegment;
import quire.error.UnavailableException;
import quire.weights.Checkpoint;

/**
 * Reads mapped weights into memory ahead of their first use, so that the time it takes is seen and
 * can be stopped, instead of hiding in the first request.
 */
final class WeightReader {

    private static final long SLICE_BYTES = 16L << 20;

    private WeightReader() {}

    /**
     * @throws UnavailableException if the thread is interrupted
     */
    static void read(Checkpoint checkpoint, LoadProgress progress) {
        long total = 0;
        for (String name : checkpoint.names()) {
            total += checkpoint.tensor(name).data().byteSize();
        }
        long done = 0;
        for (String name : checkpoint.names()) {
            MemorySegment data = checkpoint.tensor(name).data();
            for (long from = 0; from < data.byteSize(); from += SLICE_BYTES) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new UnavailableException("loading was interrupted");
                }
                long size = Math.min(SLICE_BYTES, data.byteSize() - from);
                data.asSlice(from, size).load();
                done += size;
                progress.advanced("reading weights", done, total);
            }
        }
    }
}
