// From logits to tokens, by the rules of quire.sampling and with its random numbers: maxima of slices, weights of slices and
// bins, then the token. Nothing is summed in floats, so that a row's token depends neither on the order of blocks nor on
// other rows. What masks and rules change is changed in the logits themselves. A row of a negative slot is nobody's.
#include "selection.cuh"

constexpr int THREADS = 256, WARPS = THREADS / WARP;

// -------------------------------------------------------------------------- a slot's beginning

/** A sequence that begins in a slot, or more of its tokens. SamplingStep.java writes it. */
struct Begin {
    Rule rule;
    int slot, outputs;
    int first_id;                  // where the ints of ending, biased, bad, allowed, recent, prompt and output begin, in this order
    int num_prompt, num_output;
    int continues;                 // whether it only has more tokens
    int num_bad, num_recent;       // ints of bad words; tokens of the output that are told for their sake
};
static_assert(sizeof(Begin) == 96);

DEVICE void count_output(u32* counts, int id) {
    const int shift = id % 2 * 16;
    u32 seen = counts[id / 2], old;
    do {
        if ((seen >> shift & MOST_COUNTED) == MOST_COUNTED) return;
        old = seen;
        seen = atomicCAS(counts + id / 2, old, old + (1u << shift));
    } while (seen != old);
}

/** Takes ints off the front of what was uploaded. */
DEVICE void take(int* to, const int*& from, int count) {
#pragma unroll 1
    for (int i = threadIdx.x; i < count; i += THREADS) to[i] = from[i];
    from += count;
}

/** A block takes a begin. Counts fill whole words of 16 bytes. */
KERNEL __launch_bounds__(THREADS) sample_begin(const Begin* begins, const int* ids, const Sampling s) {
    wait_for_predecessor();
    const Begin& b = begins[blockIdx.x];
    const int slot = b.slot, stride = s.slices * SLICE;
    u16* counts = s.counts + (u64)slot * stride;
    ids += b.first_id;
    if (!b.continues) {
        if (threadIdx.x == 0) {
            s.rules[slot] = b.rule;
            s.outputs[slot] = b.outputs;
        }
        take(s.ending + slot * MOST_ENDING, ids, b.rule.num_ending);
        take(s.biased + slot * 2 * MOST_BIASED, ids, b.rule.num_biased);
        take(s.biased + (slot * 2 + 1) * MOST_BIASED, ids, b.rule.num_biased);
        take(s.bad + (u64)slot * MOST_BAD, ids, b.num_bad);
        take(reinterpret_cast<int*>(s.allowed + (u64)slot * s.mask_words), ids, b.rule.restricted ? s.mask_words : 0);
#pragma unroll 1
        for (int i = threadIdx.x; i < b.num_recent; i += THREADS)
            s.recent[slot * RECENT + (b.outputs - b.num_recent + i) % RECENT] = ids[i];
        ids += b.num_recent;
        if (b.rule.penalised)
            for (int i = threadIdx.x; i < stride / 8; i += THREADS) reinterpret_cast<uint4*>(counts)[i] = uint4{};
        __syncthreads();
    }
    u32* pairs = reinterpret_cast<u32*>(counts);
    for (int i = threadIdx.x; i < b.num_prompt; i += THREADS)
        if (u32(ids[i]) < u32(s.vocab)) atomicOr(pairs + ids[i] / 2, OF_PROMPT << ids[i] % 2 * 16);
    ids += b.num_prompt;
    for (int i = threadIdx.x; i < b.num_output; i += THREADS)
        if (u32(ids[i]) < u32(s.vocab)) count_output(pairs, ids[i]);
}

// ------------------------------------------------------------------------------------- maxima

/** Whether the last of n tokens is the only one that the output does not end with. */
DEVICE bool due(const int* word, int n, const int* recent, int outputs) {
    if (n > outputs + 1) return false;
    for (int i = 0; i < n - 1; i++)
        if (word[i] != recent[(outputs - (n - 1) + i) % RECENT]) return false;
    return true;
}

/** Changes single logits of a slice: those of bad words and of what ends too early, then the biased ones. */
DEVICE void change(float* logits, const Sampling& s, const Rule& rule, int slot, int slice) {
    const int outputs = s.outputs[slot], ending = outputs < rule.min_tokens ? rule.num_ending : 0;
    if (rule.num_bad + ending + rule.num_biased == 0) return;
    const int* bad = s.bad + (u64)slot * MOST_BAD;
    for (int i = threadIdx.x; i < rule.num_bad; i += THREADS) {
        const int from = bad[i], end = bad[i + 1], id = bad[end - 1];
        if (id < s.vocab && id / SLICE == slice && due(bad + from, end - from, s.recent + slot * RECENT, outputs))
            logits[id] = MINUS_INFINITY;
    }
    for (int i = threadIdx.x; i < ending; i += THREADS) {
        const int id = s.ending[slot * MOST_ENDING + i];
        if (id < s.vocab && id / SLICE == slice) logits[id] = MINUS_INFINITY;
    }
    __syncthreads();
    const int* biased = s.biased + slot * 2 * MOST_BIASED;
    for (int i = threadIdx.x; i < rule.num_biased; i += THREADS) {
        const int id = biased[i];
        if (id < s.vocab && id / SLICE == slice) logits[id] = __fadd_rn(logits[id], __int_as_float(biased[MOST_BIASED + i]));
    }
    __syncthreads();
}

/** Makes those of four logits impossible whose bits are not set. */
DEVICE void allow(float (&v)[4], float* logits, int id, u32 bits, int vocab) {
#pragma unroll
    for (int i = 0; i < 4; i++)
        if ((bits >> i & 1) == 0 && id + i < vocab) logits[id + i] = v[i] = MINUS_INFINITY;
}

/** A block takes a slice of a row: changes its logits and finds the greatest of each chunk and of all. */
KERNEL __launch_bounds__(THREADS) sample_maxima(float* logits, const Sampling s) {
    wait_for_predecessor();
    __shared__ float maxima[WARPS];
    const int slice = blockIdx.x, row = blockIdx.y, slot = s.slots[row];
    if (slot < 0) return;
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP, first = slice * SLICE;
    const Rule rule = s.rules[slot];
    const u16* counts = s.counts + (u64)slot * s.slices * SLICE;
    logits += (u64)row * s.vocab;
    const u32* mask = s.mask_of(row);
    const u32* allowed = rule.restricted ? s.allowed + (u64)slot * s.mask_words : nullptr;
    change(logits, s, rule, slot, slice);
    if (!rule.greedy() && rule.cuts())
        for (int i = slice * THREADS + threadIdx.x; i < BINS; i += s.slices * THREADS) {
            s.bin_counts[(u64)row * BINS + i] = 0;
            s.bin_weights[(u64)row * BINS + i] = 0;
        }
    float best = MINUS_INFINITY;
    for (int chunk = warp; chunk < SLICE_CHUNKS; chunk += WARPS) {
        const int id = first + chunk * CHUNK + lane * 4;
        float v[4], max = MINUS_INFINITY;
        load_logits(v, logits, id, s.vocab);
        if ((mask != nullptr || allowed != nullptr) && id < s.vocab) {
            const u32 both = (mask == nullptr ? ~0u : mask[id / 32]) & (allowed == nullptr ? ~0u : allowed[id / 32]);
            allow(v, logits, id, both >> id % 32, s.vocab);
        }
        if (rule.penalised) {
            const ushort4 four = *reinterpret_cast<const ushort4*>(counts + id);
            const int count[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
            for (int i = 0; i < 4; i++) {
                v[i] = penalised(v[i], count[i], rule);
                if (count[i] != 0 && id + i < s.vocab) logits[id + i] = v[i];
            }
        }
#pragma unroll
        for (int i = 0; i < 4; i++) max = fmaxf(max, cleaned(v[i]));
        max = warp_max(max);
        if (lane == 0) s.chunk_maxima[((u64)row * s.slices + slice) * SLICE_CHUNKS + chunk] = max;
        best = fmaxf(best, max);
    }
    if (lane == 0) maxima[warp] = best;
    __syncthreads();
    if (threadIdx.x != 0) return;
    for (int i = 1; i < WARPS; i++) best = fmaxf(best, maxima[i]);
    s.slice_maxima[(u64)row * s.slices + slice] = best;
}

// ------------------------------------------------------------------------------------ weights

/** A block takes a slice of a row: weighs what min_p lets stay, and counts it in bins if there will be a cut. */
KERNEL __launch_bounds__(THREADS) sample_weights(const float* logits, const Sampling s) {
    wait_for_predecessor();
    __shared__ u64 counts[BINS], weights[BINS], sums[WARPS];
    const int slice = blockIdx.x, row = blockIdx.y, slot = s.slots[row];
    if (slot < 0) return;
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    const Rule rule = s.rules[slot];
    if (rule.greedy()) return;
    const Row r = row_of(logits, s, row, rule);
    if (r.max == MINUS_INFINITY) return;
    const bool binned = rule.cuts();
    if (binned) {
        for (int i = threadIdx.x; i < BINS; i += THREADS) counts[i] = weights[i] = 0;
        __syncthreads();
    }
    u64 sum = 0;
    u32 last = 0;  // in the last bin, which has all the unlikely ones: no atomics for these
#pragma unroll 1
    for (int chunk = warp; chunk < SLICE_CHUNKS; chunk += WARPS) {
        float v[4];
        load_logits(v, r.logits, slice * SLICE + chunk * CHUNK + lane * 4, s.vocab);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const float logit = cleaned(v[i]);
            if (!(logit >= r.least)) continue;
            const u64 weight = r.weight(logit);
            sum += weight;
            if (!binned) continue;
            const int bin = r.bin(logit);
            if (bin == BINS - 1) {
                last++;
            } else {
                add(counts + bin, 1);
                add(weights + bin, weight);
            }
        }
    }
    sum = warp_sum(sum);
    last = __reduce_add_sync(~0u, last);
    if (lane == 0) {
        sums[warp] = sum;
        if (last != 0) add(counts + BINS - 1, last);
    }
    __syncthreads();
    if (threadIdx.x == 0) {
        for (int i = 1; i < WARPS; i++) sum += sums[i];
        s.slice_weights[(u64)row * s.slices + slice] = sum;
    }
    for (int i = threadIdx.x; binned && i < BINS; i += THREADS)
        if (counts[i] != 0) {
            atomicAdd(s.bin_counts + (u64)row * BINS + i, counts[i]);
            if (weights[i] != 0) atomicAdd(s.bin_weights + (u64)row * BINS + i, weights[i]);
        }
}

// ------------------------------------------------------------------------------------- tokens

/** Sum over slices, for each thread. */
DEVICE u64 total(const Row& row, const Scratch& scratch) {
    u64 sum = 0;
    __syncthreads();
#pragma unroll 1
    for (int slice = threadIdx.x % WARP; slice < row.slices; slice += WARP) sum += scratch.slices[slice];
    return warp_sum(sum);
}

/**
 * The token of a row that has one. What stays is cut by top_k, then by top_p, each behind one of the tokens of one logit; among
 * what is left the token is drawn. Where the greatest logit is wanted, its first token is.
 */
DEVICE int choose(const Row& row, const Rule& rule, const Sampling& s, u64 random, Scratch& scratch) {
    const u64 first = (u64)blockIdx.x * s.slices;
    const bool greedy = rule.greedy();
    Measure kept = {greedy ? row.max : row.least, GREATEST_FLOAT, 0x7fffffff, greedy};
#pragma unroll 1
    for (int i = threadIdx.x; i < s.slices; i += ROW_THREADS)
        scratch.slices[i] = greedy ? s.slice_maxima[first + i] == row.max : s.slice_weights[first + i];
#pragma unroll 1
    for (int by_weight = greedy ? 2 : 0; by_weight < 2; by_weight++) {
        if (by_weight ? rule.top_p == 1.0 : rule.top_k == 0) continue;
        u64 before = 0, target = rule.top_k;
        if (by_weight) target = __double2ull_ru(__dmul_rn(rule.top_p, __ull2double_rn(total(row, scratch))));
        const u64* bins = (by_weight ? s.bin_weights : s.bin_counts) + (u64)blockIdx.x * BINS;
        const int bin = first_reaching(bins, BINS, target, before, scratch);
        if (bin == BINS) continue;
        const float logit = logit_reaching(row, bin, !by_weight, target, before, scratch);
        const Measure tied = {logit, logit, 0x7fffffff, !by_weight};
        sum_slices(row, tied, scratch);
        kept.low = logit;
        kept.last = token_reaching(row, tied, target - before, scratch);
        sum_slices(row, kept, scratch);
    }
    const u64 target = greedy ? 1 : __umul64hi(random, total(row, scratch)) + 1;
    return token_reaching(row, kept, target, scratch);
}

/** A block takes a row: chooses the token and remembers it; -1 where none is possible, of which nothing is remembered. */
KERNEL __launch_bounds__(ROW_THREADS, 2) sample_tokens(const float* logits, const Sampling s) {
    wait_for_predecessor();
    __shared__ Scratch scratch;
    const int slot = s.slots[blockIdx.x];
    if (slot < 0) {
        if (threadIdx.x == 0) s.tokens[blockIdx.x] = -1;
        return;
    }
    const int outputs = s.outputs[slot];
    const Rule rule = s.rules[slot];
    const Row row = row_of(logits, s, blockIdx.x, rule);
    const int token = row.max == MINUS_INFINITY ? -1 : choose(row, rule, s, uniform(rule.key, outputs), scratch);
    __syncthreads();  // all have read how many outputs there were
    if (threadIdx.x != 0) return;
    s.tokens[blockIdx.x] = token;
    if (token < 0) return;
    s.last[slot] = token;
    s.recent[slot * RECENT + outputs % RECENT] = token;
    s.outputs[slot] = outputs + 1;
    u16& count = s.counts[(u64)slot * s.slices * SLICE + token];
    if (rule.penalised && (count & MOST_COUNTED) != MOST_COUNTED) count++;
}
