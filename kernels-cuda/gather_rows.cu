// The rows whose logits are wanted, one after the other. A warp takes a row, a lane 16 bytes; types are copied as they are.
#include "numbers.cuh"

/** out[i] = x[wanted[i]], both [.., stride]. */
KERNEL gather_rows(u16* out, const u16* x, const int* wanted, int rows, int stride) {
    wait_for_predecessor();
    const int row = blockIdx.x * (blockDim.x / WARP) + threadIdx.x / WARP, lane = threadIdx.x % WARP;
    if (row >= rows) return;
    const u16* from = x + (u64)wanted[row] * stride;
    u16* to = out + (u64)row * stride;
    for (int at = lane * CHUNK; at < stride; at += WARP * CHUNK) store_chunk(to + at, load_chunk(from + at));
}
