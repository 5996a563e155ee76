// What attention kernels share: a tile of 16 query rows a warp, rows being (token, head of the group), keys and values of 64
// tokens at a time, and sums in segments. The softmax begins anew every so many tokens from position 0 on, and these segments
// are added up in ascending order, whoever computed which.
#pragma once
#include "layout.cuh"
#include "numbers.cuh"

constexpr int KEYS = 64, KV_TILES = KEYS / KV_TOKENS;

struct Attention {
    u16* out;
    const u16 *q, *keys, *values;
    const int *query_starts, *context_lengths;
    const int *slots, *tables;      // of sequences; of slots
    int max_blocks, block_tiles;    // blocks in a row of tables; tiles of 16 tokens in a block
    int heads, kv_heads, stride, out_stride, window;
    float scale_log2;
};

/**
 * Maximum, sum and weighted values over some tokens, of a thread's rows: lane / 4 and lane / 4 + 8 of its warp's 16. The sum is of
 * the tokens that the thread has itself.
 */
template <class T, int D>
struct State {
    float o[D / 8][4], m[2], l[2];

    DEVICE void clear() {
#pragma unroll
        for (int j = 0; j < D / 8; j++)
#pragma unroll
            for (int i = 0; i < 4; i++) o[j][i] = 0.f;
        m[0] = m[1] = MINUS_INFINITY;
        l[0] = l[1] = 0.f;
    }

    /** Takes in scores of KEYS tokens, scaled to powers of two, and leaves their weights in place of them. */
    DEVICE void take(float (&s)[KEYS / 8][4]) {
#pragma unroll
        for (int r = 0; r < 2; r++) {
            float most = m[r];
#pragma unroll
            for (int j = 0; j < KEYS / 8; j++) most = fmaxf(most, fmaxf(s[j][2 * r], s[j][2 * r + 1]));
            most = fmaxf(most, __shfl_xor_sync(~0u, most, 1));
            most = fmaxf(most, __shfl_xor_sync(~0u, most, 2));
            const float from = most == MINUS_INFINITY ? 0.f : most, keep = ex2(m[r] - from);
            m[r] = most;
            float sum = 0.f;
#pragma unroll
            for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
                for (int i = 2 * r; i < 2 * r + 2; i++) {
                    s[j][i] = ex2(s[j][i] - from);
                    sum += s[j][i];
                }
            l[r] = l[r] * keep + sum;
#pragma unroll
            for (int j = 0; j < D / 8; j++) {
                o[j][2 * r] *= keep;
                o[j][2 * r + 1] *= keep;
            }
        }
    }
};

/** value * before + more * now, in one order wherever it is computed. */
DEVICE float join(float value, float before, float more, float now) { return __fmaf_rn(value, before, __fmul_rn(more, now)); }

/** By what a row's sums so far and those of a segment are to be multiplied before they are added. */
struct Joint {
    float most, before, now;

    DEVICE Joint(float m, float of_segment) {
        most = fmaxf(m, of_segment);
        const float from = most == MINUS_INFINITY ? 0.f : most;
        before = ex2(m - from);
        now = ex2(of_segment - from);
    }
};

/** The sum over the four threads that share a row. */
DEVICE float row_sum(float v) {
    v += __shfl_xor_sync(~0u, v, 1);
    return v + __shfl_xor_sync(~0u, v, 2);
}

/** Keys and values of 64 tokens, as they stand in the cache; zeros behind the last token, as 0 x NaN is NaN. */
template <int D, int THREADS>
DEVICE void load(const Attention& p, u32 into, const int* table, int head, int tile, int context) {
    constexpr int CHUNKS = KV_TOKENS * D / CHUNK;
    const KvTile layout(D);
    for (int c = threadIdx.x; c < KV_TILES * CHUNKS; c += THREADS) {
        const int unit = tile * KV_TILES + c / CHUNKS, at = c % CHUNKS;
        u64 from = 0;
        int bytes = 0;
        if (unit * KV_TOKENS + layout.token(at) < context) {
            const u64 block = (u64)table[unit / p.block_tiles] * p.block_tiles + unit % p.block_tiles;
            from = (block * p.kv_heads + head) * layout.size() + at * CHUNK;
            bytes = 16;
        }
        cp_async16(into + c * 16, p.keys + from, bytes);
        cp_async16(into + KV_TILES * CHUNKS * 16 + c * 16, p.values + from, bytes);
    }
    cp_async_commit();
}

/** Queries of 16 rows, as operands of the tensor core: in registers, or of large heads read again for each tile. */
template <int D>
struct Queries {
    static constexpr bool KEPT = D <= 128;
    const u16* row[2];    // the thread's two rows from its first column on, null where there is none
    u32 kept[KEPT ? D / 16 : 1][4];

    DEVICE Queries(const u16* row0, const u16* row1) : row{row0, row1} {
        if constexpr (KEPT) {
#pragma unroll
            for (int k = 0; k < D / 16; k++) load(kept[k], k);
        }
    }

    DEVICE void load(u32 (&to)[4], int k) const {
#pragma unroll
        for (int i = 0; i < 4; i++)
            to[i] = row[i % 2] ? *reinterpret_cast<const u32*>(row[i % 2] + k * 16 + i / 2 * 8) : 0u;
    }
};

/** Scores of 16 rows and 64 tokens, scaled, minus infinity where a row does not see the token. */
template <class T, int D>
DEVICE void score(float (&s)[KEYS / 8][4], const Queries<D>& queries, u32 keys, int first, const int (&position)[2],
                  const int (&lowest)[2], float scale_log2) {
    const int lane = threadIdx.x % WARP;
    const KvTile layout(D);
#pragma unroll
    for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
        for (int i = 0; i < 4; i++) s[j][i] = 0.f;
#pragma unroll
    for (int k = 0; k < D / 16; k++) {
        u32 q[4];
        if constexpr (Queries<D>::KEPT) {
#pragma unroll
            for (int i = 0; i < 4; i++) q[i] = queries.kept[k][i];
        } else {
            queries.load(q, k);
        }
#pragma unroll
        for (int unit = 0; unit < KV_TILES; unit++) {
            u32 b[4];
            ldmatrix_x4(b, keys + unit * layout.size() * 2 + layout.chunk(lane % 8 + lane / 16 * 8, k * 2 + lane / 8 % 2));
            T::mma(s[2 * unit], q, b[0], b[1]);
            T::mma(s[2 * unit + 1], q, b[2], b[3]);
        }
    }
#pragma unroll
    for (int j = 0; j < KEYS / 8; j++)
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int token = first + j * 8 + lane % 4 * 2 + i % 2;
            const bool seen = token <= position[i / 2] && token >= lowest[i / 2];
            s[j][i] = seen ? s[j][i] * scale_log2 : MINUS_INFINITY;
        }
}

/** Adds weights x values. */
template <class T, int D>
DEVICE void weigh(float (&o)[D / 8][4], const float (&weights)[KEYS / 8][4], u32 values) {
    const int lane = threadIdx.x % WARP;
    const KvTile layout(D);
#pragma unroll
    for (int unit = 0; unit < KV_TILES; unit++) {
        const float *w0 = weights[2 * unit], *w1 = weights[2 * unit + 1];
        const u32 a[4] = {T::pack(w0[0], w0[1]), T::pack(w0[2], w0[3]), T::pack(w1[0], w1[1]), T::pack(w1[2], w1[3])};
#pragma unroll
        for (int j = 0; j < D / 16; j++) {
            u32 b[4];
            ldmatrix_x4_trans(b, values + unit * layout.size() * 2 + layout.chunk(lane % 16, j * 2 + lane / 16));
            T::mma(o[2 * j], a, b[0], b[1]);
            T::mma(o[2 * j + 1], a, b[2], b[3]);
        }
    }
}
