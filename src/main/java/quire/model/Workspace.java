package quire.model;

import quire.ops.Matrix;
import quire.ops.Ops;
import quire.tensor.DType;

/**
 * Activations of one step, of the backend's activation type unless said otherwise.
 *
 * @param residual {@code [maxBatchedTokens, hidden]}, as is normed
 * @param qkv {@code [maxBatchedTokens, (numHeads + 2 * numKvHeads) * headDim]}
 * @param attended {@code [maxBatchedTokens, numHeads * headDim]}
 * @param gateUp {@code [maxBatchedTokens, 2 * intermediate]}
 * @param gated {@code [maxBatchedTokens, intermediate]}
 * @param logitResidual {@code [maxLogitRows, hidden]}
 * @param logitAttended {@code [maxLogitRows, numHeads * headDim]}
 * @param logits F32 {@code [maxLogitRows, vocab]}
 */
record Workspace(
        Matrix residual,
        Matrix normed,
        Matrix qkv,
        Matrix attended,
        Matrix gateUp,
        Matrix gated,
        Matrix logitResidual,
        Matrix logitAttended,
        Matrix logits) {

    /** Makes one matrix, or counts it. */
    private interface Allocator {
        Matrix allocate(DType dtype, int rows, int columns);
    }

    static Workspace allocate(ModelConfig config, ModelLimits limits, Ops ops) {
        return of(config, limits, ops.activationType(), ops::allocate);
    }

    /** Bytes that {@link #allocate} takes: the same walk, counted. */
    static long bytes(ModelConfig config, ModelLimits limits, Ops ops) {
        long[] sum = {0};
        of(
                config,
                limits,
                ops.activationType(),
                (dtype, rows, columns) -> {
                    sum[0] = Math.addExact(sum[0], ops.matrixBytes(dtype, rows, columns));
                    return null;
                });
        return sum[0];
    }

    private static Workspace of(
            ModelConfig config, ModelLimits limits, DType type, Allocator memory) {
        int tokens = limits.maxBatchedTokens();
        int rows = limits.maxLogitRows();
        int hidden = config.hiddenSize();
        Attention.GroupedQuery attention =
                switch (config.attention()) {
                    case Attention.GroupedQuery grouped -> grouped;
                };
        int intermediate =
                switch (config.mlp()) {
                    case Mlp.Gated gated -> gated.intermediateSize();
                };
        return new Workspace(
                memory.allocate(type, tokens, hidden),
                memory.allocate(type, tokens, hidden),
                memory.allocate(type, tokens, attention.qkvWidth()),
                memory.allocate(type, tokens, attention.width()),
                memory.allocate(type, tokens, 2 * intermediate),
                memory.allocate(type, tokens, intermediate),
                memory.allocate(type, rows, hidden),
                memory.allocate(type, rows, attention.width()),
                memory.allocate(DType.F32, rows, config.vocabSize()));
    }
}
