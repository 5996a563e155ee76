package quire.generation;

import quire.model.DecoderModel;
import quire.ops.Batch;
import quire.ops.BatchLimits;
import quire.ops.KvCache;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.SampleRows;
import quire.ops.TokenSampler;
import quire.scheduler.SchedulerConfig;
import quire.scheduler.Step;
import quire.sequence.Sequence;

/**
 * Executes steps: forward pass over the paged KV cache, then sampling. Runs on the {@code
 * quire-engine} thread alone and allocates nothing per step.
 */
public final class ModelRunner implements StepRunner, AutoCloseable {

    private final Ops ops;
    private final DecoderModel model;
    private final KvCache cache;
    private final Batch batch;
    private final SampleRows rows;
    private final TokenSampler sampler;

    public ModelRunner(
            Ops ops, DecoderModel model, KvCache cache, SchedulerConfig limits, int vocabSize) {
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
        this.rows = new SampleRows(limits.maxNumSequences());
        this.sampler = ops.allocateSampler(vocabSize, limits.maxNumSequences());
    }

    @Override
    public void execute(Step step) {
        fill(step);
        Matrix logits = model.forward(batch, cache);
        if (step.numSamples() > 0) {
            sample(step, logits);
        }
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
        rows.clear();
        for (int i = 0; i < step.size(); i++) {
            if (step.isPending(i)) {
                throw new IllegalStateException("tokens are known here before the next step");
            }
            int first = step.firstPosition(i);
            int end = first + step.numTokens(i);
            batch.startSequence(first, step.blockIds(i), step.numBlocks(i));
            int[] tokenIds = step.tokenIds(i);
            for (int position = first; position < end; position++) {
                batch.addToken(tokenIds[position]);
                if (position >= end - step.numLogits(i)) {
                    batch.addLogitRow();
                }
            }
            if (step.samples(i)) {
                Sequence sequence = step.sequence(i);
                rows.add(
                        sequence.blockTable().slot(),
                        sequence.id(),
                        sequence.sampling(),
                        tokenIds,
                        sequence.numPromptTokens(),
                        end);
            }
            batch.endSequence();
        }
    }

    private void sample(Step step, Matrix logits) {
        int[] tokens = sampler.sample(rows, logits);
        int row = 0;
        for (int i = 0; i < step.size(); i++) {
            if (!step.samples(i)) {
                continue;
            }
            int tokenId = tokens[row++];
            if (tokenId >= 0) {
                step.result().add(i, tokenId);
            }
        }
    }

    /** Ends what helps to sample; the backend, model and cache are the engine's. */
    @Override
    public void close() {
        sampler.close();
    }
}
