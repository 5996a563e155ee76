// Causal attention over a paged cache, plain: right for every mixture of prompts and decoding, and what faster kernels are
// compared with. A block takes one KV head of one sequence and a tile of query rows, 16 a warp, so that the heads that share keys
// stand together. What a row gets depends on its position alone: a tile that it does not see changes none of its bits.
#include "attention.cuh"

constexpr int SEGMENT = 512;

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
            const Joint joint(m[r], segment.m[r]);
            m[r] = joint.most;
            l[r] = join(l[r], joint.before, row_sum(segment.l[r]), joint.now);
#pragma unroll
            for (int j = 0; j < D / 8; j++)
#pragma unroll
                for (int i = 2 * r; i < 2 * r + 2; i++) {
                    float& value = values[(j * 4 + i) * THREADS];
                    value = join(value, joint.before, segment.o[j][i], joint.now);
                }
        }
    }
};

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
            const int* slots, const int* tables, int max_blocks, int block_tiles, int heads, int kv_heads, int stride, int out_stride,        \
            int window, float scale_log2) {                                                                                 \
        attention<T, D, WARPS>({out, q, keys, values, query_starts, context_lengths, slots, tables, max_blocks, block_tiles,       \
                                heads, kv_heads, stride, out_stride, window, scale_log2});                                  \
    }
#define HEAD_SIZE(D, WARPS) ATTENTION(bf16, Bf16, D, WARPS) ATTENTION(fp16, Fp16, D, WARPS)
HEAD_SIZE(32, 4)
HEAD_SIZE(64, 4)
HEAD_SIZE(80, 4)
HEAD_SIZE(96, 4)
HEAD_SIZE(128, 4)
HEAD_SIZE(256, 2)
