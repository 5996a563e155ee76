package quire.model;

import java.util.List;
import quire.ops.Batch;
import quire.ops.KvCache;
import quire.ops.Linear;
import quire.ops.Matrix;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.Table;
import quire.tensor.DType;
import quire.weights.Checkpoint;

/**
 * The forward pass of every supported architecture, over placed weights and workspaces that are
 * allocated once.
 *
 * <p>Memory belongs to the {@link Ops}; the checkpoint must stay open as long as they do. Loading
 * runs on any one thread, {@link #forward} on the {@code quire-engine} thread.
 */
public final class DecoderModel {

    private final ModelConfig config;
    private final Ops ops;
    private final ModelLimits limits;
    private final Table embedding;
    private final List<DecoderLayer> layers;
    private final Matrix finalNorm;
    private final Linear lmHead;
    private final RopeTable rope;
    private final Workspace work;

    private DecoderModel(
            ModelConfig config,
            Ops ops,
            ModelLimits limits,
            Table embedding,
            List<DecoderLayer> layers,
            Matrix finalNorm,
            Linear lmHead,
            RopeTable rope) {
        this.config = config;
        this.ops = ops;
        this.limits = limits;
        this.embedding = embedding;
        this.layers = layers;
        this.finalNorm = finalNorm;
        this.lmHead = lmHead;
        this.rope = rope;
        this.work = Workspace.allocate(config, limits, ops);
    }

    /**
     * Checks the checkpoint against the configuration, places its weights and allocates workspaces.
     *
     * @param progress told after each tensor, on the calling thread
     * @throws quire.error.CheckpointException if a tensor is missing, has another shape or a type
     *     that cannot be computed with, or is one that the model has no place for
     */
    public static DecoderModel load(
            Checkpoint checkpoint,
            ModelConfig config,
            Ops ops,
            ModelLimits limits,
            LoadProgress progress) {
        WeightLoader loader = new WeightLoader(checkpoint, config, ops, progress);
        RopeFrequencies frequencies = loader.ropeFrequencies(limits.maxModelLength());
        Table embedding = loader.embedding();
        List<DecoderLayer> layers = loader.layers();
        Matrix finalNorm = loader.finalNorm();
        Linear lmHead = loader.lmHead(embedding);
        RopeTable rope = frequencies.table(ops, limits.maxModelLength(), config.rope().pairing());
        return new DecoderModel(config, ops, limits, embedding, layers, finalNorm, lmHead, rope);
    }

    /**
     * Bytes that the weights take once {@link #load} has placed them, mapped or copied.
     *
     * @throws quire.error.CheckpointException as {@link #load}
     */
    public static long weightBytes(Checkpoint checkpoint, ModelConfig config, Ops ops) {
        return new WeightLoader(checkpoint, config, ops, (placed, total) -> {}).bytes();
    }

    /**
     * Bytes that {@link #load} allocates besides weights: workspaces and the table of rotary
     * embedding.
     */
    public static long workspaceBytes(ModelConfig config, ModelLimits limits, Ops ops) {
        return Workspace.bytes(config, limits, ops)
                + ops.matrixBytes(DType.F32, limits.maxModelLength(), config.rope().rotaryDim());
    }

    /**
     * Runs the batch's tokens through the model and stores their keys and values.
     *
     * @param batch at most {@code maxBatchedTokens} tokens, {@code maxLogitRows} logit rows and
     *     positions below {@code maxModelLength}
     * @param cache of this model's {@link ModelConfig#kvCacheLayout}
     * @return F32 {@code [maxLogitRows, vocab]}, valid until the next call; its first {@code
     *     batch.numLogitRows()} rows are the logits, in the batch's order
     */
    public Matrix forward(Batch batch, KvCache cache) {
        if (batch.numTokens() > limits.maxBatchedTokens()
                || batch.numLogitRows() > limits.maxLogitRows()) {
            throw new IllegalArgumentException(
                    batch.numTokens()
                            + " tokens and "
                            + batch.numLogitRows()
                            + " logit rows are more than "
                            + limits);
        }
        int numTokens = batch.numTokens();
        float eps = config.rmsNormEps();
        ops.begin(batch);
        ops.embed(work.residual(), embedding, batch);
        int last = layers.size() - 1;
        for (int i = 0; i <= last; i++) {
            DecoderLayer layer = layers.get(i);
            if (i == 0) {
                ops.rmsNorm(work.normed(), work.residual(), layer.inputNorm(), eps, numTokens);
            } else {
                ops.addRmsNorm(
                        work.normed(),
                        work.residual(),
                        work.projected(),
                        layer.inputNorm(),
                        eps,
                        numTokens);
            }
            ops.linear(work.qkv(), work.normed(), layer.qkv(), numTokens);
            ops.ropeAndStore(work.qkv(), layer.heads(), rope, cache, i, batch);
            if (i < last) {
                ops.attention(work.attended(), work.qkv(), layer.heads(), cache, i, batch);
                finishLayer(layer, work.attended(), work.residual(), numTokens);
            }
        }
        if (batch.numLogitRows() > 0) {
            logits(layers.get(last), batch, cache);
        }
        return work.logits();
    }

    /**
     * The rest of the last layer and the output projection. Only rows whose logits are wanted need
     * them, for a prompt that is one of all its tokens.
     */
    private void logits(DecoderLayer layer, Batch batch, KvCache cache) {
        int numRows = batch.numLogitRows();
        ops.attention(work.attended(), work.qkv(), layer.heads(), cache, layers.size() - 1, batch);
        ops.gatherLogitRows(work.logitAttended(), work.attended(), batch);
        ops.gatherLogitRows(work.logitResidual(), work.residual(), batch);
        finishLayer(layer, work.logitAttended(), work.logitResidual(), numRows);
        ops.addRmsNorm(
                work.normed(),
                work.logitResidual(),
                work.projected(),
                finalNorm,
                config.rmsNormEps(),
                numRows);
        ops.linear(work.logits(), work.normed(), lmHead, numRows);
    }

    /** Output projection of attention, then the MLP, whose result {@code projected} holds. */
    private void finishLayer(DecoderLayer layer, Matrix attended, Matrix residual, int numRows) {
        ops.linear(work.projected(), attended, layer.attentionOutput(), numRows);
        ops.addRmsNorm(
                work.normed(),
                residual,
                work.projected(),
                layer.mlpNorm(),
                config.rmsNormEps(),
                numRows);
        ops.linear(work.gateUp(), work.normed(), layer.gateUp(), numRows);
        ops.siluAndMul(work.gated(), work.gateUp(), numRows);
        ops.linear(work.projected(), work.gated(), layer.down(), numRows);
    }
}
