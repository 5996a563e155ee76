// Trial: C[M][N] = A[M][K] · Wᵀ for many rows on Hopper. One warpgroup loads, two multiply, 64 rows each. Tiles of A by tensor
// map, of W (64 x 64, swizzled) by bulk copies. A fixed grid walks over output tiles in bands that share their part of W in L2.
#include "../ptx.cuh"
#include "wgmma.cuh"

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

constexpr int BM = 128;

/** Where the i-th output tile stands: bands of 16 rows of tiles, column after column within a band. */
DEVICE void place(int i, int rows, int columns, int& m, int& n) {
    constexpr int BAND = 16;
    const int band = i / (BAND * columns), height = min(BAND, rows - band * BAND), within = i - band * BAND * columns;
    m = band * BAND + within % height;
    n = within / height;
}

template <int N>
DEVICE void multiply(float (&acc)[N / 2], u32 a, u32 b) {
    wgmma_fence();
#pragma unroll
    for (int k = 0; k < 4; k++) wgmma_bf16(acc, wgmma_operand(a + k * 32), wgmma_operand(b + k * 32));
    wgmma_commit();
}

/** SEGMENT > 0: the chain of K is cut after so many tiles of 64, and the pieces are added in float32 in ascending order. */
template <int BN, int STAGES, bool SEGMENTS>
DEVICE void gemm(const TensorMap* A, const u8* W, bf16* C, int M, int N, int K, int segment) {
    constexpr int STAGE = BM * 128 + BN * 128, ACC = BN / 2;
    extern __shared__ __align__(1024) u8 memory[];
    const u32 ring = shared_address(memory), full = ring + STAGES * STAGE, empty = full + STAGES * 8;
    const int group = threadIdx.x / 128, k_tiles = K / 64, rows = (M + BM - 1) / BM, columns = N / BN;
    if (threadIdx.x == 0) {
        for (int i = 0; i < STAGES; i++) {
            mbarrier_init(full + i * 8, 1);
            mbarrier_init(empty + i * 8, 2);
        }
        fence_mbarrier_init();
    }
    __syncthreads();
    int stage = 0;
    if (group == 0) {
        give_registers<40>();
        if (threadIdx.x != 0) return;
        u32 phase = 1;
        for (int tile = blockIdx.x; tile < rows * columns; tile += gridDim.x) {
            int m, n;
            place(tile, rows, columns, m, n);
            for (int k = 0; k < k_tiles; k++) {
                const u32 to = ring + stage * STAGE, done = full + stage * 8;
                mbarrier_wait(empty + stage * 8, phase);
                mbarrier_expect(done, STAGE);
                tensor_load_2d(to, A, done, k * 64, m * BM);
#pragma unroll
                for (int t = 0; t < BN / 64; t++)
                    bulk_load(to + BM * 128 + t * 8192, W + ((u64)(n * (BN / 64) + t) * k_tiles + k) * 8192, 8192, done);
                if (++stage == STAGES) {
                    stage = 0;
                    phase ^= 1;
                }
            }
        }
        return;
    }
    take_registers<232>();
    const bool leader = threadIdx.x % 128 == 0;
    u32 phase = 0;
    for (int tile = blockIdx.x; tile < rows * columns; tile += gridDim.x) {
        int m, n;
        place(tile, rows, columns, m, n);
        float acc[ACC], sum[SEGMENTS ? ACC : 1];
#pragma unroll
        for (int i = 0; i < ACC; i++) acc[i] = 0.f;
        if constexpr (SEGMENTS) {
#pragma unroll
            for (int i = 0; i < ACC; i++) sum[i] = 0.f;
        }
        int left = segment, before = -1;
        for (int k = 0; k < k_tiles; k++) {
            const u32 a = ring + stage * STAGE + (group - 1) * 8192, b = ring + stage * STAGE + BM * 128;
            mbarrier_wait(full + stage * 8, phase);
            multiply<BN>(acc, a, b);
            // One product stays under way while the next is issued; a stage is free when its product is done.
            if (before >= 0) {
                wgmma_wait<1>();
                if (leader) mbarrier_arrive(empty + before * 8);
            }
            before = stage;
            if (++stage == STAGES) {
                stage = 0;
                phase ^= 1;
            }
            if constexpr (SEGMENTS) {
                if (--left == 0) {
                    left = segment;
                    wgmma_wait<0>();
                    if (leader) mbarrier_arrive(empty + before * 8);
                    before = -1;
#pragma unroll
                    for (int i = 0; i < ACC; i++) {
                        sum[i] += acc[i];
                        acc[i] = 0.f;
                    }
                }
            }
        }
        wgmma_wait<0>();
        if (leader && before >= 0) mbarrier_arrive(empty + before * 8);
        const int t = threadIdx.x % 128, lane = t & 31, first = m * BM + (group - 1) * 64 + (t / 32) * 16 + lane / 4;
#pragma unroll
        for (int i = 0; i < ACC; i += 2) {
            const int column = n * BN + 8 * (i / 4) + 2 * (lane % 4), row = first + 8 * (i / 2 % 2);
            const float x = SEGMENTS ? sum[i] + acc[i] : acc[i], y = SEGMENTS ? sum[i + 1] + acc[i + 1] : acc[i + 1];
            if (row < M) *reinterpret_cast<u32*>(C + (u64)row * N + column) = pack_bf16(x, y);
        }
    }
}

#define GEMM(NAME, BN, STAGES, SEGMENTS)                                                                                 \
    KERNEL __launch_bounds__(384, 1) gemm_wgmma_##NAME(const __grid_constant__ TensorMap A, const u8* W, bf16* C, int M, \
                                                       int N, int K, int segment) {                                      \
        gemm<BN, STAGES, SEGMENTS>(&A, W, C, M, N, K, segment);                                                          \
    }
GEMM(128x256, 256, 4, false)
GEMM(128x128, 128, 6, false)
GEMM(128x128_segments, 128, 6, true)

#endif
