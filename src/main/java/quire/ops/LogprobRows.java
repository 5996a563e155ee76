package quire.ops;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import quire.sampling.Logprobs;
import quire.sampling.TokenLogprobs;
import quire.sampling.TokenMask;

/**
 * Takes log-probabilities from those rows of a step of which they are wanted, several rows at once
 * where there are many. Owned by the {@code quire-engine} thread; its memory is allocated when it
 * is first wanted.
 */
public final class LogprobRows implements AutoCloseable {

    private final int vocabSize;
    private final RowWorkers workers;
    private final List<Logprobs> logprobs = new ArrayList<>();
    private MemorySegment logits = MemorySegment.NULL;
    private TokenLogprobs[] results = {};
    private long[] offsets = {};
    private int[] tokenIds = {};
    private int[] tops = {};
    private int[] places = {};
    private long[][] masks = {};
    private int size;

    /**
     * @param vocabSize logits of a row
     * @param threads threads that may take part, the caller's included
     */
    public LogprobRows(int vocabSize, int threads) {
        this.vocabSize = vocabSize;
        this.workers = RowWorkers.ofLogits(threads, this::compute);
    }

    /** Forgets all rows and what they gave. */
    public void clear() {
        for (int i = 0; i < size; i++) {
            results[places[i]] = TokenLogprobs.NONE;
        }
        size = 0;
    }

    /**
     * Wants those of a row.
     *
     * @param place the row's place in the step, once
     * @param byteOffset where its logits begin
     * @param numTop how many of the likeliest tokens
     * @param allowed words of a {@link TokenMask}, as they are until {@link #compute}
     */
    public void add(int place, long byteOffset, int tokenId, int numTop, long[] allowed) {
        if (size == places.length) {
            int room = Math.max(8, 2 * size);
            offsets = Arrays.copyOf(offsets, room);
            tokenIds = Arrays.copyOf(tokenIds, room);
            tops = Arrays.copyOf(tops, room);
            places = Arrays.copyOf(places, room);
            masks = Arrays.copyOf(masks, room);
        }
        if (place >= results.length) {
            int before = results.length;
            results = Arrays.copyOf(results, Math.max(place + 1, 2 * before));
            Arrays.fill(results, before, results.length, TokenLogprobs.NONE);
        }
        places[size] = place;
        offsets[size] = byteOffset;
        tokenIds[size] = tokenId;
        tops[size] = numTop;
        masks[size] = allowed;
        size++;
    }

    /** Computes them from rows of native-order float32, which are only read, and until then. */
    public void compute(MemorySegment theLogits) {
        if (size == 0) {
            return;
        }
        logits = theLogits;
        int threads = workers.threadsFor(size, vocabSize);
        while (logprobs.size() < threads) {
            logprobs.add(new Logprobs(vocabSize));
        }
        workers.run(size, threads);
        logits = MemorySegment.NULL;
    }

    private void compute(int i, int worker) {
        results[places[i]] =
                logprobs.get(worker).of(logits, offsets[i], tokenIds[i], tops[i], masks[i]);
    }

    /** What a row of the step gave; {@link TokenLogprobs#NONE} where nobody wanted anything. */
    public TokenLogprobs of(int place) {
        return place < results.length ? results[place] : TokenLogprobs.NONE;
    }

    @Override
    public void close() {
        workers.close();
    }
}
