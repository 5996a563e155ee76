// Trial: decode attention on tensor cores. A warp takes one KV block of 16 tokens at a time; the query heads of a KV head are
// the rows of an mma. KV blocks stand as [block][kv head][16 tokens][D], chunks of 16 bytes at chunk ^ (token & 7).
#include "../ptx.cuh"

constexpr int BLOCK = 16, WARPS = 4, STAGES = 3;

struct Attention {
    const bf16 *q, *k, *v;
    const int *tables, *lengths;
    bf16* out;
    float* partial;
    u32* tickets;
    int max_blocks, kv_heads;
    float scale_log2;
};

/** Maximum, sum and weighted values of one warp's tokens for two rows of the accumulator: lane / 4 and lane / 4 + 8. */
template <int D, bool TWO>
struct State {
    float o[D / 8][4] = {}, m[2] = {MINUS_INFINITY, MINUS_INFINITY}, l[2] = {};

    /** Takes in the scores of 16 tokens, already scaled to powers of two, and returns their weights as an mma operand. */
    DEVICE void take(float (&s0)[4], float (&s1)[4], u32 (&weights)[4]) {
        weights[1] = weights[3] = 0;
#pragma unroll
        for (int r = 0; r < (TWO ? 2 : 1); r++) {
            float *x = s0 + r * 2, *y = s1 + r * 2;
            float most = fmaxf(fmaxf(x[0], x[1]), fmaxf(y[0], y[1]));
            most = fmaxf(most, __shfl_xor_sync(~0u, most, 1));
            most = fmaxf(most, __shfl_xor_sync(~0u, most, 2));
            const float now = fmaxf(m[r], most), keep = ex2(m[r] - now);
            m[r] = now;
            const float a = ex2(x[0] - now), b = ex2(x[1] - now), c = ex2(y[0] - now), d = ex2(y[1] - now);
            l[r] = l[r] * keep + ((a + b) + (c + d));
            weights[r] = pack_bf16(a, b);
            weights[2 + r] = pack_bf16(c, d);
#pragma unroll
            for (int j = 0; j < D / 8; j++) {
                o[j][r * 2] *= keep;
                o[j][r * 2 + 1] *= keep;
            }
        }
    }
};

/** Reads what another block may have written, past this multiprocessor's cache, or shared memory. */
template <bool GLOBAL>
DEVICE float load(const float* p) {
    return GLOBAL ? __ldcg(p) : *p;
}

/**
 * Adds up states [parts][G][D values, maximum, sum] in ascending order and calls f(row, element, value, maximum, sum). The weight of
 * each part is computed once, into {@code weights} [parts + 2][G] of shared memory. All threads take part.
 */
template <bool GLOBAL, int D, int G, class F>
DEVICE void merge(const float* states, int parts, float* weights, F f) {
    constexpr int ROW = D + 2;
    if (threadIdx.x < G) {
        const float* own = states + threadIdx.x * ROW + D;
        float most = MINUS_INFINITY, sum = 0.f;
#pragma unroll 8
        for (int p = 0; p < parts; p++) most = fmaxf(most, load<GLOBAL>(own + p * G * ROW));
        const float safe = most == MINUS_INFINITY ? 0.f : most;
#pragma unroll 8
        for (int p = 0; p < parts; p++) {
            const float weight = ex2(load<GLOBAL>(own + p * G * ROW) - safe);
            weights[p * G + threadIdx.x] = weight;
            sum += weight * load<GLOBAL>(own + p * G * ROW + 1);
        }
        weights[parts * G + threadIdx.x] = most;
        weights[(parts + 1) * G + threadIdx.x] = sum;
    }
    __syncthreads();
    for (int i = threadIdx.x; i < G * D; i += WARPS * 32) {
        const int g = i / D, d = i % D;
        float value = 0.f;
#pragma unroll 8
        for (int p = 0; p < parts; p++) value += weights[p * G + g] * load<GLOBAL>(states + (p * G + g) * ROW + d);
        f(g, d, value, weights[parts * G + g], weights[(parts + 1) * G + g]);
    }
}

template <int D, int G, bool BULK>
DEVICE void attention_decode(const Attention& p) {
    constexpr int K_STEPS = D / 16, CHUNKS = D / 8, HALF = BLOCK * D * 2, STAGE = 2 * HALF, ROW = D + 2;
    constexpr bool TWO = G > 8;
    extern __shared__ __align__(1024) u8 memory[];
    const int sequence = blockIdx.x, head = blockIdx.y, split = blockIdx.z, splits = gridDim.z;
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, length = p.lengths[sequence];
    const int blocks = (length + BLOCK - 1) / BLOCK, per = (blocks + splits - 1) / splits;
    const int from = split * per, to = min(blocks, from + per);
    const int* table = p.tables + (u64)sequence * p.max_blocks;
    const u32 ring = shared_address(memory) + warp * STAGES * STAGE;
    const u32 full = shared_address(memory) + WARPS * STAGES * STAGE + warp * STAGES * 8;

    u32 q[K_STEPS][4];
#pragma unroll
    for (int k = 0; k < K_STEPS; k++)
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int row = (lane >> 2) + (i & 1) * 8, at = k * 16 + (lane & 3) * 2 + (i >> 1) * 8;
            const bf16* from_q = p.q + ((u64)(sequence * p.kv_heads + head) * G + row) * D + at;
            q[k][i] = row < G ? *reinterpret_cast<const u32*>(from_q) : 0u;
        }
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
    if constexpr (BULK) {
        if (lane == 0) {
            for (int i = 0; i < STAGES; i++) mbarrier_init(full + i * 8, 1);
            fence_mbarrier_init();
        }
        __syncwarp();
    }
#endif
    auto load = [&](int stage, int block) {
        const u64 at = ((u64)table[block] * p.kv_heads + head) * BLOCK * D;
        const u32 into = ring + stage * STAGE;
        if constexpr (BULK) {
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
            if (lane == 0) {
                mbarrier_expect(full + stage * 8, STAGE);
                bulk_load(into, p.k + at, HALF, full + stage * 8);
                bulk_load(into + HALF, p.v + at, HALF, full + stage * 8);
            }
#endif
        } else {
#pragma unroll
            for (int i = 0; i < BLOCK * CHUNKS / 32; i++) {
                const int c = i * 32 + lane, bytes = c / CHUNKS < length - block * BLOCK ? 16 : 0;
                cp_async16(into + c * 16, p.k + at + c * 8, bytes);
                cp_async16(into + HALF + c * 16, p.v + at + c * 8, bytes);
            }
        }
    };
    State<D, TWO> state;
#pragma unroll
    for (int s = 0; s < STAGES - 1; s++) {
        if (from + warp + s * WARPS < to) load(s, from + warp + s * WARPS);
        if constexpr (!BULK) cp_async_commit();
    }
    int stage = 0;
    u32 phase = 0;
    for (int block = from + warp; block < to; block += WARPS) {
        if constexpr (!BULK) cp_async_wait<STAGES - 2>();
        __syncwarp();
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
        if constexpr (BULK) mbarrier_wait(full + stage * 8, phase);
#endif
        const int next = block + (STAGES - 1) * WARPS;
        if (next < to) load(stage == 0 ? STAGES - 1 : stage - 1, next);
        if constexpr (!BULK) cp_async_commit();
        const u32 keys = ring + stage * STAGE, values = keys + HALF;
        if (++stage == STAGES) {
            stage = 0;
            phase ^= 1;
        }
        if (BULK && length - block * BLOCK < BLOCK) {
            // What lies behind the last token may be NaN, and 0 x NaN is NaN.
            for (int i = (length - block * BLOCK) * D / 2 + lane; i < BLOCK * D / 2; i += 32)
                asm volatile("st.shared.u32 [%0], %1;" ::"r"(values + i * 4), "r"(0u) : "memory");
            __syncwarp();
        }
        float s0[4] = {}, s1[4] = {};
#pragma unroll
        for (int k = 0; k < K_STEPS; k++) {
            u32 b[4];
            const int token = (lane & 7) + ((lane >> 4) << 3), chunk = k * 2 + ((lane >> 3) & 1);
            ldmatrix_x4(b, keys + token * D * 2 + ((chunk ^ (token & 7)) << 4));
            mma_bf16(s0, q[k], b[0], b[1]);
            mma_bf16(s1, q[k], b[2], b[3]);
        }
        const int first = block * BLOCK + (lane & 3) * 2;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            s0[i] = first + (i & 1) < length ? s0[i] * p.scale_log2 : MINUS_INFINITY;
            s1[i] = first + (i & 1) + 8 < length ? s1[i] * p.scale_log2 : MINUS_INFINITY;
        }
        u32 weights[4];
        state.take(s0, s1, weights);
#pragma unroll
        for (int j = 0; j < CHUNKS / 2; j++) {
            u32 b[4];
            const int token = lane & 15, chunk = j * 2 + (lane >> 4);
            ldmatrix_x4_trans(b, values + token * D * 2 + ((chunk ^ (token & 7)) << 4));
            mma_bf16(state.o[2 * j], weights, b[0], b[1]);
            mma_bf16(state.o[2 * j + 1], weights, b[2], b[3]);
        }
        __syncwarp();
    }
    if constexpr (!BULK) cp_async_wait<0>();
    launch_dependents();
    __syncthreads();

    float* shared = reinterpret_cast<float*>(memory);
#pragma unroll
    for (int r = 0; r < (TWO ? 2 : 1); r++) {
        state.l[r] += __shfl_xor_sync(~0u, state.l[r], 1);
        state.l[r] += __shfl_xor_sync(~0u, state.l[r], 2);
        const int g = (lane >> 2) + r * 8;
        if (g >= G) continue;
        float* row = shared + (warp * G + g) * ROW;
#pragma unroll
        for (int j = 0; j < CHUNKS; j++) {
            row[j * 8 + (lane & 3) * 2] = state.o[j][r * 2];
            row[j * 8 + (lane & 3) * 2 + 1] = state.o[j][r * 2 + 1];
        }
        if ((lane & 3) == 0) {
            row[D] = state.m[r];
            row[D + 1] = state.l[r];
        }
    }
    __syncthreads();
    bf16* out = p.out + (u64)(sequence * p.kv_heads + head) * G * D;
    float* mine = p.partial + ((u64)(sequence * p.kv_heads + head) * splits + split) * G * ROW;
    float* weights = shared + WARPS * G * ROW;
    merge<false, D, G>(shared, WARPS, weights, [&](int g, int d, float value, float most, float sum) {
        if (splits == 1) {
            out[g * D + d] = to_bf16(sum > 0.f ? value / sum : 0.f);
        } else {
            mine[g * ROW + d] = value;
            if (d == 0) {
                mine[g * ROW + D] = most;
                mine[g * ROW + D + 1] = sum;
            }
        }
    });
    if (splits == 1) return;
    __shared__ bool last;
    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0) last = atomicInc(&p.tickets[sequence * p.kv_heads + head], splits - 1) == u32(splits - 1);
    __syncthreads();
    if (!last) return;
    __threadfence();
    merge<true, D, G>(p.partial + (u64)(sequence * p.kv_heads + head) * splits * G * ROW, splits, weights,
                [&](int g, int d, float value, float, float sum) { out[g * D + d] = to_bf16(sum > 0.f ? value / sum : 0.f); });
}

#define DECODE(NAME, D, G, BULK)                                                                                         \
    KERNEL __launch_bounds__(128) attention_##NAME##_d##D##_g##G(                                                        \
            const bf16* q, const bf16* k, const bf16* v, const int* tables, const int* lengths, bf16* out, float* partial, \
            u32* tickets, int max_blocks, int kv_heads, float scale_log2) {                                              \
        wait_for_predecessor();                                                                                          \
        attention_decode<D, G, BULK>({q, k, v, tables, lengths, out, partial, tickets, max_blocks, kv_heads, scale_log2}); \
    }
DECODE(async, 128, 4, false)
DECODE(async, 128, 7, false)
DECODE(async, 64, 2, false)
DECODE(async, 128, 16, false)
#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
DECODE(bulk, 128, 4, true)
DECODE(bulk, 128, 7, true)
DECODE(bulk, 64, 2, true)
DECODE(bulk, 128, 16, true)
#endif
