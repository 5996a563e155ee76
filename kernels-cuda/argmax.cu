// The greatest logit of each row. A block takes a row.
#include "ptx.cuh"

constexpr int THREADS = 256;

/** A column and its logit; column -1 where there was none but NaN. */
struct Best {
    float value;
    int column;

    DEVICE void take(float v, int c) {
        if (c >= 0 && v == v && (column < 0 || v > value || (v == value && c < column))) {
            value = v;
            column = c;
        }
    }

    DEVICE void take_over_warp() {
#pragma unroll
        for (int distance = WARP / 2; distance > 0; distance /= 2) {
            const float v = __shfl_xor_sync(~0u, value, distance);
            const int c = __shfl_xor_sync(~0u, column, distance);
            take(v, c);
        }
    }
};

/** out[r] = column of the greatest of x[r], the lowest such column on a tie; NaN never wins. */
KERNEL __launch_bounds__(THREADS) argmax(int* out, const float* x, int columns) {
    wait_for_predecessor();
    __shared__ float values[THREADS / WARP];
    __shared__ int at[THREADS / WARP];
    const float* row = x + (u64)blockIdx.x * columns;
    Best best = {0.f, -1};
    for (int c = threadIdx.x; c < columns; c += THREADS) best.take(row[c], c);
    best.take_over_warp();
    if (threadIdx.x % WARP == 0) {
        values[threadIdx.x / WARP] = best.value;
        at[threadIdx.x / WARP] = best.column;
    }
    __syncthreads();
    if (threadIdx.x != 0) return;
    for (int w = 1; w < THREADS / WARP; w++) best.take(values[w], at[w]);
    out[blockIdx.x] = best.column;
}
