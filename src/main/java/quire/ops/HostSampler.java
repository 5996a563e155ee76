package quire.ops;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import quire.sampling.Sampler;
import quire.sampling.SamplingState;
import quire.sampling.TokenLogprobs;
import quire.sampling.TokenMask;
import quire.tensor.DType;

/**
 * Samples on the host: the backend's argmax where that is the answer, else {@link Sampler} over
 * rows that the host reads, several at once where there are many. A step is computed when its
 * tokens are asked for.
 */
public final class HostSampler implements TokenSampler {

    private final Ops ops;
    private final int vocabSize;
    private final Matrix argmax;
    private final SamplingState[] states;
    private final int[] tokens;
    private final int[] drawn;
    private final RowWorkers workers;
    private final List<Sampler> samplers = new ArrayList<>();
    private final LogprobRows logprobs;
    private SampleRows rows;
    private MemorySegment logits = MemorySegment.NULL;

    /**
     * @param vocabSize logits of a row
     * @param maxRows rows of the largest step, and one more than the greatest slot
     * @param threads threads that may sample, the caller's included
     */
    public HostSampler(Ops ops, int vocabSize, int maxRows, int threads) {
        this.ops = ops;
        this.vocabSize = vocabSize;
        this.argmax = ops.allocate(DType.I32, 1, maxRows);
        this.states = new SamplingState[maxRows];
        for (int slot = 0; slot < maxRows; slot++) {
            states[slot] = new SamplingState();
        }
        this.rows = new SampleRows(0);
        this.tokens = new int[maxRows];
        this.drawn = new int[maxRows];
        this.workers = RowWorkers.ofLogits(threads, this::draw);
        this.logprobs = new LogprobRows(vocabSize, threads);
    }

    @Override
    public void begin(SampleRows theRows) {
        rows = theRows;
    }

    @Override
    public void sample(Matrix theLogits) {
        rows.takeMasks();
        int numDrawn = 0;
        for (int row = 0; row < rows.size(); row++) {
            SamplingState state = states[rows.slot(row)];
            state.belongTo(
                    rows.sequenceId(row),
                    rows.rule(row),
                    rows.tokenIds(row),
                    rows.numPromptTokens(row),
                    rows.numTokens(row));
            if (rows.isReady(row) && (rows.isMasked(row) || state.needsLogits())) {
                drawn[numDrawn++] = row;
            }
        }
        if (numDrawn < rows.size()) {
            ops.argmax(argmax, theLogits, rows.size());
            MemorySegment best = ops.host(argmax, 1).data();
            MemorySegment.copy(best, ValueLayout.JAVA_INT, 0, tokens, 0, rows.size());
        }
        if (numDrawn > 0) {
            logits = ops.host(theLogits, rows.size()).data();
            drawAll(numDrawn);
        }
        for (int row = 0; row < rows.size(); row++) {
            if (!rows.isReady(row)) {
                tokens[row] = NOT_READY;
            }
            if (tokens[row] >= 0) {
                states[rows.slot(row)].addOutput(tokens[row]);
            }
        }
        takeLogprobs(theLogits);
    }

    private void takeLogprobs(Matrix theLogits) {
        logprobs.clear();
        boolean wanted = rows.numScored() > 0;
        for (int row = 0; row < rows.size(); row++) {
            if (rows.wantsLogprobs(row) && tokens[row] >= 0) {
                logprobs.add(row, offset(row), tokens[row], rows.numTop(row), rows.allowed(row));
                wanted = true;
            }
        }
        for (int i = 0; i < rows.numScored(); i++) {
            int row = rows.size() + i;
            logprobs.add(row, offset(row), rows.scoredId(i), rows.scoredTop(i), TokenMask.ANY);
        }
        if (wanted) {
            logprobs.compute(ops.host(theLogits, rows.size() + rows.numScored()).data());
        }
    }

    private long offset(int row) {
        return (long) row * vocabSize * Float.BYTES;
    }

    /** Its tokens are chosen. */
    @Override
    public void end() {}

    @Override
    public boolean isDone() {
        return true;
    }

    @Override
    public int[] await() {
        return tokens;
    }

    @Override
    public TokenLogprobs logprobs(int row) {
        return logprobs.of(row);
    }

    private void drawAll(int numDrawn) {
        int threads = workers.threadsFor(numDrawn, vocabSize);
        while (samplers.size() < threads) {
            samplers.add(new Sampler(vocabSize));
        }
        workers.run(numDrawn, threads);
    }

    private void draw(int index, int worker) {
        int row = drawn[index];
        tokens[row] =
                samplers.get(worker)
                        .sample(logits, offset(row), states[rows.slot(row)], rows.allowed(row));
    }

    @Override
    public void close() {
        workers.close();
        logprobs.close();
    }
}
