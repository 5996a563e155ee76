// Embedding: each token's row of a table in tiles becomes a row of activations. A warp takes a row, a lane 16 bytes; types are
// copied as they are.
#include "layout.cuh"
#include "numbers.cuh"

/**
 * out[t] = table[ids[t]]; out [tokens, stride], columns padded to whole chunks with the table's zeros. An id of -1 - slot
 * stands for last[slot].
 */
KERNEL embed(u16* out, const u16* table, const int* ids, const int* last, int tokens, int columns, int stride) {
    wait_for_predecessor();
    const int token = blockIdx.x * (blockDim.x / WARP) + threadIdx.x / WARP, lane = threadIdx.x % WARP;
    if (token >= tokens) return;
    const int known = ids[token], id = known < 0 ? last[-1 - known] : known;
    const int input_tiles = (columns + TILE - 1) / TILE;
    for (int chunk = lane; chunk * CHUNK < columns; chunk += WARP)
        store_chunk(out + (u64)token * stride + chunk * CHUNK, load_chunk(table + weight_chunk(id, chunk, input_tiles)));
}
