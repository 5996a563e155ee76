package quire.weights;

import java.util.List;
import java.util.Map;

/** What one model file says of itself: its tensors in file order, and its metadata. */
record Header(List<StoredTensor> tensors, Map<String, Object> metadata) {

    /** Largest header that is read; the greatest known are a fifth of it (a vocabulary of 262k). */
    static final long MAX_BYTES = 100_000_000;

    Header {
        tensors = List.copyOf(tensors);
    }
}
