/* Plans of the row-wise operations: how many rows a chunk has. */
#include <string.h>

#include "context.h"

/* Columns of a row that one argmax chunk looks at, where rows are too few to share out. */
#define ARGMAX_COLUMNS 16384

typedef struct {
    const row_kernel *kernel;
    float *out;
    float *residual;
    const float *x;
    const void *weight;
    const int32_t *indices;
    int64_t row_bytes;
    float eps;
    int dtype;
    int width;
    int rows;
    int chunk_rows;
} rows_task;

static int run_rows(quire_cpu *cpu, pool_task run, rows_task *task) {
    task->kernel = cpu->rows;
    task->chunk_rows = rows_per_chunk(task->width, task->rows);
    return answer(
        pool_run(cpu->workers, run, task, task->rows ? ceil_div(task->rows, task->chunk_rows) : 0));
}

static int first_row(const rows_task *task, int chunk) {
    return chunk * task->chunk_rows;
}

static int end_row(const rows_task *task, int chunk) {
    return min_int(first_row(task, chunk) + task->chunk_rows, task->rows);
}

static void embed_chunk(void *arguments, int chunk, int worker) {
    const rows_task *task = arguments;
    (void)worker;
    for (int row = first_row(task, chunk); row < end_row(task, chunk); row++) {
        const char *stored = (const char *)task->weight + task->indices[row] * task->row_bytes;
        task->kernel->decode_row(task->out + (int64_t)row * task->width, stored, task->dtype,
                                 task->width);
    }
}

int quire_embed(quire_cpu *cpu, float *out, const void *table, const int32_t *ids, int dtype,
                int64_t row_bytes, int width, int rows) {
    rows_task task = {.out = out,
                      .weight = table,
                      .indices = ids,
                      .row_bytes = row_bytes,
                      .dtype = dtype,
                      .width = width,
                      .rows = rows};
    return run_rows(cpu, embed_chunk, &task);
}

static void norm_chunk(void *arguments, int chunk, int worker) {
    const rows_task *task = arguments;
    (void)worker;
    int64_t at = (int64_t)first_row(task, chunk) * task->width;
    task->kernel->rms_norm(task->out + at, task->residual ? task->residual + at : 0, task->x + at,
                           task->weight, task->eps, task->width,
                           end_row(task, chunk) - first_row(task, chunk));
}

int quire_rms_norm(quire_cpu *cpu, float *out, const float *x, const float *weight, float eps,
                   int width, int rows) {
    return quire_add_rms_norm(cpu, out, 0, x, weight, eps, width, rows);
}

int quire_add_rms_norm(quire_cpu *cpu, float *out, float *residual, const float *x,
                       const float *weight, float eps, int width, int rows) {
    rows_task task = {.out = out,
                      .residual = residual,
                      .x = x,
                      .weight = weight,
                      .eps = eps,
                      .width = width,
                      .rows = rows};
    return run_rows(cpu, norm_chunk, &task);
}

static void silu_chunk(void *arguments, int chunk, int worker) {
    const rows_task *task = arguments;
    (void)worker;
    int64_t at = (int64_t)first_row(task, chunk) * task->width;
    task->kernel->silu_and_mul(task->out + at, task->x + 2 * at, task->width,
                               end_row(task, chunk) - first_row(task, chunk));
}

int quire_silu_and_mul(quire_cpu *cpu, float *out, const float *gate_up, int width, int rows) {
    rows_task task = {.out = out, .x = gate_up, .width = width, .rows = rows};
    return run_rows(cpu, silu_chunk, &task);
}

static void gather_chunk(void *arguments, int chunk, int worker) {
    const rows_task *task = arguments;
    (void)worker;
    for (int row = first_row(task, chunk); row < end_row(task, chunk); row++) {
        memcpy(task->out + (int64_t)row * task->width,
               task->x + (int64_t)task->indices[row] * task->width,
               (size_t)task->width * sizeof(float));
    }
}

int quire_gather(quire_cpu *cpu, float *out, const float *x, const int32_t *indices, int width,
                 int rows) {
    rows_task task = {.out = out, .x = x, .indices = indices, .width = width, .rows = rows};
    return run_rows(cpu, gather_chunk, &task);
}

typedef struct {
    const row_kernel *kernel;
    const float *x;
    int width;
    int columns;     /* of a chunk */
    int chunks;      /* of a row */
    float *greatest; /* [rows, chunks] */
    int32_t *index;  /* [rows, chunks] */
} argmax_task;

static void argmax_chunk(void *arguments, int chunk, int worker) {
    const argmax_task *task = arguments;
    (void)worker;
    int begin = chunk % task->chunks * task->columns;
    const float *x = task->x + (int64_t)(chunk / task->chunks) * task->width + begin;
    int32_t index = task->kernel->argmax(x, min_int(task->columns, task->width - begin),
                                         &task->greatest[chunk]);
    task->index[chunk] = index < 0 ? -1 : begin + index;
}

int quire_argmax(quire_cpu *cpu, int32_t *out, const float *x, int width, int rows) {
    int columns = rows >= 2 * cpu->threads ? max_int(width, 1) : ARGMAX_COLUMNS;
    int chunks = max_int(ceil_div(width, columns), 1);
    int64_t count = (int64_t)rows * chunks;
    if (!region_reserve(&cpu->partials, count * 8)) {
        return QUIRE_NO_MEMORY;
    }
    float *greatest = (float *)cpu->partials.data;
    argmax_task task = {
        cpu->rows, x, width, columns, chunks, greatest, (int32_t *)(greatest + count)};
    if (!pool_run(cpu->workers, argmax_chunk, &task, (int)count)) {
        return QUIRE_STOPPED;
    }
    for (int row = 0; row < rows; row++) {
        int64_t best = (int64_t)row * chunks;
        for (int64_t i = best + 1; i < (int64_t)(row + 1) * chunks; i++) {
            int better = task.index[best] < 0 || greatest[i] > greatest[best];
            best = task.index[i] >= 0 && better ? i : best;
        }
        out[row] = task.index[best];
    }
    return QUIRE_OK;
}
