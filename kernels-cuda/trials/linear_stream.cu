// Trial: y[M][N] = x[M][K] · Wᵀ for up to 256 rows on Hopper. The rows of a wgmma are outputs, its columns tokens, so a weight tile
// as it stands in memory is the first operand. One block a multiprocessor streams an equal share of the weights.
#include "../ptx.cuh"
#include "wgmma.cuh"

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)

constexpr int TILE_BYTES = 64 * 128;
/** Tiles above each other that share the tokens of a stage, one for each multiplying warpgroup. */
constexpr int PAIR = 2;

/**
 * The pairs of tiles, each with its K in steps of 64, one after the other: what all blocks do, dealt to them in equal contiguous
 * shares. Where a pair is cut follows from N, K and the grid alone, so a sum has one order however many tokens there are.
 */
struct Share {
    int pairs, k_tiles;

    DEVICE int first(int block) const { return int((long long)pairs * k_tiles * block / gridDim.x); }
    DEVICE int owner(int step) const { return int((((long long)step + 1) * gridDim.x - 1) / ((long long)pairs * k_tiles)); }
};

template <int TOKENS, int STAGES>
DEVICE void linear_stream(const TensorMap* x, const u8* W, bf16* y, float* partial, u32* tickets, int M, int N, int K, int early) {
    constexpr int STAGE = PAIR * TILE_BYTES + TOKENS * 128, ACC = TOKENS / 2;
    extern __shared__ __align__(1024) u8 memory[];
    const u32 ring = shared_address(memory), full = ring + STAGES * STAGE, empty = full + STAGES * 8;
    const Share share{N / (64 * PAIR), K / 64};
    const int from = share.first(blockIdx.x), to = share.first(blockIdx.x + 1), group = threadIdx.x / 128;
    if (threadIdx.x == 0) {
        for (int i = 0; i < STAGES; i++) {
            mbarrier_init(full + i * 8, 1);
            mbarrier_init(empty + i * 8, PAIR);
        }
        fence_mbarrier_init();
    }
    __syncthreads();
    if (early) launch_dependents();

    if (group == PAIR) {
        if (threadIdx.x != PAIR * 128) return;
        auto load_weights = [&](int step, int stage) {
            const int pair = step / share.k_tiles, k = step - pair * share.k_tiles;
            mbarrier_expect(full + stage * 8, STAGE);
#pragma unroll
            for (int i = 0; i < PAIR; i++)
                bulk_load(ring + stage * STAGE + i * TILE_BYTES,
                          W + ((u64)(pair * PAIR + i) * share.k_tiles + k) * TILE_BYTES, TILE_BYTES, full + stage * 8);
        };
        auto load_tokens = [&](int step, int stage) {
            tensor_load_2d(ring + stage * STAGE + PAIR * TILE_BYTES, x, full + stage * 8, step % share.k_tiles * 64, 0);
        };
        // Weights are nobody's result: the first stages leave before the kernel before this one has ended.
        const int ahead = min(STAGES, to - from);
        for (int i = 0; i < ahead; i++) load_weights(from + i, i);
        wait_for_predecessor();
        for (int i = 0; i < ahead; i++) load_tokens(from + i, i);
        int stage = 0;
        u32 phase = 0;
        for (int step = from + ahead; step < to; step++) {
            mbarrier_wait(empty + stage * 8, phase);
            load_weights(step, stage);
            load_tokens(step, stage);
            if (++stage == STAGES) {
                stage = 0;
                phase ^= 1;
            }
        }
        // Late, the next kernel's blocks fill their rings while the last stages here are multiplied; early, all along.
        if (!early) launch_dependents();
        return;
    }

    const int thread = threadIdx.x % 128, lane = thread & 31, row = thread / 32 * 16 + (lane >> 2);
    const bool leader = thread == 0;
    // Of each accumulator of this thread: its token and its output.
    auto token_of = [&](int i) { return i / 4 * 8 + (lane & 3) * 2 + (i & 1); };
    auto output_of = [&](int pair, int i) { return (pair * PAIR + group) * 64 + row + (i / 2 & 1) * 8; };
    float acc[ACC];
    int stage = 0, step = from;
    u32 phase = 0;
    while (step < to) {
        const int pair = step / share.k_tiles, end = min(to, (pair + 1) * share.k_tiles);
        const bool begins = step == pair * share.k_tiles, ends = end == (pair + 1) * share.k_tiles;
#pragma unroll
        for (int i = 0; i < ACC; i++) acc[i] = 0.f;
        int before = -1;
        for (; step < end; step++) {
            mbarrier_wait(full + stage * 8, phase);
            wgmma_fence();
            const u32 w = ring + stage * STAGE + group * TILE_BYTES, t = ring + stage * STAGE + PAIR * TILE_BYTES;
#pragma unroll
            for (int k = 0; k < 4; k++) wgmma_bf16(acc, wgmma_operand(w + k * 32), wgmma_operand(t + k * 32));
            wgmma_commit();
            if (before >= 0) {
                wgmma_wait<1>();
                if (leader) mbarrier_arrive(empty + before * 8);
            }
            before = stage;
            if (++stage == STAGES) {
                stage = 0;
                phase ^= 1;
            }
        }
        wgmma_wait<0>();
        if (leader) mbarrier_arrive(empty + before * 8);
        if (begins && ends) {
#pragma unroll
            for (int i = 0; i < ACC; i++)
                if (token_of(i) < M) y[(u64)token_of(i) * N + output_of(pair, i)] = to_bf16(acc[i]);
            continue;
        }
        // A piece of a pair: each thread leaves its own accumulators, and the last block's same thread adds them up.
        const int first_owner = share.owner(pair * share.k_tiles), pieces = share.owner((pair + 1) * share.k_tiles - 1) - first_owner + 1;
        float* pieces_at = partial + ((u64)first_owner * PAIR + group) * 128 * ACC + thread * 4;
        constexpr u64 PIECE = (u64)PAIR * 128 * ACC;
        float* mine = pieces_at + (blockIdx.x - first_owner) * PIECE + (begins ? 0 : (u64)gridDim.x * PIECE);
#pragma unroll
        for (int i = 0; i < ACC; i += 4)
            __stcg(reinterpret_cast<float4*>(mine + i * 128), make_float4(acc[i], acc[i + 1], acc[i + 2], acc[i + 3]));
        __threadfence();
        asm volatile("bar.sync %0, 128;" ::"r"(1 + group) : "memory");
        __shared__ u32 last[PAIR];
        if (leader) last[group] = atomicInc(&tickets[pair * PAIR + group], pieces - 1) == u32(pieces - 1);
        asm volatile("bar.sync %0, 128;" ::"r"(1 + group) : "memory");
        if (!last[group]) continue;
        __threadfence();
        for (int piece = 0; piece < pieces; piece++) {
            const float* from_piece = pieces_at + (piece == 0 ? 0 : piece + gridDim.x) * PIECE;
#pragma unroll
            for (int i = 0; i < ACC; i += 4) {
                const float4 v = __ldcg(reinterpret_cast<const float4*>(from_piece + i * 128));
                acc[i] = piece == 0 ? v.x : acc[i] + v.x;
                acc[i + 1] = piece == 0 ? v.y : acc[i + 1] + v.y;
                acc[i + 2] = piece == 0 ? v.z : acc[i + 2] + v.z;
                acc[i + 3] = piece == 0 ? v.w : acc[i + 3] + v.w;
            }
        }
#pragma unroll
        for (int i = 0; i < ACC; i++)
            if (token_of(i) < M) y[(u64)token_of(i) * N + output_of(pair, i)] = to_bf16(acc[i]);
    }
}

#define STREAM(TOKENS, STAGES)                                                                                           \
    KERNEL __launch_bounds__(PAIR * 128 + 32, 1) linear_stream_n##TOKENS(const __grid_constant__ TensorMap x, const u8* W, \
                                                                      bf16* y, float* partial, u32* tickets, int M,      \
                                                                      int N, int K, int early) {                         \
        linear_stream<TOKENS, STAGES>(&x, W, y, partial, tickets, M, N, K, early);                                       \
    }
STREAM(8, 6)
STREAM(16, 6)
STREAM(32, 5)
STREAM(64, 4)
STREAM(128, 3)
STREAM(256, 4)

#endif
