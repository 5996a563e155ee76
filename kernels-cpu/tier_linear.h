/* Linear layers: one row straight from the stored weights, several through decoded panels. */

/* Where a chunk's columns lie in the parts. */
typedef struct {
    const quire_part *part;
    int part_column; /* first column of the part in the output */
    int begin;       /* rows of the part */
    int end;
} column_range;

static column_range columns_of_chunk(const linear_task *task, int chunk) {
    int column = 0;
    for (const quire_part *part = task->parts;; part++) {
        int chunks = ceil_div(part->rows, task->column_chunk);
        if (chunk < chunks) {
            int begin = chunk * task->column_chunk;
            return (column_range){part, column, begin,
                                  min_int(begin + task->column_chunk, part->rows)};
        }
        chunk -= chunks;
        column += part->rows;
    }
}

/* Rows of the part from row on, of which four are computed and those before end written. */
typedef struct {
    const uint8_t *row[TILE_OUTPUTS];
    int64_t ahead; /* bytes to the weights that the next group reads */
} row_group;

static inline row_group group_at(const quire_part *part, int row, int end) {
    row_group group;
    for (int n = 0; n < TILE_OUTPUTS; n++) {
        int r = min_int(row + n, end - 1);
        group.row[n] = (const uint8_t *)part->weight + r * part->row_bytes;
    }
    group.ahead = TILE_OUTPUTS * part->row_bytes;
    return group;
}

typedef void (*row_product_fn)(const row_group *group, const float *x, int inputs,
                               vf acc[TILE_OUTPUTS]);

#define PRODUCT_PLAIN(NAME, TYPE, LOAD, LOAD_SOME)                                                 \
    static void NAME(const row_group *group, const float *x, int inputs, vf acc[TILE_OUTPUTS]) {  \
        const TYPE *p0 = (const TYPE *)group->row[0], *p1 = (const TYPE *)group->row[1];          \
        const TYPE *p2 = (const TYPE *)group->row[2], *p3 = (const TYPE *)group->row[3];          \
        int64_t ahead = group->ahead / (int64_t)sizeof(TYPE);                                     \
        vf a0 = vf_zero(), a1 = vf_zero(), a2 = vf_zero(), a3 = vf_zero();                        \
        int i = 0;                                                                                \
        for (; i + VL <= inputs; i += VL) {                                                       \
            vf v = vf_load(x + i);                                                                \
            __builtin_prefetch(p0 + ahead + i);                                                   \
            __builtin_prefetch(p1 + ahead + i);                                                   \
            __builtin_prefetch(p2 + ahead + i);                                                   \
            __builtin_prefetch(p3 + ahead + i);                                                   \
            a0 = vf_fma(LOAD(p0 + i), v, a0);                                                     \
            a1 = vf_fma(LOAD(p1 + i), v, a1);                                                     \
            a2 = vf_fma(LOAD(p2 + i), v, a2);                                                     \
            a3 = vf_fma(LOAD(p3 + i), v, a3);                                                     \
        }                                                                                         \
        if (i < inputs) {                                                                         \
            int rest = inputs - i;                                                                \
            vf v = vf_load_some(x + i, rest);                                                     \
            a0 = vf_fma(LOAD_SOME(p0 + i, rest), v, a0);                                          \
            a1 = vf_fma(LOAD_SOME(p1 + i, rest), v, a1);                                          \
            a2 = vf_fma(LOAD_SOME(p2 + i, rest), v, a2);                                          \
            a3 = vf_fma(LOAD_SOME(p3 + i, rest), v, a3);                                          \
        }                                                                                         \
        acc[0] = a0, acc[1] = a1, acc[2] = a2, acc[3] = a3;                                       \
    }

#define PRODUCT_BLOCKS(NAME, BYTES, DECODE)                                                        \
    static void NAME(const row_group *group, const float *x, int inputs, vf acc[TILE_OUTPUTS]) {  \
        vf sum[TILE_OUTPUTS] = {vf_zero(), vf_zero(), vf_zero(), vf_zero()};                      \
        int64_t at = 0;                                                                           \
        for (int i = 0; i < inputs; i += 32, at += (BYTES)) {                                     \
            _Pragma("GCC unroll 4") for (int n = 0; n < TILE_OUTPUTS; n++) {                      \
                vf w[32 / VL];                                                                    \
                __builtin_prefetch(group->row[n] + group->ahead + at);                            \
                DECODE(group->row[n] + at, w);                                                    \
                _Pragma("GCC unroll 8") for (int j = 0; j < 32 / VL; j++) {                       \
                    sum[n] = vf_fma(w[j], vf_load(x + i + j * VL), sum[n]);                       \
                }                                                                                 \
            }                                                                                     \
        }                                                                                         \
        memcpy(acc, sum, sizeof sum);                                                             \
    }

PRODUCT_PLAIN(product_f32, float, vf_load, vf_load_some)
PRODUCT_PLAIN(product_f16, uint16_t, vf_load_f16, vf_load_f16_some)
PRODUCT_PLAIN(product_bf16, uint16_t, vf_load_bf16, vf_load_bf16_some)
PRODUCT_BLOCKS(product_q8_0, 34, decode_q8_0)
PRODUCT_BLOCKS(product_q4_0, 18, decode_q4_0)
PRODUCT_BLOCKS(product_q4_1, 20, decode_q4_1)

static const row_product_fn row_product_fns[QUIRE_TYPES] = {
    [QUIRE_F32] = product_f32,   [QUIRE_F16] = product_f16,   [QUIRE_BF16] = product_bf16,
    [QUIRE_Q8_0] = product_q8_0, [QUIRE_Q4_0] = product_q4_0, [QUIRE_Q4_1] = product_q4_1,
};

static void single_row(const linear_task *task, column_range columns) {
    const quire_part *part = columns.part;
    row_product_fn product = row_product_fns[part->dtype];
    for (int row = columns.begin; row < columns.end; row += TILE_OUTPUTS) {
        row_group group = group_at(part, row, columns.end);
        vf acc[1][TILE_OUTPUTS];
        product(&group, task->x, task->inputs, acc[0]);
        v4 sums[1];
        tile_sums(1, acc, sums);
        tile t = {.out = task->out + columns.part_column + row,
                  .outputs = min_int(TILE_OUTPUTS, columns.end - row),
                  .bias = part->bias ? part->bias + row : 0};
        tile_write(&t, 0, sums[0]);
    }
}

/* A panel: rows [row, row_end) of a part by inputs [first, first + count), decoded or in place. */
typedef struct {
    const float *data;
    int64_t stride;
    int row;
    int row_end;
    int first;
    int count;
} panel;

static panel make_panel(const linear_task *task, const quire_part *part, panel shape, float *room) {
    if (part->dtype == QUIRE_F32) {
        shape.data = (const float *)part->weight + (int64_t)shape.row * task->inputs + shape.first;
        shape.stride = task->inputs;
        return shape;
    }
    shape.data = room;
    shape.stride = task->panel_inputs + VL;
    for (int row = shape.row; row < shape.row_end; row++) {
        const uint8_t *stored = (const uint8_t *)part->weight + row * part->row_bytes;
        decode_row_fns[part->dtype](room + (row - shape.row) * shape.stride, stored, shape.first,
                                    shape.count);
    }
    return shape;
}

/* All rows [begin, end) of x against one panel. */
static void multiply_panel(const linear_task *task, column_range columns, const panel *p, int begin,
                           int end, vf *carried) {
    const quire_part *part = columns.part;
    tile t = {.x_stride = task->inputs,
              .inputs = p->count,
              .first = p->first == 0,
              .last = p->first + p->count == task->inputs,
              .out_stride = task->outputs};
    for (int m = begin; m < end; m += TILE_ROWS) {
        int rows = min_int(TILE_ROWS, end - m);
        t.x = task->x + (int64_t)m * task->inputs + p->first;
        for (int row = p->row; row < p->row_end; row += TILE_OUTPUTS) {
            t.outputs = min_int(TILE_OUTPUTS, p->row_end - row);
            for (int n = 0; n < TILE_OUTPUTS; n++) {
                t.w[n] = p->data + (row - p->row + min_int(n, t.outputs - 1)) * p->stride;
            }
            t.bias = part->bias ? part->bias + row : 0;
            t.out = task->out + (int64_t)m * task->outputs + columns.part_column + row;
            t.carried = carried;
            carried += TILE_ROWS * TILE_OUTPUTS;
            run_tile(&t, rows);
        }
    }
}

static void linear_chunk(const linear_task *task, int chunk, int worker) {
    column_range columns = columns_of_chunk(task, chunk / task->row_blocks);
    if (task->rows == 1) {
        single_row(task, columns);
        return;
    }
    int begin = chunk % task->row_blocks * task->row_block;
    int end = min_int(begin + task->row_block, task->rows);
    float *room = (float *)(task->scratch + worker * task->scratch_bytes);
    /* Behind the panel, whose rows are padded by 16 in every tier. */
    vf *carried = (vf *)(room + (int64_t)task->panel_rows * (task->panel_inputs + 16));
    for (int row = columns.begin; row < columns.end; row += task->panel_rows) {
        int row_end = min_int(row + task->panel_rows, columns.end);
        for (int first = 0; first < task->inputs; first += task->panel_inputs) {
            int count = min_int(task->panel_inputs, task->inputs - first);
            panel shape = {.row = row, .row_end = row_end, .first = first, .count = count};
            panel p = make_panel(task, columns.part, shape, room);
            multiply_panel(task, columns, &p, begin, end, carried);
        }
    }
}
