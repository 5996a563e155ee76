// out = x * weight^T, plain: right for every shape, and what faster kernels are compared with. A block computes 64 outputs of 8
// or 32 rows. Weights are the first operand of the tensor cores and rows of x the second: a row alone is one of 8, not of 16.
// Inputs are added up in segments that the shape of the matrix alone decides, each a chain
// of steps of 16 in ascending order, and the segments' sums in ascending order: a row has the same bits in any company.
#include "layout.cuh"
#include "numbers.cuh"

constexpr int WARPS = 4, STAGES = 3;

struct Linear {
    const u16 *x, *tiles;
    const float* bias;      // [outputs], or null
    const u16* residual;    // [rows, out_stride], or null; may be out
    int rows, inputs, outputs, stride, out_stride;
    int segment;            // tiles of inputs in a segment
};

/** Rows of the block's part of x in a stage, behind the weights: 128 bytes each, swizzled as the weights are. */
template <int ROWS>
DEVICE void load_stage(const Linear& p, u32 into, const u16* weights, int first, int tile) {
#pragma unroll
    for (int i = 0; i < TILE_BYTES / 16 / (WARPS * WARP); i++) {
        const int c = i * WARPS * WARP + threadIdx.x;
        cp_async16(into + c * 16, weights + (u64)tile * TILE * TILE + c * CHUNK, 16);
    }
    for (int c = threadIdx.x; c < ROWS * TILE_CHUNKS; c += WARPS * WARP) {
        const int row = c / TILE_CHUNKS, chunk = c % TILE_CHUNKS, column = tile * TILE + chunk * CHUNK;
        const bool inside = first + row < p.rows && column < p.stride;
        const u16* from = inside ? p.x + (u64)(first + row) * p.stride + column : p.x;
        cp_async16(into + TILE_BYTES + tile_chunk(row, chunk), from, inside ? 16 : 0);
    }
}

/** Adds the product of a stage to sums of 16 outputs a warp and ROWS rows. */
template <class T, int ROWS>
DEVICE void multiply(float (&sums)[ROWS / 8][4], u32 stage) {
    const int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
#pragma unroll
    for (int half = 0; half < 2; half++) {
        u32 a[2][4];
#pragma unroll
        for (int k = 0; k < 2; k++)
            ldmatrix_x4(a[k], stage + tile_chunk(warp * 16 + lane % 16, half * 4 + k * 2 + lane / 16));
#pragma unroll
        for (int g = 0; g < ROWS / 8; g++) {
            u32 b[4];
            ldmatrix_x4(b, stage + TILE_BYTES + tile_chunk(g * 8 + lane % 8, half * 4 + lane / 8));
            T::mma(sums[g], a[0], b[0], b[1]);
            T::mma(sums[g], a[1], b[2], b[3]);
        }
    }
}

/** Grid: tiles of outputs, then of rows. OUT is float or u16. */
template <class T, int ROWS, class OUT>
DEVICE void linear(OUT* out, const Linear& p) {
    constexpr int STAGE_BYTES = TILE_BYTES + ROWS * 128;
    __shared__ __align__(1024) u8 memory[STAGES * STAGE_BYTES];
    const u32 ring = shared_address(memory);
    const int warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
    const int first = blockIdx.y * ROWS, input_tiles = (p.inputs + TILE - 1) / TILE;
    const u16* weights = p.tiles + (u64)blockIdx.x * input_tiles * TILE * TILE;
    wait_for_predecessor();

#pragma unroll
    for (int s = 0; s < STAGES - 1; s++) {
        if (s < input_tiles) load_stage<ROWS>(p, ring + s * STAGE_BYTES, weights, first, s);
        cp_async_commit();
    }
    float totals[ROWS / 8][4] = {}, sums[ROWS / 8][4] = {};
    int left = p.segment;
    for (int tile = 0; tile < input_tiles; tile++) {
        cp_async_wait<STAGES - 2>();
        __syncthreads();
        const int next = tile + STAGES - 1;
        if (next < input_tiles) load_stage<ROWS>(p, ring + next % STAGES * STAGE_BYTES, weights, first, next);
        cp_async_commit();
        multiply<T, ROWS>(sums, ring + tile % STAGES * STAGE_BYTES);
        if (--left > 0 && tile + 1 < input_tiles) continue;
        left = p.segment;
#pragma unroll
        for (int g = 0; g < ROWS / 8; g++)
#pragma unroll
            for (int i = 0; i < 4; i++) {
                totals[g][i] += sums[g][i];
                sums[g][i] = 0.f;
            }
    }
    cp_async_wait<0>();
#pragma unroll
    for (int g = 0; g < ROWS / 8; g++)
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int output = blockIdx.x * TILE + warp * 16 + lane / 4 + i / 2 * 8;
            const int row = first + g * 8 + lane % 4 * 2 + i % 2;
            if (output >= p.outputs || row >= p.rows) continue;
            const u64 at = (u64)row * p.out_stride + output;
            float v = totals[g][i];
            if (p.bias) v += p.bias[output];
            if (p.residual) v += widen<T>(p.residual[at]);
            if constexpr (sizeof(OUT) == sizeof(float)) {
                out[at] = v;
            } else {
                out[at] = narrow<T>(v);
            }
        }
}

#define LINEAR(NAME, T, ROWS, OUT)                                                                                       \
    KERNEL __launch_bounds__(WARPS * WARP) linear_##NAME(                                                                \
            OUT* out, const u16* x, const u16* tiles, const float* bias, const u16* residual, int rows, int inputs,      \
            int outputs, int stride, int out_stride, int segment) {                                                      \
        linear<T, ROWS, OUT>(out, {x, tiles, bias, residual, rows, inputs, outputs, stride, out_stride, segment});       \
    }
LINEAR(bf16_n8, Bf16, 8, u16)
LINEAR(bf16_n32, Bf16, 32, u16)
LINEAR(bf16_n8_f32, Bf16, 8, float)
LINEAR(bf16_n32_f32, Bf16, 32, float)
LINEAR(fp16_n8, Fp16, 8, u16)
LINEAR(fp16_n32, Fp16, 32, u16)
LINEAR(fp16_n8_f32, Fp16, 8, float)
LINEAR(fp16_n32_f32, Fp16, 32, float)
