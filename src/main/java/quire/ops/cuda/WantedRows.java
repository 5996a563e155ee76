package quire.ops.cuda;

import java.util.Arrays;
import quire.ops.LogprobRows;
import quire.ops.SampleRows;
import quire.ops.cuda.driver.Context;
import quire.ops.cuda.driver.PinnedBuffer;
import quire.ops.cuda.driver.Stream;
import quire.ops.cuda.kernel.DeviceMatrix;
import quire.sampling.TokenMask;

/**
 * The rows of a step's logits of which log-probabilities are wanted, on their way to the host: none
 * of a step where nobody wants any.
 */
final class WantedRows {

    /** Stands for the token that the row is still to become. */
    private static final int SAMPLED = -1;

    private final Context context;
    private final long rowBytes;
    private PinnedBuffer arrived;
    private int[] places = new int[8];
    private int[] tokenIds = new int[8];
    private int[] tops = new int[8];
    private long[][] masks = new long[8][];
    private int size;
    private boolean changed;
    private boolean downloaded;

    WantedRows(Context context, int vocabSize) {
        this.context = context;
        this.rowBytes = (long) vocabSize * Float.BYTES;
    }

    /** Takes down what a step's rows are wanted for. */
    void begin(SampleRows rows) {
        size = 0;
        changed = false;
        downloaded = false;
        for (int row = 0; row < rows.size(); row++) {
            if (rows.wantsLogprobs(row)) {
                add(row, SAMPLED, rows.numTop(row), rows.allowed(row));
                changed |= rows.rule(row).changesLogits();
            }
        }
        for (int i = 0; i < rows.numScored(); i++) {
            add(rows.size() + i, rows.scoredId(i), rows.scoredTop(i), TokenMask.ANY);
        }
    }

    private void add(int place, int tokenId, int numTop, long[] allowed) {
        if (size == places.length) {
            places = Arrays.copyOf(places, 2 * size);
            tokenIds = Arrays.copyOf(tokenIds, 2 * size);
            tops = Arrays.copyOf(tops, 2 * size);
            masks = Arrays.copyOf(masks, 2 * size);
        }
        places[size] = place;
        tokenIds[size] = tokenId;
        tops[size] = numTop;
        masks[size] = allowed;
        size++;
    }

    /**
     * Whether sampling may change one of the rows, but for masks, which are laid over what arrives
     * as well.
     */
    boolean areChanged() {
        return changed;
    }

    /** Queues, once for each step, the copies of the rows as they are when their turn comes. */
    void download(Stream stream, DeviceMatrix logits) {
        if (size == 0 || downloaded) {
            return;
        }
        downloaded = true;
        makeRoom();
        int from = 0;
        while (from < size) {
            int end = from + 1;
            while (end < size && places[end] == places[end - 1] + 1) {
                end++;
            }
            long bytes = (end - from) * rowBytes;
            stream.download(
                    logits.buffer().slice(places[from] * rowBytes, bytes),
                    arrived,
                    from * rowBytes,
                    bytes);
            from = end;
        }
    }

    private void makeRoom() {
        long bytes = size * rowBytes;
        if (arrived != null && arrived.bytes() >= bytes) {
            return;
        }
        if (arrived != null) {
            // Whoever read it has taken the step before.
            arrived.close();
        }
        arrived = null;
        arrived = new PinnedBuffer(context, Integer.highestOneBit(2 * size - 1) * rowBytes);
    }

    /**
     * Computes what is wanted from rows that have arrived.
     *
     * @param sampled tokens of the rows that became some, negative where none was possible
     */
    void compute(LogprobRows logprobs, int[] sampled) {
        logprobs.clear();
        if (size == 0) {
            return;
        }
        for (int i = 0; i < size; i++) {
            int tokenId = tokenIds[i] == SAMPLED ? sampled[places[i]] : tokenIds[i];
            if (tokenId >= 0) {
                logprobs.add(places[i], i * rowBytes, tokenId, tops[i], masks[i]);
            }
        }
        logprobs.compute(arrived.segment());
    }
}
