/* Plans of RoPE and attention. */
#include "context.h"

/* Partial results beyond this are not kept: items are then computed whole, with the same bits. */
#define MAX_PARTIAL_BYTES (32LL << 20)
/* Items per thread from which sharing them out is even enough without splitting them. */
#define ITEMS_PER_THREAD 4

typedef struct {
    const attention_kernel *kernel;
    const quire_heads *heads;
    int chunk_tokens;
} rope_job;

typedef struct {
    const attention_kernel *kernel;
    attention_task task;
} attention_job;

static void rope_chunk(void *arguments, int chunk, int worker) {
    const rope_job *job = arguments;
    (void)worker;
    int first = chunk * job->chunk_tokens;
    job->kernel->rope_and_store(job->heads, first,
                                min_int(first + job->chunk_tokens, job->heads->num_tokens));
}

int quire_rope_and_store(quire_cpu *cpu, const quire_heads *h) {
    int width = (h->num_heads + 2 * h->num_kv_heads) * h->head_dim;
    const attention_kernel *kernel = attention_kernel_for(cpu->features, h);
    if (kernel == 0) {
        return QUIRE_NO_KERNEL;
    }
    rope_job job = {kernel, h, rows_per_chunk(width, h->num_tokens)};
    return answer(pool_run(cpu->workers, rope_chunk, &job,
                           h->num_tokens ? ceil_div(h->num_tokens, job.chunk_tokens) : 0));
}

/* Fills first_item and what depends on it. */
static void plan_items(attention_task *task, int *first_item) {
    const quire_heads *h = task->heads;
    int longest = 1, deepest = 0;
    for (int s = 0; s < h->num_sequences; s++) {
        longest = max_int(longest, h->query_starts[s + 1] - h->query_starts[s]);
        deepest = max_int(deepest, h->context_lengths[s]);
    }
    task->tile_tokens = min_int(longest, max_int(1, QUERY_ROWS / task->group));
    first_item[0] = 0;
    for (int s = 0; s < h->num_sequences; s++) {
        int tokens = h->query_starts[s + 1] - h->query_starts[s];
        first_item[s + 1] = first_item[s] + ceil_div(tokens, task->tile_tokens);
    }
    task->first_item = first_item;
    task->items = first_item[h->num_sequences] * h->num_kv_heads;
    task->max_splits = ceil_div(deepest, KEY_SPLIT);
}

static void run_item(void *arguments, int chunk, int worker) {
    const attention_job *job = arguments;
    job->kernel->item(&job->task, chunk, -1, worker);
}

static void run_split(void *arguments, int chunk, int worker) {
    const attention_job *job = arguments;
    int splits = job->task.max_splits;
    job->kernel->item(&job->task, chunk / splits, chunk % splits, worker);
}

static void run_merge(void *arguments, int chunk, int worker) {
    const attention_job *job = arguments;
    job->kernel->merge(&job->task, chunk, worker);
}

/* Makes room for the splits' results where sharing out items alone would leave threads idle. */
static int wants_splits(quire_cpu *cpu, attention_task *task) {
    if (cpu->threads == 1 || task->max_splits < 2
        || task->items >= ITEMS_PER_THREAD * cpu->threads) {
        return 0;
    }
    int rows = task->tile_tokens * task->group;
    int64_t bytes = attention_state_floats(rows, task->padded_dim) * (int64_t)sizeof(float)
                    * task->items * task->max_splits;
    return bytes <= MAX_PARTIAL_BYTES && region_reserve(&cpu->partials, bytes);
}

int quire_attention(quire_cpu *cpu, const quire_heads *h) {
    const attention_kernel *kernel = attention_kernel_for(cpu->features, h);
    if (kernel == 0) {
        return QUIRE_NO_KERNEL;
    }
    attention_job job = {kernel,
                         {.heads = h,
                          .stop = cpu->stop,
                          .group = h->num_heads / h->num_kv_heads,
                          .padded_dim = ceil_div(h->head_dim, WIDEST_VL) * WIDEST_VL}};
    attention_task *task = &job.task;
    if (!region_reserve(&cpu->plan, (h->num_sequences + 1) * (int64_t)sizeof(int))) {
        return QUIRE_NO_MEMORY;
    }
    plan_items(task, (int *)cpu->plan.data);
    task->scratch_bytes =
        attention_scratch_bytes(task->tile_tokens * task->group, task->padded_dim);
    if (!region_reserve(&cpu->scratch, task->scratch_bytes * cpu->threads)) {
        return QUIRE_NO_MEMORY;
    }
    task->scratch = cpu->scratch.data;
    if (wants_splits(cpu, task)) {
        task->partials = (float *)cpu->partials.data;
        return answer(pool_run(cpu->workers, run_split, &job, task->items * task->max_splits)
                      && pool_run(cpu->workers, run_merge, &job, task->items));
    }
    return answer(pool_run(cpu->workers, run_item, &job, task->items));
}
