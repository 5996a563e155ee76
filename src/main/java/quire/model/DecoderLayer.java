package quire.model;

import quire.ops.AttentionHeads;
import quire.ops.Linear;
import quire.tensor.Tensor;

/**
 * Placed weights of one layer.
 *
 * @param qkv {@code [hidden] -> [q heads, k heads, v heads]}
 * @param attentionOutput {@code [heads * headDim] -> [hidden]}
 * @param gateUp {@code [hidden] -> [gate, up]}
 * @param down {@code [intermediate] -> [hidden]}
 */
record DecoderLayer(
        Tensor inputNorm,
        Linear qkv,
        AttentionHeads heads,
        Linear attentionOutput,
        Tensor mlpNorm,
        Linear gateUp,
        Linear down) {}
