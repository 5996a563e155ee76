// RMS norm, alone and with the addition to the residual before it. A block takes a row; the order of the sum is one for all rows
// of a width.
#include "numbers.cuh"

constexpr int THREADS = 256;

/** The sum over the block, for each thread. */
DEVICE float block_sum(float v) {
    __shared__ float warps[THREADS / WARP];
    v = warp_sum(v);
    if (threadIdx.x % WARP == 0) warps[threadIdx.x / WARP] = v;
    __syncthreads();
    float sum = 0.f;
#pragma unroll
    for (int w = 0; w < THREADS / WARP; w++) sum += warps[w];
    return sum;
}

/** out = x / sqrt(mean(x^2) + eps) * weight; with ADD, x is residual + x, which replaces the residual. */
template <class T, bool ADD>
DEVICE void rms_norm(u16* out, u16* residual, const u16* x, const float* weight, float eps, int columns, int stride) {
    wait_for_predecessor();
    const u64 row = (u64)blockIdx.x * stride;
    float squares = 0.f;
    for (int at = threadIdx.x * CHUNK; at < columns; at += THREADS * CHUNK) {
        float v[CHUNK];
        widen<T>(v, load_chunk(x + row + at));
        if constexpr (ADD) {
            float before[CHUNK];
            widen<T>(before, load_chunk(residual + row + at));
#pragma unroll
            for (int i = 0; i < CHUNK; i++) v[i] += before[i];
            const uint4 sum = narrow<T>(v);
            store_chunk(residual + row + at, sum);
            widen<T>(v, sum);
        }
#pragma unroll
        for (int i = 0; i < CHUNK; i++) squares += v[i] * v[i];
    }
    const float scale = rsqrtf(block_sum(squares) / columns + eps);
    const u16* summed = ADD ? residual : x;
    for (int at = threadIdx.x * CHUNK; at < columns; at += THREADS * CHUNK) {
        float v[CHUNK];
        widen<T>(v, load_chunk(summed + row + at));
#pragma unroll
        for (int i = 0; i < CHUNK; i++) v[i] = at + i < columns ? v[i] * scale * weight[at + i] : 0.f;
        store_chunk(out + row + at, narrow<T>(v));
    }
}

#define RMS_NORM(NAME, T)                                                                                                       \
    KERNEL __launch_bounds__(THREADS) rms_norm_##NAME(u16* out, const u16* x, const float* weight, float eps, int columns,      \
                                                      int stride) {                                                             \
        rms_norm<T, false>(out, nullptr, x, weight, eps, columns, stride);                                                      \
    }                                                                                                                           \
    KERNEL __launch_bounds__(THREADS) add_rms_norm_##NAME(u16* out, u16* residual, const u16* x, const float* weight, float eps, \
                                                          int columns, int stride) {                                            \
        rms_norm<T, true>(out, residual, x, weight, eps, columns, stride);                                                      \
    }
RMS_NORM(bf16, Bf16)
RMS_NORM(fp16, Fp16)
