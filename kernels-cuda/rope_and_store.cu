// What lies between qkv and attention: norms of heads where the model has them, rotation, and keys and values to the cache. A warp
// takes a head of a token, a lane eight numbers.
#include "layout.cuh"
#include "numbers.cuh"

constexpr int WARPS = 4, MAX_HEAD_SIZE = 256;

struct RopeAndStore {
    u16* qkv;
    const float *cos_sin, *query_norm, *key_norm;
    u16 *keys, *values;
    const int *positions, *slots;
    int heads, kv_heads, head_size, stride, rotary, neighbours;
    float eps;
};

/** v[i], which is number at + i of the head, turned with its partner; rotary / 2 cosines, then as many sines. */
DEVICE void rotate(float (&v)[CHUNK], const float* head, const float* angles, int at, int rotary, bool neighbours) {
    const int half = rotary / 2;
#pragma unroll
    for (int i = 0; i < CHUNK; i++) {
        const int e = at + i;
        if (e >= rotary) continue;
        const bool first = neighbours ? e % 2 == 0 : e < half;
        const int pair = neighbours ? e / 2 : first ? e : e - half;
        const float partner = head[neighbours ? e ^ 1 : first ? e + half : e - half];
        const float cosine = angles[pair], sine = angles[half + pair];
        v[i] = first ? v[i] * cosine - partner * sine : v[i] * cosine + partner * sine;
    }
}

/**
 * Heads of q, k and v one after the other in qkv [tokens, stride]. Queries and keys change in place; keys and values go to the
 * slot of their token, nowhere where that is negative.
 */
template <class T>
DEVICE void rope_and_store(const RopeAndStore& p) {
    wait_for_predecessor();
    __shared__ float memory[WARPS][MAX_HEAD_SIZE];
    const int token = blockIdx.x, warp = threadIdx.x / WARP, lane = threadIdx.x % WARP, head = blockIdx.y * WARPS + warp;
    const int rotated = p.heads + p.kv_heads, at = lane * CHUNK;
    if (head >= rotated + p.kv_heads) return;
    u16* own = p.qkv + (u64)token * p.stride + head * p.head_size + at;
    const bool inside = at < p.head_size;
    uint4 chunk = inside ? load_chunk(own) : uint4{};
    if (head < rotated) {
        float v[CHUNK];
        widen<T>(v, chunk);
        const float* norm = head < p.heads ? p.query_norm : p.key_norm;
        if (norm) {
            float squares = 0.f;
#pragma unroll
            for (int i = 0; i < CHUNK; i++) squares += v[i] * v[i];
            const float scale = rsqrtf(warp_sum(squares) / p.head_size + p.eps);
#pragma unroll
            for (int i = 0; i < CHUNK; i++) v[i] = inside ? v[i] * scale * norm[at + i] : 0.f;
        }
#pragma unroll
        for (int i = 0; i < CHUNK; i++)
            if (inside) memory[warp][at + i] = v[i];
        __syncwarp();
        if (!inside) return;
        rotate(v, memory[warp], p.cos_sin + (u64)p.positions[token] * p.rotary, at, p.rotary, p.neighbours);
        chunk = narrow<T>(v);
        store_chunk(own, chunk);
    }
    const int slot = p.slots[token];
    if (!inside || head < p.heads || slot < 0) return;
    const bool is_key = head < rotated;
    const KvTile tile(p.head_size);
    const u64 begin = ((u64)(slot / KV_TOKENS) * p.kv_heads + head - (is_key ? p.heads : rotated)) * tile.size();
    store_chunk((is_key ? p.keys : p.values) + begin + tile.chunk(slot % KV_TOKENS, lane) / 2, chunk);
}

#define ROPE_AND_STORE(NAME, T)                                                                                                 \
    KERNEL __launch_bounds__(WARPS * WARP) rope_and_store_##NAME(                                                               \
            u16* qkv, const float* cos_sin, const float* query_norm, const float* key_norm, u16* keys, u16* values,             \
            const int* positions, const int* slots, int heads, int kv_heads, int head_size, int stride, int rotary,             \
            int neighbours, float eps) {                                                                                        \
        rope_and_store<T>({qkv, cos_sin, query_norm, key_norm, keys, values, positions, slots, heads, kv_heads, head_size,      \
                           stride, rotary, neighbours, eps});                                                                   \
    }
ROPE_AND_STORE(bf16, Bf16)
ROPE_AND_STORE(fp16, Fp16)
