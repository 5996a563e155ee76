// Trial: y[M][N] = x[M][K] · Wᵀ for the few rows of a decode step. Weights stand in tiles of 64 outputs x 64 inputs with the
// 128-byte swizzle; outputs are the 16 rows of an mma, tokens its 8 columns.
#include "../ptx.cuh"

constexpr int TILE_BYTES = 64 * 128;

/** Address of 16 bytes in a tile of 128-byte rows. */
DEVICE u32 swizzled(u32 tile, int row, int chunk) { return tile + row * 128 + ((chunk ^ (row & 7)) << 4); }

/** acc[NT x 8 tokens] += 16 outputs x 64 inputs, for this warp's 16 rows of the weight tile. */
template <int NT>
DEVICE void multiply_tile(float (&acc)[NT][4], u32 weights, u32 tokens) {
    const int lane = threadIdx.x & 31, row = (threadIdx.x >> 5) * 16 + (lane & 15);
    u32 a[4][4];
#pragma unroll
    for (int k = 0; k < 4; k++) ldmatrix_x4(a[k], swizzled(weights, row, k * 2 + (lane >> 4)));
    if constexpr (NT == 1) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
            u32 b[4];
            ldmatrix_x4(b, swizzled(tokens, lane & 7, half * 4 + (lane >> 3)));
            mma_bf16(acc[0], a[half * 2], b[0], b[1]);
            mma_bf16(acc[0], a[half * 2 + 1], b[2], b[3]);
        }
    } else {
#pragma unroll
        for (int k = 0; k < 4; k++)
#pragma unroll
            for (int j = 0; j < NT / 2; j++) {
                u32 b[4];
                const int token = j * 16 + (lane & 7) + ((lane >> 4) << 3);
                ldmatrix_x4(b, swizzled(tokens, token, k * 2 + ((lane >> 3) & 1)));
                mma_bf16(acc[2 * j], a[k], b[0], b[1]);
                mma_bf16(acc[2 * j + 1], a[k], b[2], b[3]);
            }
    }
}

/** Calls f(token, output, value) for each accumulator of this thread. */
template <int NT, class F>
DEVICE void each_result(float (&acc)[NT][4], int tile, F f) {
    const int lane = threadIdx.x & 31, output = tile * 64 + (threadIdx.x >> 5) * 16 + (lane >> 2);
#pragma unroll
    for (int j = 0; j < NT; j++)
#pragma unroll
        for (int i = 0; i < 4; i++) f(j * 8 + (lane & 3) * 2 + (i & 1), output + (i >> 1) * 8, acc[j][i]);
}

// ------------------------------------------------------------- cp.async, a block for each tile

template <int NT, int STAGES>
DEVICE void skinny_async(const u8* W, const bf16* x, bf16* y, int M, int N, int K) {
    constexpr int CHUNKS = NT * 64, PER_THREAD = (CHUNKS + 127) / 128, STAGE = TILE_BYTES + NT * 8 * 128;
    extern __shared__ __align__(1024) u8 memory[];
    const u32 ring = shared_address(memory);
    const int tid = threadIdx.x, tiles = K / 64;
    const u8* w = W + (u64)blockIdx.x * tiles * TILE_BYTES + tid * 16;
    auto load = [&](int stage, int k) {
        const u32 to = ring + stage * STAGE;
#pragma unroll
        for (int i = 0; i < 4; i++) cp_async16(to + (i * 128 + tid) * 16, w + (u64)k * TILE_BYTES + i * 2048, 16);
#pragma unroll
        for (int i = 0; i < PER_THREAD; i++) {
            const int c = i * 128 + tid, row = c >> 3;
            if (c < CHUNKS)
                cp_async16(swizzled(to + TILE_BYTES, row, c & 7), x + (u64)(row < M ? row : 0) * K + k * 64 + (c & 7) * 8,
                           row < M ? 16 : 0);
        }
    };
    float acc[NT][4] = {};
#pragma unroll
    for (int s = 0; s < STAGES - 1; s++) {
        if (s < tiles) load(s, s);
        cp_async_commit();
    }
    int stage = 0;
    for (int k = 0; k < tiles; k++) {
        cp_async_wait<STAGES - 2>();
        __syncthreads();
        if (k + STAGES - 1 < tiles) load(stage == 0 ? STAGES - 1 : stage - 1, k + STAGES - 1);
        cp_async_commit();
        multiply_tile<NT>(acc, ring + stage * STAGE, ring + stage * STAGE + TILE_BYTES);
        stage = stage == STAGES - 1 ? 0 : stage + 1;
    }
    cp_async_wait<0>();
    each_result<NT>(acc, blockIdx.x, [&](int token, int output, float v) {
        if (token < M) y[(u64)token * N + output] = to_bf16(v);
    });
}

#define ASYNC(TOKENS, STAGES)                                                                                            \
    KERNEL __launch_bounds__(128) skinny_async_n##TOKENS(const u8* W, const bf16* x, bf16* y, int M, int N, int K) {      \
        skinny_async<TOKENS / 8, STAGES>(W, x, y, M, N, K);                                                               \
    }
ASYNC(8, 6)
ASYNC(16, 5)
ASYNC(32, 5)
ASYNC(64, 4)

// ------------------------------------- bulk copies, a fixed grid over (tile, segment of K) units

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

/**
 * The units (tile, segment) in ascending order are dealt to the blocks in contiguous ranges, so a block's weights are one
 * stretch of memory. A tile's segments are added in ascending order: a block that begins a tile keeps the running sum,
 * whoever continues it leaves each segment apart, and the last of a tile's blocks to arrive adds them up.
 */
struct Units {
    int tiles, segments, k_tiles;

    DEVICE int all() const { return tiles * segments; }
    DEVICE int first(int block) const { return int((long long)all() * block / gridDim.x); }
    DEVICE int owner(int unit) const { return int((((long long)unit + 1) * gridDim.x - 1) / all()); }
    DEVICE int first_k(int segment) const { return k_tiles * segment / segments; }
};

DEVICE void consumers_meet() { asm volatile("bar.sync 1, 128;" ::: "memory"); }

template <int NT, int STAGES>
DEVICE void skinny_bulk(const TensorMap* tokens, const u8* W, bf16* y, float* partial, u32* tickets, int M, int N, int K,
                        int segments) {
    constexpr int STAGE = TILE_BYTES + NT * 8 * 128, WIDTH = NT * 8;
    extern __shared__ __align__(1024) u8 memory[];
    const u32 ring = shared_address(memory), full = ring + STAGES * STAGE, empty = full + STAGES * 8;
    const Units units{N / 64, segments, K / 64};
    const int from = units.first(blockIdx.x), to = units.first(blockIdx.x + 1);
    if (threadIdx.x == 0) {
        for (int i = 0; i < STAGES; i++) {
            mbarrier_init(full + i * 8, 1);
            mbarrier_init(empty + i * 8, 4);
        }
        fence_mbarrier_init();
    }
    __syncthreads();
    launch_dependents();
    if (from == to) return;

    if (threadIdx.x >= 128) {
        if (threadIdx.x != 128) return;
        // Weights are nobody's result: the first stages leave before the kernel before this one has ended.
        const int k_from = (from / segments) * units.k_tiles + units.first_k(from % segments);
        const int k_to = (to / segments) * units.k_tiles + units.first_k(to % segments);
        const int ahead = min(STAGES, k_to - k_from);
        for (int i = 0; i < ahead; i++) {
            mbarrier_expect(full + i * 8, STAGE);
            bulk_load(ring + i * STAGE, W + (u64)(k_from + i) * TILE_BYTES, TILE_BYTES, full + i * 8);
        }
        wait_for_predecessor();
        for (int i = 0; i < ahead; i++)
            tensor_load_2d(ring + i * STAGE + TILE_BYTES, tokens, full + i * 8, (k_from + i) % units.k_tiles * 64, 0);
        int stage = 0;
        u32 phase = 0;
        for (int k = k_from + ahead; k < k_to; k++) {
            mbarrier_wait(empty + stage * 8, phase);
            mbarrier_expect(full + stage * 8, STAGE);
            bulk_load(ring + stage * STAGE, W + (u64)k * TILE_BYTES, TILE_BYTES, full + stage * 8);
            tensor_load_2d(ring + stage * STAGE + TILE_BYTES, tokens, full + stage * 8, k % units.k_tiles * 64, 0);
            if (++stage == STAGES) {
                stage = 0;
                phase ^= 1;
            }
        }
        return;
    }

    __shared__ bool last;
    float acc[NT][4], sum[NT][4];
    int stage = 0, begun = from;
    u32 phase = 0;
    for (int unit = from; unit < to; unit++) {
        const int tile = unit / segments, segment = unit % segments;
        if (segment == 0) begun = unit;
        float* parts = partial + (u64)tile * segments * 64 * WIDTH;
#pragma unroll
        for (int j = 0; j < NT; j++) acc[j][0] = acc[j][1] = acc[j][2] = acc[j][3] = 0.f;
        for (int k = units.first_k(segment); k < units.first_k(segment + 1); k++) {
            mbarrier_wait(full + stage * 8, phase);
            multiply_tile<NT>(acc, ring + stage * STAGE, ring + stage * STAGE + TILE_BYTES);
            __syncwarp();
            if ((threadIdx.x & 31) == 0) mbarrier_arrive(empty + stage * 8);
            if (++stage == STAGES) {
                stage = 0;
                phase ^= 1;
            }
        }
        const bool from_zero = begun % segments == 0, ends_tile = segment == segments - 1;
        if (from_zero) {
#pragma unroll
            for (int j = 0; j < NT; j++)
#pragma unroll
                for (int i = 0; i < 4; i++) sum[j][i] = segment == 0 ? acc[j][i] : sum[j][i] + acc[j][i];
        } else {
            float* part = parts + (u64)segment * 64 * WIDTH;
            each_result<NT>(acc, 0, [&](int token, int output, float v) { part[token * 64 + output] = v; });
        }
        if (from_zero && ends_tile) {
            each_result<NT>(sum, tile, [&](int token, int output, float v) {
                if (token < M) y[(u64)token * N + output] = to_bf16(v);
            });
        } else if (ends_tile || unit + 1 == to) {
            if (from_zero) each_result<NT>(sum, 0, [&](int token, int output, float v) { parts[token * 64 + output] = v; });
            __threadfence();
            consumers_meet();
            const int first_owner = units.owner(tile * segments), owners = units.owner(tile * segments + segments - 1) - first_owner + 1;
            if (threadIdx.x == 0) last = atomicInc(&tickets[tile], owners - 1) == u32(owners - 1);
            consumers_meet();
            if (last) {
                __threadfence();
                const int continued = units.first(first_owner + 1) - tile * segments;
                each_result<NT>(sum, 0, [&](int token, int output, float) {
                    if (token >= M) return;
                    const volatile float* at = parts + token * 64 + output;
                    float v = at[0];
                    for (int s = continued; s < segments; s++) v += at[(u64)s * 64 * WIDTH];
                    y[(u64)token * N + tile * 64 + output] = to_bf16(v);
                });
            }
        }
    }
}

#define BULK(TOKENS, STAGES)                                                                                             \
    KERNEL __launch_bounds__(160) skinny_bulk_n##TOKENS(const __grid_constant__ TensorMap tokens, const u8* W, bf16* y,  \
                                                        float* partial, u32* tickets, int M, int N, int K,               \
                                                        int segments) {                                                  \
        skinny_bulk<TOKENS / 8, STAGES>(&tokens, W, y, partial, tickets, M, N, K, segments);                             \
    }
BULK(8, 6)
BULK(16, 5)
BULK(32, 5)
BULK(64, 4)

#endif
