package quire.model;

import java.util.List;
import quire.error.Setting;
import quire.ops.Footprint;
import quire.ops.Matrix;
import quire.ops.MemoryUse;
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

    /** Counts, and makes nothing. */
    private static final class Counter implements Allocator {
        private final Footprint footprint;
        private long bytes;

        Counter(Footprint footprint) {
            this.footprint = footprint;
        }

        @Override
        public Matrix allocate(DType dtype, int rows, int columns) {
            bytes = Math.addExact(bytes, footprint.matrixBytes(dtype, rows, columns));
            return null;
        }
    }

    static Workspace allocate(ActivationWidths widths, ModelLimits limits, Ops ops) {
        return of(widths, limits, ops.activationType(), ops::allocate, ops::allocate);
    }

    /** What {@link #allocate} takes: the same walk, counted. */
    static List<MemoryUse> uses(ActivationWidths widths, ModelLimits limits, Footprint footprint) {
        Counter activations = new Counter(footprint);
        Counter ofLogitRows = new Counter(footprint);
        of(widths, limits, footprint.activationType(), activations, ofLogitRows);
        return List.of(
                MemoryUse.by(Setting.MAX_NUM_BATCHED_TOKENS, "activations", activations.bytes),
                MemoryUse.by(Setting.MAX_NUM_SEQUENCES, "logits", ofLogitRows.bytes));
    }

    private static Workspace of(
            ActivationWidths widths,
            ModelLimits limits,
            DType type,
            Allocator memory,
            Allocator logitRows) {
        int tokens = limits.maxBatchedTokens();
        int rows = limits.maxLogitRows();
        int hidden = widths.hidden();
        return new Workspace(
                memory.allocate(type, tokens, hidden),
                memory.allocate(type, tokens, hidden),
                memory.allocate(type, tokens, widths.qkv()),
                memory.allocate(type, tokens, widths.attended()),
                memory.allocate(type, tokens, 2 * widths.intermediate()),
                memory.allocate(type, tokens, widths.intermediate()),
                logitRows.allocate(type, rows, hidden),
                logitRows.allocate(type, rows, widths.attended()),
                logitRows.allocate(DType.F32, rows, widths.vocab()));
    }
}
