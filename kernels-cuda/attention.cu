// Causal attention over a paged cache, plain: right for every mixture of prompts and decoding, and what faster kernels are
// compared with. A block takes one KV head of one sequence and a tile of query rows, 16 a warp; rows are (token, head of the
// group), so that the heads that share keys stand together. Tokens are taken 64 at a time, and every 512 from position 0 on the
// softmax begins anew: these segments, added up in ascending order, are what other kernels give to different blocks. What a row
// gets depends on its position alone: a tile that it does not see changes none of its bits.
#include "layout.cuh"
#include "numbers.cuh"

constexpr int KEYS = 64, KV_TILES = KEYS / KV_TOKENS, SEGMENT = 512;

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

/** The segments that are finished: as above, values in a column of shared memory that no other thread uses. */
template <class T, int D, int THREADS>
struct Total {
    float* values;
    float m[2], l[2];

    DEVICE explicit Total(float* values) : values(values) {
        m[0] = m[1] = MINUS_INFINITY;
        l[0] = l[1] = 0.f;
        for (int i = 0; i < D / 2; i++) values[i * THREADS] = 0.f;
    }

    DEVICE void add(const State<T, D>& segment) {
#pragma unroll
        for (int r = 0; r < 2; r++) {
            float sum = segment.l[r];
            sum += __shfl_xor_sync(~0u, sum, 1);
            sum += __shfl_xor_sync(~0u, sum, 2);
            const float most = fmaxf(m[r], segment.m[r]), from = most == MINUS_INFINITY ? 0.f : most;
            const float before = ex2(m[r] - from), now = ex2(segment.m[r] - from);
            m[r] = most;
            l[r] = l[r] * before + sum * now;
#pragma unroll
            for (int j = 0; j < D / 8; j++)
#pragma unroll
                for (int i = 2 * r; i < 2 * r + 2; i++) {
                    float& value = values[(j * 4 + i) * THREADS];
                    value = value * before + segment.o[j][i] * now;
                }
        }
    }
};

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

/** Grid: sequences, KV heads, tiles of query rows of the sequence with most of them. */
template <class T, int D, int WARPS>
DEVICE void attention(const Attention& p) {
    constexpr int THREADS = WARPS * WARP, BYTES = KEYS * D * 2;
    extern __shared__ __align__(1024) u8 memory[];
    const int sequence = blockIdx.x, head = blockIdx.y, warp = threadIdx.x / WARP, lane = threadIdx.x % WARP;
    wait_for_predecessor();
    const int start = p.query_starts[sequence], tokens = p.query_starts[sequence + 1] - start;
    const int group = p.heads / p.kv_heads, rows = tokens * group, first_row = blockIdx.z * WARPS * 16;
    if (first_row >= rows) return;
    const int context = p.context_lengths[sequence], before = context - tokens;
    const int* table = p.tables + (u64)p.slots[sequence] * p.max_blocks;
    const u32 keys = shared_address(memory);

    int position[2], lowest[2];
    u64 column[2];
    const u16* query[2];
#pragma unroll
    for (int r = 0; r < 2; r++) {
        const int row = first_row + warp * 16 + lane / 4 + r * 8, token = row / group;
        position[r] = row < rows ? before + token : -1;
        lowest[r] = p.window > 0 ? position[r] - p.window + 1 : 0;
        column[r] = (u64)(head * group + row % group) * D + lane % 4 * 2;
        query[r] = p.q + (u64)(start + token) * p.stride + column[r];
    }
    const Queries<D> queries(position[0] < 0 ? nullptr : query[0], position[1] < 0 ? nullptr : query[1]);
    const int last_row = min(first_row + WARPS * 16, rows) - 1, least = before + first_row / group;
    const int from = p.window > 0 ? max(0, least - p.window + 1) / KEYS : 0, to = (before + last_row / group) / KEYS + 1;
    const bool has_rows = first_row + warp * 16 < rows;
    State<T, D> state;
    Total<T, D, THREADS> total(reinterpret_cast<float*>(memory + 2 * BYTES) + threadIdx.x);
    state.clear();
    for (int tile = from; tile < to; tile++) {
        load<D, THREADS>(p, keys, table, head, tile, context);
        cp_async_wait<0>();
        __syncthreads();
        if (has_rows) {
            float s[KEYS / 8][4];
            score<T, D>(s, queries, keys, tile * KEYS, position, lowest, p.scale_log2);
            state.take(s);
            weigh<T, D>(state.o, s, keys + BYTES);
            if ((tile + 1) % (SEGMENT / KEYS) == 0 || tile + 1 == to) {
                total.add(state);
                state.clear();
            }
        }
        __syncthreads();
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
        if (position[r] < 0) continue;
        const int row = first_row + warp * 16 + lane / 4 + r * 8;
        u16* out = p.out + (u64)(start + row / group) * p.out_stride + column[r];
        const float share = 1.f / total.l[r];
#pragma unroll
        for (int j = 0; j < D / 8; j++) {
            const float* value = total.values + (j * 4 + 2 * r) * THREADS;
            *reinterpret_cast<u32*>(out + j * 8) = T::pack(value[0] * share, value[THREADS] * share);
        }
    }
}

// One block a multiprocessor is asked for where all registers suffice: left alone, the compiler saves some and spills.
#define ATTENTION(NAME, T, D, WARPS)                                                                                        \
    KERNEL __launch_bounds__(WARPS * WARP, D <= 128) attention_##NAME##_d##D(                                               \
            u16* out, const u16* q, const u16* keys, const u16* values, const int* query_starts, const int* context_lengths, \
            const int* slots, const int* tables, int max_blocks, int block_tiles, int heads, int kv_heads, int stride,      \
            int out_stride, int window, float scale_log2) {                                                                 \
        attention<T, D, WARPS>({out, q, keys, values, query_starts, context_lengths, slots, tables, max_blocks, block_tiles, \
                                heads, kv_heads, stride, out_stride, window, scale_log2});                                  \
    }
#define HEAD_SIZE(D, WARPS) ATTENTION(bf16, Bf16, D, WARPS) ATTENTION(fp16, Fp16, D, WARPS)
HEAD_SIZE(32, 4)
HEAD_SIZE(64, 4)
HEAD_SIZE(80, 4)
HEAD_SIZE(96, 4)
HEAD_SIZE(128, 4)
HEAD_SIZE(256, 2)
