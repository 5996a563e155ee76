package quire.ops;

import java.util.Optional;

/**
 * Geometry of one layer's grouped-query attention.
 *
 * @param scale factor on q·k, usually {@code 1 / sqrt(headDim)}
 * @param slidingWindow a token sees itself and the {@code slidingWindow - 1} tokens before it; 0 =
 *     everything before it
 * @param norms per-head RMS norm of q and k before RoPE (Qwen3), shared by all heads
 */
public record AttentionHeads(
        int numHeads,
        int numKvHeads,
        int headDim,
        float scale,
        int slidingWindow,
        Optional<QkNorm> norms) {

    /** Weights are placed vectors {@code [headDim]}. */
    public record QkNorm(Matrix query, Matrix key, float eps) {}

    public AttentionHeads {
        if (numHeads <= 0 || numKvHeads <= 0 || numHeads % numKvHeads != 0) {
            throw new IllegalArgumentException(
                    numHeads + " heads do not share " + numKvHeads + " KV heads evenly");
        }
    }

    /** Columns of a qkv row. */
    public int qkvWidth() {
        return (numHeads + 2 * numKvHeads) * headDim;
    }
}
