/* What the plan of attention and its kernels both need to know of an item. */
#include "kernels.h"

/* Later items come first: in a prompt they see more keys. */
attention_item attention_item_of(const attention_task *task, int index) {
    const quire_heads *h = task->heads;
    int per_head = task->first_item[h->num_sequences];
    int item = per_head - 1 - index % per_head;
    int low = 0, high = h->num_sequences - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (task->first_item[middle] <= item) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    int start = h->query_starts[low], end = h->query_starts[low + 1];
    int first = start + (item - task->first_item[low]) * task->tile_tokens;
    return (attention_item){.sequence = low,
                            .kv_head = index / per_head,
                            .first_token = first,
                            .end_token = min_int(first + task->tile_tokens, end),
                            .first_position = h->context_lengths[low] - (end - first)};
}

int64_t attention_scratch_bytes(int rows, int padded_dim) {
    int64_t floats = 2LL * KEY_TILE * padded_dim + (int64_t)rows * (padded_dim + KEY_TILE)
                     + 2 * attention_state_floats(rows, padded_dim) + 3LL * rows;
    return (floats * (int64_t)sizeof(float) + 63) / 64 * 64;
}
