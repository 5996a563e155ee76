// Begins a step: from what the host told of it and from the slots' block tables, which stay on the card, to what the other
// kernels read. A block takes a sequence. Blocks behind the last sequence, which a recorded step may have, make rows that store
// nothing, attend to nothing and are not sampled.
#include "ptx.cuh"

constexpr int THREADS = 128;

/** What the host uploads begins with this; places are counted in ints from its start. DeviceBatch.java writes it. */
struct Header {
    int sequences, tokens_at, logit_rows, logit_rows_at, blocks_at;
    int sampled_rows, sampled_rows_at;
    int unused;
};

/** A sequence; behind the last one stands another that says where all end. */
struct Entry {
    int slot;
    int token, position;  // its first new token, and where in the sequence that is
    int block, changed;   // the first block that the card does not know, and its place in the table
};

/** What the other kernels read. StepMemory.java lays it out. */
struct Step {
    int *ids, *positions, *kv_slots;              // of tokens; a negative slot of the cache is none
    int* logit_rows;
    int *query_starts, *context_lengths, *slots;  // of sequences
    int* tables;                                  // [slots][max_blocks]
    int max_blocks, block_size;
};
static_assert(sizeof(Step) == 72);

/** A row of a sequence that there is not. */
DEVICE void pad(const Step& p, int sequence, int tokens) {
    p.ids[sequence] = p.positions[sequence] = 0;
    p.kv_slots[sequence] = -1;
    p.logit_rows[sequence] = sequence;
    p.query_starts[sequence + 1] = tokens;
    p.context_lengths[sequence] = p.slots[sequence] = 0;
}

/**
 * An id of -1 - slot stands for last[slot]; row_slots, of which there are num_row_slots, is whose the rows are that are sampled, -1
 * where nobody's.
 */
KERNEL __launch_bounds__(THREADS) begin_step(const int* upload, const Step p, const int* last, int* row_slots, int num_row_slots) {
    wait_for_predecessor();
    const Header& h = *reinterpret_cast<const Header*>(upload);
    const Entry* entries = reinterpret_cast<const Entry*>(upload + sizeof(Header) / sizeof(int));
    const int sequence = blockIdx.x;
    if (threadIdx.x == 0) {
        if (sequence < num_row_slots)
            row_slots[sequence] = sequence < h.sampled_rows ? upload[h.sampled_rows_at + sequence] : -1;
        if (sequence == 0) p.query_starts[0] = 0;
    }
    if (sequence >= h.sequences) {
        if (threadIdx.x == 0) pad(p, sequence, entries[h.sequences].token);
        return;
    }
    for (int i = sequence * THREADS + threadIdx.x; i < h.logit_rows; i += h.sequences * THREADS)
        p.logit_rows[i] = upload[h.logit_rows_at + i];
    const Entry own = entries[sequence], next = entries[sequence + 1];
    int* table = p.tables + (u64)own.slot * p.max_blocks;
    for (int i = threadIdx.x; i < next.block - own.block; i += THREADS)
        table[own.changed + i] = upload[h.blocks_at + own.block + i];
    __syncthreads();
    const int tokens = next.token - own.token;
    if (threadIdx.x == 0) {
        p.query_starts[sequence + 1] = next.token;
        p.context_lengths[sequence] = own.position + tokens;
        p.slots[sequence] = own.slot;
    }
    for (int i = threadIdx.x; i < tokens; i += THREADS) {
        const int token = own.token + i, position = own.position + i, id = upload[h.tokens_at + token];
        p.ids[token] = id < 0 ? last[-1 - id] : id;
        p.positions[token] = position;
        p.kv_slots[token] = table[position / p.block_size] * p.block_size + position % p.block_size;
    }
}
