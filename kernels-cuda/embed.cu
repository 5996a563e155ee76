// Embedding: each token's row of a table in tiles becomes a row of activations. A warp takes a row, a lane 16 bytes; types are
// copied as they are.
#include "layout.cuh"
#include "numbers.cuh"

/** out[t] = table[ids[t]]; out [tokens, stride], columns padded to whole chunks with the table's zeros. */
KERNEL embed(u16* out, const u16* table, const int* ids, int tokens, int columns, int stride) {
    wait_for_predecessor();
    const int token = blockIdx.x * (blockDim.x / WARP) + threadIdx.x / WARP, lane = threadIdx.x % WARP;
    if (token >= tokens) return;
    const int id = ids[token], input_tiles = (columns + TILE - 1) / TILE;
    for (int chunk = lane; chunk * CHUNK < columns; chunk += WARP)
        store_chunk(out + (u64)token * stride + chunk * CHUNK, load_chunk(table + weight_chunk(id, chunk, input_tiles)));
}
