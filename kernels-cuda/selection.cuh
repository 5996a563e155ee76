// How the block that has a row finds the last token that stays, and the one that is drawn: by sums over slices, then chunks,
// then tokens. Chunks whose greatest logit is too small are not read.
#pragma once
#include "sampling.cuh"

constexpr int ROW_THREADS = 512, ROW_WARPS = ROW_THREADS / WARP, MOST_SLICES = 128;

/** Parts of a range of logits that are told apart at a time. */
constexpr int DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS;

/** Memory of the block. */
struct Scratch {
    u64 slices[MOST_SLICES];  // a sum of each
    u64 parts[CHUNK];         // of each chunk of a slice, or each token of a chunk
    u64 digits[DIGITS];
    u64 before;
    int index, low, high;
};

/**
 * The first of n sums with which, and with those before it and what there was before, the target is reached; n if it is not.
 * Before then includes those before it. All of the block's threads get it.
 */
DEVICE int first_reaching(const u64* sums, int n, u64 target, u64& before, Scratch& scratch) {
    __syncthreads();
    if (threadIdx.x < WARP) {
        const int lane = threadIdx.x;
        u64 base = before;
        int index = n;
#pragma unroll 1
        for (int at = 0; at < n && index == n; at += WARP) {
            const u64 own = at + lane < n ? sums[at + lane] : 0, up_to = base + warp_sums(own);
            const u32 reached = __ballot_sync(~0u, up_to >= target);
            const int first = reached == 0 ? WARP - 1 : __ffs(reached) - 1;
            base = __shfl_sync(~0u, reached == 0 ? up_to : up_to - own, first);
            if (reached != 0) index = at + first;
        }
        if (lane == 0) {
            scratch.index = index;
            scratch.before = base;
        }
    }
    __syncthreads();
    before = scratch.before;
    return scratch.index;
}

/** Calls f(logit, id) for each of a chunk's logits, four by a lane. */
template <class F>
DEVICE void each_of_chunk(const Row& row, int chunk, F f) {
    const int id = chunk * CHUNK + threadIdx.x % WARP * 4;
    float v[4];
    load_logits(v, row.logits, id, row.vocab);
#pragma unroll
    for (int i = 0; i < 4; i++) f(cleaned(v[i]), id + i);
}

/** The same for the chunks of a slice whose greatest logit is wanted; a warp's work. */
template <class Wanted, class F>
DEVICE void each_of_slice(const Row& row, int slice, Wanted wanted, F f) {
    const float max = row.chunk_maxima[slice * SLICE_CHUNKS + threadIdx.x % WARP];
    u32 chunks = __ballot_sync(~0u, wanted(max));
    for (; chunks != 0; chunks &= chunks - 1) each_of_chunk(row, slice * SLICE_CHUNKS + __ffs(chunks) - 1, f);
}
static_assert(SLICE_CHUNKS == WARP);

template <class Wanted, class F>
DEVICE void each_of_row(const Row& row, Wanted wanted, F f) {
#pragma unroll 1
    for (int slice = threadIdx.x / WARP; slice < row.slices; slice += ROW_WARPS) each_of_slice(row, slice, wanted, f);
}

/** Tokens of a range of logits, and what each adds to a sum. */
struct Measure {
    float low, high;
    int last;       // id of the last token of the low logit
    bool counting;  // one each, else their weights

    DEVICE u64 of(const Row& row, float v, int id) const {
        const bool inside = v <= high && (v > low || (v == low && id <= last));
        return !inside ? 0 : counting ? 1 : row.weight(v);
    }
};

/** Sums over each slice; a chunk is read if it has a logit in the range. */
DEVICE void sum_slices(const Row& row, const Measure& measure, Scratch& scratch) {
#pragma unroll 1
    for (int slice = threadIdx.x / WARP; slice < row.slices; slice += ROW_WARPS) {
        u64 sum = 0;
        each_of_slice(
            row, slice, [&](float max) { return max >= measure.low; },
            [&](float v, int id) { sum += measure.of(row, v, id); });
        sum = warp_sum(sum);
        if (threadIdx.x % WARP == 0) scratch.slices[slice] = sum;
    }
}

/** The token with which the sum by ascending id reaches the target, as all together do. The slices' sums are there. */
DEVICE int token_reaching(const Row& row, const Measure& measure, u64 target, Scratch& scratch) {
    u64 before = 0;
    const int slice = first_reaching(scratch.slices, row.slices, target, before, scratch);
#pragma unroll 1
    for (int part = threadIdx.x / WARP; part < SLICE_CHUNKS; part += ROW_WARPS) {
        u64 sum = 0;
        each_of_chunk(row, slice * SLICE_CHUNKS + part, [&](float v, int id) { sum += measure.of(row, v, id); });
        sum = warp_sum(sum);
        if (threadIdx.x % WARP == 0) scratch.parts[part] = sum;
    }
    const int chunk = slice * SLICE_CHUNKS + first_reaching(scratch.parts, SLICE_CHUNKS, target, before, scratch);
    if (threadIdx.x < WARP)
        each_of_chunk(row, chunk, [&](float v, int id) { scratch.parts[id % CHUNK] = measure.of(row, v, id); });
    return chunk * CHUNK + first_reaching(scratch.parts, CHUNK, target, before, scratch);
}

/** The least and greatest logit of a bin, ordered. */
DEVICE void find_range(int& low, int& high, const Row& row, int bin, Scratch& scratch) {
    if (threadIdx.x == 0) {
        scratch.low = 0x7fffffff;
        scratch.high = 0x80000000;
    }
    __syncthreads();
    low = 0x7fffffff;
    high = 0x80000000;
    each_of_row(
        row, [&](float max) { return max >= row.least && row.bin(max) <= bin; },
        [&](float v, int) {
            if (v < row.least || row.bin(v) != bin) return;
            low = min(low, ordered(v));
            high = max(high, ordered(v));
        });
    low = __reduce_min_sync(~0u, low);
    high = __reduce_max_sync(~0u, high);
    if (threadIdx.x % WARP == 0) {
        atomicMin(&scratch.low, low);
        atomicMax(&scratch.high, high);
    }
    __syncthreads();
    low = scratch.low;
    high = scratch.high;
}

/**
 * The logit with whose tokens the sum in descending order of logits reaches the target. Before becomes the sum of greater
 * ones.
 *
 * @param bin in which that is, and before the sum of the bins before
 */
DEVICE float logit_reaching(const Row& row, int bin, bool counting, u64 target, u64& before, Scratch& scratch) {
    int low, high;
    find_range(low, high, row, bin, scratch);
    while (low < high) {
        const int bits = 32 - __clz(u32(high) - u32(low)), shift = max(0, bits - DIGIT_BITS);
        for (int i = threadIdx.x; i < DIGITS; i += ROW_THREADS) scratch.digits[i] = 0;
        __syncthreads();
        each_of_row(
            row, [&](float max) { return ordered(max) >= low; },
            [&](float v, int) {
                const int o = ordered(v);
                if (o >= low && o <= high)
                    add(scratch.digits + (u32(high) - u32(o) >> shift), counting ? 1 : row.weight(v));
            });
        high -= first_reaching(scratch.digits, DIGITS, target, before, scratch) << shift;
        const u32 width = (1u << shift) - 1;
        if (u32(high) - u32(low) > width) low = high - width;
    }
    return unordered(low);
}
