// What the kernels of sample.cu share: the rule of a slot, the order of logits, and the weights of tokens. Each operation on
// floats is rounded by itself, as it is on the host (quire.sampling): the intrinsics keep the compiler from making one of two.
#pragma once
#include "ptx.cuh"

/** Tokens that a block looks at, in chunks that a warp loads at once. */
constexpr int SLICE = 4096, CHUNK = 128, SLICE_CHUNKS = SLICE / CHUNK;

/** Coarse places in the order of tokens, of which each unit of scaled logit has so many. */
constexpr int BINS = 1024;
constexpr float BINS_PER_UNIT = 12.8f;

/** Ids of a slot's tokens that min_tokens forbids. */
constexpr int MOST_ENDING = 256;

/** A slot's tokens whose logits are biased; ints of its bad words; its last tokens, as many as a bad word may have. */
constexpr int MOST_BIASED = 1024, MOST_BAD = 8192, RECENT = 64;

constexpr float GREATEST_FLOAT = 3.402823466e38f;

/** By what rule a slot's tokens are chosen. SamplingStep.java writes it. */
struct Rule {
    u64 key;
    double top_p;  // 1 where all tokens stay
    double min_p;  // distance of the least logit that stays from the greatest
    float scale;   // 1 / temperature; 0 where the likeliest token is taken
    int top_k;     // 0 where all tokens stay
    float repetition, frequency, presence;
    int min_tokens, num_ending;
    u16 penalised, restricted;  // whether tokens that occurred count; whether only some are allowed
    int num_biased, num_bad;

    DEVICE bool greedy() const { return scale == 0.f; }
    DEVICE bool cuts() const { return top_k != 0 || top_p < 1.0; }
};
static_assert(sizeof(Rule) == 64);

/** What sampling remembers by slot and works out by row. SamplingMemory.java lays it out. */
struct Sampling {
    Rule* rules;
    int* ending;   // [slots][MOST_ENDING]
    u16* counts;   // [slots][slices * SLICE]: occurrences in the output, and OF_PROMPT
    int* outputs;  // [slots]: tokens that were chosen
    int* last;     // [slots]: the last of them
    int* biased;   // [slots][2][MOST_BIASED]: ids, and the bits of what is added to each
    int* bad;      // [slots][MOST_BAD]: where each begins, the end of the last, then tokens
    int* recent;   // [slots][RECENT]: the n-th token of the output at place n % RECENT
    u32* allowed;  // [slots][mask_words]: a bit for each token
    const int* slots;   // of the rows
    int* tokens;        // of the rows
    float* slice_maxima;  // [rows][slices]
    float* chunk_maxima;  // [rows][slices][SLICE_CHUNKS]
    u64* slice_weights;   // [rows][slices]
    u64* bin_counts;      // [rows][BINS]
    u64* bin_weights;     // [rows][BINS]
    const int* row_masks;  // [rows]: one more than which mask is the row's; 0 where none
    const u32* masks;      // [][mask_words]
    int vocab, slices, mask_words, unused;

    DEVICE const u32* mask_of(int row) const {
        const int mask = row_masks[row];
        return mask == 0 ? nullptr : masks + (u64)(mask - 1) * mask_words;
    }
};
static_assert(sizeof(Sampling) == 160);

constexpr int OF_PROMPT = 0x8000, MOST_COUNTED = 0x7fff;

// ---------------------------------------------------------------------------------- logits

/** Four logits of a row from that id on, minus infinity where the vocabulary has ended. */
DEVICE void load_logits(float (&v)[4], const float* row, int id, int vocab) {
    if (vocab % 4 == 0 && id < vocab) {
        const float4 four = *reinterpret_cast<const float4*>(row + id);
        v[0] = four.x, v[1] = four.y, v[2] = four.z, v[3] = four.w;
    } else {
#pragma unroll
        for (int i = 0; i < 4; i++) v[i] = id + i < vocab ? row[id + i] : MINUS_INFINITY;
    }
}

/** NaN is as good as minus infinity, and infinity as the greatest number. */
DEVICE float cleaned(float v) { return fminf(fmaxf(v, MINUS_INFINITY), GREATEST_FLOAT); }

/** In the order of floats, in which both zeros are equal; its own inverse but for those. */
DEVICE int ordered(float v) {
    const int bits = __float_as_int(__fadd_rn(v, 0.f));
    return bits ^ ((bits >> 31) & 0x7fffffff);
}

DEVICE float unordered(int o) { return __int_as_float(o ^ ((o >> 31) & 0x7fffffff)); }

DEVICE float warp_max(float v) { return unordered(__reduce_max_sync(~0u, ordered(v))); }

/** A logit of a token that occurred. */
DEVICE float penalised(float v, int count, const Rule& rule) {
    if (count == 0) return v;
    const int outputs = count & MOST_COUNTED;
    const float repeated = v > 0.f ? __fdiv_rn(v, rule.repetition) : __fmul_rn(v, rule.repetition);
    const float less = __fsub_rn(repeated, __fmul_rn(rule.frequency, float(outputs)));
    return outputs > 0 ? __fsub_rn(less, rule.presence) : less;
}

// --------------------------------------------------------------------------------- weights

/** Weights are integers, so that sums of them have no order: 2^44 is the greatest, 2^19 of which fit. */
constexpr float WEIGHT_ONE = 17592186044416.f;

DEVICE float times_plus(float a, float b, float c) { return __fadd_rn(__fmul_rn(a, b), c); }

/** e to the power of a number in [-80, 0], as Candidates.power computes it. */
DEVICE float power(float x) {
    const float r = __fmul_rn(x, 1.f / 64);
    float p = times_plus(r, 1.f / 720, 1.f / 120);
    p = times_plus(r, p, 1.f / 24);
    p = times_plus(r, p, 1.f / 6);
    p = times_plus(r, p, 1.f / 2);
    p = times_plus(r, p, 1.f);
    p = times_plus(r, p, 1.f);
#pragma unroll
    for (int i = 0; i < 6; i++) p = __fmul_rn(p, p);
    return p;
}

/** A row whose greatest logit is known, which is not minus infinity. */
struct Row {
    const float* logits;
    const float* chunk_maxima;
    int vocab, slices;
    float max, scale;
    float least;  // logit that min_p lets stay

    /** The host takes e^-80 from weights, of which nothing is left here. */
    DEVICE u64 weight(float v) const {
        const float x = fmaxf(__fmul_rn(__fsub_rn(v, max), scale), -80.f);
        return __float2ull_rn(__fmul_rn(power(x), WEIGHT_ONE));
    }

    /** Equal or greater for a lesser logit. */
    DEVICE int bin(float v) const {
        const float distance = __fmul_rn(__fmul_rn(__fsub_rn(max, v), scale), BINS_PER_UNIT);
        return int(fminf(distance, BINS - 1.f));
    }
};

DEVICE Row row_of(const float* logits, const Sampling& s, int row, const Rule& rule) {
    const int lane = threadIdx.x % WARP;
    const float* maxima = s.slice_maxima + (u64)row * s.slices;
    float max = MINUS_INFINITY;
#pragma unroll 1
    for (int slice = lane; slice < s.slices; slice += WARP) max = fmaxf(max, maxima[slice]);
    max = warp_max(max);
    const float least = __double2float_ru(__dadd_rn(max, rule.min_p));
    return {logits + (u64)row * s.vocab,
            s.chunk_maxima + (u64)row * s.slices * SLICE_CHUNKS,
            s.vocab,
            s.slices,
            max,
            rule.scale,
            fmaxf(least, -GREATEST_FLOAT)};
}

// ------------------------------------------------------------------------------------ sums

DEVICE u64 warp_sum(u64 v) {
#pragma unroll
    for (int distance = WARP / 2; distance > 0; distance /= 2) v += __shfl_xor_sync(~0u, v, distance);
    return v;
}

/** Sums of this lane and those before it. */
DEVICE u64 warp_sums(u64 v) {
#pragma unroll
    for (int distance = 1; distance < WARP; distance *= 2) {
        const u64 before = __shfl_up_sync(~0u, v, distance);
        if (threadIdx.x % WARP >= distance) v += before;
    }
    return v;
}

/** Adds to a sum in shared memory by halves, since only atomics of 32 bits are quick there. */
DEVICE void add(u64* sum, u64 v) {
    u32* halves = reinterpret_cast<u32*>(sum);
    const u32 low = u32(v), before = low == 0 ? 0 : atomicAdd(halves, low);
    const u32 high = u32(v >> 32) + (before + low < low);
    if (high != 0) atomicAdd(halves + 1, high);
}

// ---------------------------------------------------------------------------------- chance

DEVICE u64 mix(u64 z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

/** CounterRandom.uniform in 2^-64: 53 bits and zeros. */
DEVICE u64 uniform(u64 key, int counter) {
    return mix(key + 0x9E3779B97F4A7C15ull * (u64)(counter + 1LL)) & ~0x7ffull;
}
