// Causal attention of sequences that decode, whose contexts are shared out: a warp takes one KV head of one sequence and some of
// the segments, and leaves each one's state in memory; the last to arrive adds them up in ascending order. With segments of 512
// tokens a row has the bits that attention.cu gives it, longer ones save memory and adding. Nobody waits for anybody, and the
// grid depends on the number of sequences alone.
#include "attention.cuh"

struct Split {
    float* states;     // [sequences, KV heads, most segments, D / 2 + 4, 32]
    int* arrivals;     // [sequences, KV heads], 0 between launches
    int most_segments;
    int segment;       // tiles of 64 tokens in one
};

/** The segments added up so far, of a thread's rows. */
template <int D>
struct Added {
    float o[D / 8][4], m[2], l[2];

    DEVICE Added() {
        m[0] = m[1] = MINUS_INFINITY;
        l[0] = l[1] = 0.f;
#pragma unroll
        for (int j = 0; j < D / 8; j++)
#pragma unroll
            for (int i = 0; i < 4; i++) o[j][i] = 0.f;
    }

    /** Adds a segment that a warp left. */
    DEVICE void add(const float* left) {
#pragma unroll
        for (int r = 0; r < 2; r++) {
            const Joint joint(m[r], left[(D / 2 + r) * WARP]);
            m[r] = joint.most;
            l[r] = join(l[r], joint.before, left[(D / 2 + 2 + r) * WARP], joint.now);
#pragma unroll
            for (int j = 0; j < D / 8; j++)
#pragma unroll
                for (int i = 2 * r; i < 2 * r + 2; i++)
                    o[j][i] = join(o[j][i], joint.before, left[(j * 4 + i) * WARP], joint.now);
        }
    }
};

/** Leaves a state for the last to arrive. */
template <class T, int D>
DEVICE void leave(float* to, const State<T, D>& state) {
#pragma unroll
    for (int j = 0; j < D / 8; j++)
#pragma unroll
        for (int i = 0; i < 4; i++) to[(j * 4 + i) * WARP] = state.o[j][i];
#pragma unroll
    for (int r = 0; r < 2; r++) {
        to[(D / 2 + r) * WARP] = state.m[r];
        to[(D / 2 + 2 + r) * WARP] = row_sum(state.l[r]);
    }
}

/** Whether all others of a sequence and head have left what they had; their writes are then seen here. */
DEVICE bool is_last(int* arrivals, int expected) {
    __threadfence();
    __syncwarp();
    int before = 0;
    if (threadIdx.x == 0) before = atomicAdd(arrivals, 1);
    before = __shfl_sync(~0u, before, 0);
    if (before + 1 < expected) return false;
    if (threadIdx.x == 0) *arrivals = 0;
    __threadfence();
    return true;
}

/** Grid: sequences, KV heads, parts of the context; a warp a block. */
template <class T, int D>
DEVICE void attention_split(const Attention& p, const Split& s) {
    extern __shared__ __align__(1024) u8 memory[];
    const int sequence = blockIdx.x, head = blockIdx.y, lane = threadIdx.x;
    wait_for_predecessor();
    const int start = p.query_starts[sequence], group = p.heads / p.kv_heads;
    if (p.query_starts[sequence + 1] == start) return;
    const int at = p.context_lengths[sequence] - 1;
    const int from = p.window > 0 ? max(0, at - p.window + 1) / KEYS : 0, to = at / KEYS + 1;
    const int first = from / s.segment, segments = (to - 1) / s.segment - first + 1;
    if (blockIdx.z >= segments) return;
    const int* table = p.tables + (u64)p.slots[sequence] * p.max_blocks;
    const u32 keys = shared_address(memory);

    int position[2], lowest[2];
    u64 column[2];
#pragma unroll
    for (int r = 0; r < 2; r++) {
        const int row = lane / 4 + r * 8;
        position[r] = row < group ? at : -1;
        lowest[r] = p.window > 0 ? position[r] - p.window + 1 : 0;
        column[r] = (u64)(head * group + row) * D + lane % 4 * 2;
    }
    const u16* query = p.q + (u64)start * p.stride;
    const Queries<D> queries(position[0] < 0 ? nullptr : query + column[0], position[1] < 0 ? nullptr : query + column[1]);
    const u64 pair = (u64)sequence * p.kv_heads + head;
    constexpr int STATE = (D / 2 + 4) * WARP;
    float* states = s.states + pair * s.most_segments * STATE + lane;
    for (int i = blockIdx.z; i < segments; i += gridDim.z) {
        State<T, D> state;
        state.clear();
        const int end = min(to, (first + i + 1) * s.segment);
        for (int tile = max(from, (first + i) * s.segment); tile < end; tile++) {
            load<D, WARP>(p, keys, table, head, tile, at + 1);
            cp_async_wait<0>();
            __syncthreads();
            float scores[KEYS / 8][4];
            score<T, D>(scores, queries, keys, tile * KEYS, position, lowest, p.scale_log2);
            state.take(scores);
            weigh<T, D>(state.o, scores, keys + KEYS * D * 2);
            __syncthreads();
        }
        leave<T, D>(states + (u64)i * STATE, state);
    }
    if (!is_last(s.arrivals + pair, min(segments, int(gridDim.z)))) return;
    Added<D> added;
    for (int i = 0; i < segments; i++) added.add(states + (u64)i * STATE);
#pragma unroll
    for (int r = 0; r < 2; r++) {
        if (position[r] < 0) continue;
        u16* out = p.out + (u64)start * p.out_stride + column[r];
        const float share = 1.f / added.l[r];
#pragma unroll
        for (int j = 0; j < D / 8; j++)
            *reinterpret_cast<u32*>(out + j * 8) = T::pack(added.o[j][2 * r] * share, added.o[j][2 * r + 1] * share);
    }
}

#define SPLIT(NAME, T, D)                                                                                                    \
    KERNEL __launch_bounds__(WARP, 1) attention_split_##NAME##_d##D(                                                            \
            u16* out, const u16* q, const u16* keys, const u16* values, const int* query_starts, const int* context_lengths, \
            const int* slots, const int* tables, int max_blocks, int block_tiles, int heads, int kv_heads, int stride, int out_stride,         \
            int window, float scale_log2, float* states, int* arrivals, int most_segments, int segment) {                    \
        attention_split<T, D>({out, q, keys, values, query_starts, context_lengths, slots, tables, max_blocks, block_tiles, heads,  \
                               kv_heads, stride, out_stride, window, scale_log2},                                            \
                              {states, arrivals, most_segments, segment});                                                   \
    }
#define HEAD_SIZE(D) SPLIT(bf16, Bf16, D) SPLIT(fp16, Fp16, D)
HEAD_SIZE(32)
HEAD_SIZE(64)
HEAD_SIZE(80)
HEAD_SIZE(96)
HEAD_SIZE(128)
HEAD_SIZE(256)
