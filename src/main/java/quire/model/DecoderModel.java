package quire.model;

import java.util.ArrayList;
import java.util.List;
import quire.ops.Batch;
import quire.ops.Footprint;
import quire.ops.KvCache;
import quire.ops.Linear;
import quire.ops.Matrix;
import quire.ops.MemoryUse;
import quire.ops.Ops;
import quire.ops.RopeTable;
import quire.ops.Table;
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
        this.work = Workspace.allocate(ActivationWidths.of(config), limits, ops);
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
        ops.finishPlacing();
        return new DecoderModel(config, ops, limits, embedding, layers, finalNorm, lmHead, rope);
    }

    /**
     * What {@link #load} takes of a backend's memory: weights, mapped or copied, workspaces and the
     * table of rotary embedding.
     *
     * @throws quire.error.CheckpointException as {@link #load}
     */
    public static List<MemoryUse> memoryUses(
            Checkpoint checkpoint, ModelConfig config, ModelLimits limits, Footprint footprint) {
        List<MemoryUse> uses = new ArrayList<>();
        uses.add(MemoryUse.fixed("weights", weightBytes(checkpoint, config, footprint)));
        uses.addAll(ActivationWidths.of(config).uses(limits, footprint));
        return uses;
    }

    /** The weights of {@link #memoryUses} alone. */
    public static long weightBytes(Checkpoint checkpoint, ModelConfig config, Footprint footprint) {
        return WeightLoader.bytes(checkpoint, config, footprint);
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
        int last = layers.size() - 1;
        ops.begin(batch);
        ops.embed(work.residual(), embedding, batch);
        ops.rmsNorm(
                work.normed(),
                work.residual(),
                layers.getFirst().inputNorm(),
                config.rmsNormEps(),
                batch.numTokens());
        for (int i = 0; i < last; i++) {
            store(i, batch, cache);
            ops.attention(work.attended(), work.qkv(), layers.get(i).heads(), cache, i, batch);
            finish(
                    layers.get(i),
                    work.attended(),
                    work.residual(),
                    layers.get(i + 1).inputNorm(),
                    batch.numTokens());
        }
        store(last, batch, cache);
        if (batch.numLogitRows() > 0) {
            logits(last, batch, cache);
        }
        return work.logits();
    }

    /** Makes q, k and v of {@code normed} and stores k and v. */
    private void store(int index, Batch batch, KvCache cache) {
        DecoderLayer layer = layers.get(index);
        ops.linearRopeAndStore(
                work.qkv(), work.normed(), layer.qkv(), layer.heads(), rope, cache, index, batch);
    }

    /**
     * The rest of the last layer and the output projection. Only rows whose logits are wanted need
     * them, for a prompt that is one of all its tokens.
     */
    private void logits(int last, Batch batch, KvCache cache) {
        DecoderLayer layer = layers.get(last);
        int numRows = batch.numLogitRows();
        ops.attention(work.attended(), work.qkv(), layer.heads(), cache, last, batch);
        ops.gatherLogitRows(work.logitAttended(), work.attended(), batch);
        ops.gatherLogitRows(work.logitResidual(), work.residual(), batch);
        finish(layer, work.logitAttended(), work.logitResidual(), finalNorm, numRows);
        ops.linear(work.logits(), work.normed(), lmHead, numRows);
    }

    /**
     * What a layer does after attention.
     *
     * @param nextNorm the norm that follows the layer; {@code normed} holds its result
     */
    private void finish(
            DecoderLayer layer, Matrix attended, Matrix residual, Matrix nextNorm, int numRows) {
        float eps = config.rmsNormEps();
        Matrix normed = work.normed();
        ops.linearAddRmsNorm(
                normed, residual, attended, layer.attentionOutput(), layer.mlpNorm(), eps, numRows);
        ops.linear(work.gateUp(), normed, layer.gateUp(), numRows);
        ops.siluAndMul(work.gated(), work.gateUp(), numRows);
        ops.linearAddRmsNorm(normed, residual, work.gated(), layer.down(), nextNorm, eps, numRows);
    }
}
