/*
 * What kernels are: sets of functions that say which features of the processor they need and what
 * they take. For each call the first taker of kernel_list.c runs.
 */
#ifndef QUIRE_KERNELS_H
#define QUIRE_KERNELS_H

#include "blocks.h"
#include "quire_cpu.h"
#include "stop.h"

/* Inputs that a weight panel spans: a multiple of every block, small enough that a tile of
 * activations and one of weights share the first-level cache. */
#define MAX_PANEL_INPUTS 768
_Static_assert(MAX_PANEL_INPUTS % BLOCK_WEIGHTS == 0, "whole blocks");
/* Output columns of a chunk of many rows, dequantised together and reused by every row. */
#define PANEL_ROWS 32
/* Rows of activations that meet a panel before the next panel comes. */
#define MAX_ROW_BLOCK 384
/* Up to so many rows a panel has few columns: it then never leaves the first-level cache, and the
 * activations are few enough to be read again for every panel. */
#define FEW_ROWS 24
#define FEW_ROWS_PANEL 8
/* Output columns that a register tile spans, in every tier. */
#define TILE_OUTPUTS 4
/* Numbers of the widest tier's vector. */
#define WIDEST_VL 16

/* Keys between two looks at the running maximum, and keys that are reduced apart and then merged.
 * Both are counted from position 0, so a row's arithmetic depends on its own position alone. */
#define KEY_TILE 64
#define KEY_SPLIT 512
/* Query rows (tokens times heads of a group) of an attention item, unless one token has more. */
#define QUERY_ROWS 64

typedef struct {
    float *out;
    const float *x;
    const quire_part *parts;
    int num_parts;
    int inputs;
    int outputs;
    int rows;
    /* Plan: few rows are multiplied directly; otherwise chunks run over row blocks first, then over
     * column chunks of the parts. */
    int direct;
    int row_block;
    int row_blocks;
    int column_chunk;
    int panel_rows;
    int panel_inputs;
    /* Per worker: panel, then accumulators that outlive a panel. */
    char *scratch;
    int64_t scratch_bytes;
} linear_task;

/* A softmax-weighted sum that is not yet divided: values = sum of exp(score - maximum) * v. */
typedef struct {
    float *values;  /* [rows, head_dim padded to padded_dim] */
    float *maximum; /* [rows] */
    float *total;   /* [rows] */
} attention_state;

typedef struct {
    const quire_heads *heads;
    const int32_t *stop; /* looked at before each split: long contexts make long items */
    int group;           /* query heads per key head */
    int tile_tokens;     /* tokens of an item */
    int padded_dim;      /* head_dim rounded up to WIDEST_VL */
    int items;
    const int *first_item; /* [num_sequences + 1]: items of one key head before each sequence */
    /* Not null where the splits of an item are computed apart: [items][max_splits] states. */
    float *partials;
    int max_splits;
    char *scratch;
    int64_t scratch_bytes;
} attention_task;

/* Rows [first, end) of one sequence's query tokens, for one key head. */
typedef struct {
    int sequence;
    int kv_head;
    int first_token;
    int end_token;
    int first_position;
} attention_item;

/* The arguments of quire_linear. */
typedef struct {
    float *out;
    const float *x;
    const quire_part *parts;
    int num_parts;
    int inputs;
    int outputs;
    int rows;
} linear_call;

/* A way to compute a linear layer. */
typedef struct {
    int needs; /* features of the processor */
    /* Whether it reads a part of so many inputs, by type and layout. It is not told the number of
     * rows: how a row is computed may not depend on what else is in the step. */
    int (*takes)(const quire_part *part, int inputs);
    int (*run)(quire_cpu *cpu, const linear_call *call);
} linear_kernel;

/* What linear_by_panels needs of a width of vectors. */
typedef struct {
    /* Rows of the register tile, and rows up to which weights are decoded in registers alone. */
    int tile_rows;
    int most_direct_rows;
    void (*chunk)(const linear_task *task, int chunk, int worker);
} panel_kernel;

int linear_by_panels(quire_cpu *cpu, const panel_kernel *kernel, const linear_call *call);

/* The operations on one row at a time. */
typedef struct {
    int needs;
    void (*decode_row)(float *out, const void *row, int dtype, int width);
    void (*rms_norm)(float *out, float *residual, const float *x, const float *weight, float eps,
                     int width, int rows);
    void (*silu_and_mul)(float *out, const float *gate_up, int width, int rows);
    int32_t (*argmax)(const float *x, int width, float *greatest);
} row_kernel;

/* The operations that know the cache. */
typedef struct {
    int needs;
    /* Whether it reads and writes the cache, by its type. */
    int (*takes)(const quire_heads *heads);
    void (*rope_and_store)(const quire_heads *heads, int first, int end);
    /* Writes out, or partials where the task has them and split >= 0. */
    void (*item)(const attention_task *task, int item, int split, int worker);
    void (*merge)(const attention_task *task, int item, int worker);
} attention_kernel;

/* The first that needs no more than these features and takes the arguments; null if none does. */
const linear_kernel *linear_kernel_for(int features, const linear_call *call);
const row_kernel *row_kernel_for(int features);
const attention_kernel *attention_kernel_for(int features, const quire_heads *heads);

/* The features that some kernel of this library needs. */
int features_of_kernels(void);

/* Every binary16 as float32. A look-up leaves the vector ports, which limit the decoding of blocks
 * of small numbers, to the numbers. */
extern __attribute__((visibility("hidden"))) float quire_half_values[1 << 16];

static inline float half_value(uint16_t h) {
    return quire_half_values[h];
}

/* Where an item of a task lies. */
attention_item attention_item_of(const attention_task *task, int item);

/* Bytes of scratch that one worker needs for items of so many rows. */
int64_t attention_scratch_bytes(int rows, int padded_dim);

/* Floats of the state of so many rows, a whole number of cache lines. */
static inline int64_t attention_state_floats(int rows, int padded_dim) {
    return ((int64_t)rows * (padded_dim + 2) + 15) / 16 * 16;
}

static inline int min_int(int a, int b) {
    return a < b ? a : b;
}

static inline int max_int(int a, int b) {
    return a > b ? a : b;
}

static inline int ceil_div(int a, int b) {
    return (a + b - 1) / b;
}

#endif
