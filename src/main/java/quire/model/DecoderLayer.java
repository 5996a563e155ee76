package quire.model;

import quire.ops.AttentionHeads;
import quire.ops.Linear;
import quire.ops.Matrix;

/**
 * Placed weights of one layer.
 *
 * @param qkv {@code [hidden] -> [q heads, k heads, v heads]}
 * @param attentionOutput {@code [heads * headDim] -> [hidden]}
 * @param gateUp {@code [hidden] -> [gate, up]}
 * @param down {@code [intermediate] -> [hidden]}
 */
record DecoderLayer(
        Matrix inputNorm,
        Linear qkv,
        AttentionHeads heads,
        Linear attentionOutput,
        Matrix mlpNorm,
        Linear gateUp,
        Linear down) {}
