package quire.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import quire.model.DecoderModel;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.sampling.Sampler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.Step;
import quire.sequence.Sequence;
import quire.tensor.DType;

/**
 * Executes steps: forward pass over the paged KV cache, then sampling. Runs on the {@code
 * quire-engine} thread alone and allocates nothing per step.
 */
final class ModelRunner implements EngineThread.StepRunner {

    private final Ops ops;
    private final DecoderModel model;
    private final KvCache cache;
    private final Batch batch;
    private final Matrix argmax;
    private final Sampler sampler;
    private final int[] sampled;

    ModelRunner(Ops ops, DecoderModel model, KvCache cache, SchedulerConfig limits, int vocabSize) {
        this.ops = ops;
        this.model = model;
        this.cache = cache;
        int blocks = Math.ceilDiv(limits.maxModelLength(), limits.blockSize());
        this.batch =
                ops.allocateBatch(
                        new BatchLimits(
                                limits.maxNumBatchedTokens(),
                                limits.maxNumSequences(),
                                blocks,
                                limits.blockSize()));
        this.argmax = ops.allocate(DType.I32, 1, limits.maxNumSequences());
        this.sampler = new Sampler(vocabSize);
        this.sampled = new int[limits.maxNumSequences()];
    }

    @Override
    public int[] execute(Step step) {
        fill(step);
        Matrix logits = model.forward(batch, cache);
        if (step.numSamples() > 0) {
            sample(step, logits);
        }
        return sampled;
    }

    @Override
    public void stop() {
        ops.stop();
    }

    @Override
    public void resume() {
        ops.resume();
    }

    private void fill(Step step) {
        batch.clear();
        for (int i = 0; i < step.size(); i++) {
            Sequence sequence = step.sequence(i);
            int first = step.firstPosition(i);
            int end = first + step.numTokens(i);
            batch.startSequence(first, sequence.blockTable().ids(), sequence.blockTable().size());
            int[] tokenIds = sequence.tokenIds();
            for (int position = first; position < end; position++) {
                batch.addToken(tokenIds[position]);
            }
            if (step.samples(i)) {
                batch.addLogitRow();
            }
            batch.endSequence();
        }
    }

    private void sample(Step step, Matrix logits) {
        int numRows = batch.numLogitRows();
        boolean anyGreedy = false;
        boolean anyDrawn = false;
        for (int i = 0; i < step.size(); i++) {
            boolean needsLogits = step.sequence(i).sampling().needsLogits();
            anyGreedy |= step.samples(i) && !needsLogits;
            anyDrawn |= step.samples(i) && needsLogits;
        }
        if (anyGreedy) {
            ops.argmax(argmax, logits, numRows);
        }
        MemorySegment best = anyGreedy ? ops.host(argmax, 1).data() : MemorySegment.NULL;
        MemorySegment rows = anyDrawn ? ops.host(logits, numRows).data() : MemorySegment.NULL;
        long rowBytes = logits.dtype().rowBytes(logits.columns());
        int row = 0;
        for (int i = 0; i < step.size(); i++) {
            if (!step.samples(i)) {
                continue;
            }
            Sequence sequence = step.sequence(i);
            sampled[i] =
                    sequence.sampling().needsLogits()
                            ? sampler.sample(rows, row * rowBytes, sequence.sampling())
                            : best.getAtIndex(ValueLayout.JAVA_INT, row);
            row++;
        }
    }
}
