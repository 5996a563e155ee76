/* Plan of a linear layer: blocks of rows, chunks of columns, panels of inputs. */
#include "context.h"

/* Chunks that each thread gets on average: enough to even out threads that start late. */
#define CHUNKS_PER_THREAD 8
/* Weight bytes below which a chunk of few rows is not worth handing out. */
#define MIN_CHUNK_BYTES 16384

static int round_up(int n, int multiple) {
    return ceil_div(n, multiple) * multiple;
}

static void plan_directly(linear_task *task, int threads) {
    int64_t bytes = 0;
    for (int i = 0; i < task->num_parts; i++) {
        bytes += task->parts[i].rows * task->parts[i].row_bytes;
    }
    int64_t most = bytes / MIN_CHUNK_BYTES + 1;
    int64_t wanted = (int64_t)threads * CHUNKS_PER_THREAD;
    int chunks = (int)(most < wanted ? most : wanted);
    task->direct = 1;
    task->row_block = task->rows;
    task->row_blocks = 1;
    task->column_chunk = round_up(ceil_div(task->outputs, chunks), TILE_OUTPUTS);
}

static void plan_rows(linear_task *task, int threads, int tile_rows) {
    int blocks = ceil_div(task->rows, MAX_ROW_BLOCK);
    task->row_block = round_up(ceil_div(task->rows, blocks), tile_rows);
    task->row_blocks = ceil_div(task->rows, task->row_block);
    int panels = ceil_div(task->inputs, MAX_PANEL_INPUTS);
    task->panel_inputs = round_up(ceil_div(task->inputs, panels), BLOCK_WEIGHTS);
    int64_t fair =
        (int64_t)task->outputs * task->row_blocks / ((int64_t)threads * CHUNKS_PER_THREAD);
    int chunk = round_up((int)fair + 1, TILE_OUTPUTS);
    if (task->rows <= FEW_ROWS) {
        task->column_chunk = chunk;
        task->panel_rows = FEW_ROWS_PANEL;
    } else {
        task->column_chunk = min_int(max_int(chunk, 2 * TILE_OUTPUTS), PANEL_ROWS);
        task->panel_rows = task->column_chunk;
    }
    int64_t panel =
        (int64_t)task->panel_rows * (task->panel_inputs + WIDEST_VL) * (int64_t)sizeof(float);
    int64_t carried =
        (int64_t)task->row_block * task->panel_rows * WIDEST_VL * (int64_t)sizeof(float);
    task->scratch_bytes = panel + carried;
}

typedef struct {
    const panel_kernel *kernel;
    linear_task task;
} panels_job;

static void run_chunk(void *arguments, int chunk, int worker) {
    const panels_job *job = arguments;
    job->kernel->chunk(&job->task, chunk, worker);
}

int linear_by_panels(quire_cpu *cpu, const panel_kernel *kernel, const linear_call *call) {
    panels_job job = {kernel,
                      {.out = call->out,
                       .x = call->x,
                       .parts = call->parts,
                       .num_parts = call->num_parts,
                       .inputs = call->inputs,
                       .outputs = call->outputs,
                       .rows = call->rows}};
    linear_task *task = &job.task;
    if (call->rows <= kernel->most_direct_rows) {
        plan_directly(task, cpu->threads);
    } else {
        plan_rows(task, cpu->threads, kernel->tile_rows);
    }
    if (!region_reserve(&cpu->scratch, task->scratch_bytes * cpu->threads)) {
        return QUIRE_NO_MEMORY;
    }
    task->scratch = cpu->scratch.data;
    int column_chunks = 0;
    for (int i = 0; i < call->num_parts; i++) {
        column_chunks += ceil_div(call->parts[i].rows, task->column_chunk);
    }
    int chunks = call->rows ? column_chunks * task->row_blocks : 0;
    return answer(pool_run(cpu->workers, run_chunk, &job, chunks));
}

int quire_linear(quire_cpu *cpu, float *out, const float *x, const quire_part *parts, int num_parts,
                 int inputs, int outputs, int rows) {
    linear_call call = {out, x, parts, num_parts, inputs, outputs, rows};
    const linear_kernel *kernel = linear_kernel_for(cpu->features, &call);
    return kernel ? kernel->run(cpu, &call) : QUIRE_NO_KERNEL;
}
