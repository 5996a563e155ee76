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

/* Four rows of a part, decoded in registers. */
typedef struct {
    const uint8_t *row[TILE_OUTPUTS];
    int64_t ahead; /* bytes to the weights that the next group reads */
} row_group;

static inline row_group group_at(const quire_part *part, int row, int end) {
    row_group group;
    for (int n = 0; n < TILE_OUTPUTS; n++) {
        /* Past the end, the last row stands in; what it gives is not written. */
        int r = min_int(row + n, end - 1);
        group.row[n] = (const uint8_t *)part->weight + r * part->row_bytes;
    }
    group.ahead = TILE_OUTPUTS * part->row_bytes;
    return group;
}

/* Inner products of a group with up to DIRECT_ROWS rows of x; r0 to r3 are theirs. */
typedef v4x4 (*group_product_fn)(const row_group *group, const float *x, int64_t x_stride,
                                 int inputs, int rows);

#define GROUP_BEGIN                                                                                \
    int64_t ahead = group->ahead;                                                                  \
    const uint8_t *p0 = group->row[0], *p1 = group->row[1];                                        \
    const uint8_t *p2 = group->row[2], *p3 = group->row[3];                                        \
    const float *x1 = x + x_stride, *x2 = x1 + x_stride, *x3 = x2 + x_stride;                      \
    ROW_VARIABLES(0)                                                                               \
    ROW_VARIABLES(1)                                                                               \
    ROW_VARIABLES(2)                                                                               \
    ROW_VARIABLES(3)

#define GROUP_END return cross_sums(ROW_SUMS(0), ROW_SUMS(1), ROW_SUMS(2), ROW_SUMS(3));

/* One vector of the group's row n, v0 to v3 being the rows of x. */
#define GROUP_FMA(n)                                                                               \
    s0##n = vf_fma(w, v0, s0##n);                                                                  \
    if (rows > 1) {                                                                                \
        s1##n = vf_fma(w, v1, s1##n);                                                              \
    }                                                                                              \
    if (rows > 2) {                                                                                \
        s2##n = vf_fma(w, v2, s2##n);                                                              \
    }                                                                                              \
    if (rows > 3) {                                                                                \
        s3##n = vf_fma(w, v3, s3##n);                                                              \
    }

#define GROUP_STEP(LOAD_X, LOAD_W, HOW)                                                            \
    {                                                                                              \
        vf v0 = LOAD_X(x + i), v1 = v0, v2 = v0, v3 = v0;                                          \
        if (rows > 1) {                                                                            \
            v1 = LOAD_X(x1 + i);                                                                   \
        }                                                                                          \
        if (rows > 2) {                                                                            \
            v2 = LOAD_X(x2 + i);                                                                   \
        }                                                                                          \
        if (rows > 3) {                                                                            \
            v3 = LOAD_X(x3 + i);                                                                   \
        }                                                                                          \
        {                                                                                          \
            vf w = LOAD_W(p0, i, HOW);                                                             \
            GROUP_FMA(0)                                                                           \
        }                                                                                          \
        {                                                                                          \
            vf w = LOAD_W(p1, i, HOW);                                                             \
            GROUP_FMA(1)                                                                           \
        }                                                                                          \
        {                                                                                          \
            vf w = LOAD_W(p2, i, HOW);                                                             \
            GROUP_FMA(2)                                                                           \
        }                                                                                          \
        {                                                                                          \
            vf w = LOAD_W(p3, i, HOW);                                                             \
            GROUP_FMA(3)                                                                           \
        }                                                                                          \
    }

#define GROUP_PLAIN(NAME, TYPE, LOAD, LOAD_SOME)                                                   \
    static inline vf NAME##_at(const uint8_t *p, int i, int64_t ahead) {                           \
        const TYPE *at = (const TYPE *)p + i;                                                      \
        __builtin_prefetch((const char *)at + ahead);                                              \
        return LOAD(at);                                                                           \
    }                                                                                              \
    static inline vf NAME##_end(const uint8_t *p, int i, int rest) {                               \
        return LOAD_SOME((const TYPE *)p + i, rest);                                               \
    }                                                                                              \
    static inline __attribute__((always_inline)) v4x4 NAME##_of(                                   \
        const row_group *group, const float *x, int64_t x_stride, int inputs, const int rows) {    \
        GROUP_BEGIN                                                                                \
        int i = 0;                                                                                 \
        for (; i + VL <= inputs; i += VL) {                                                        \
            GROUP_STEP(vf_load, NAME##_at, ahead)                                                  \
        }                                                                                          \
        if (i < inputs) {                                                                          \
            int rest = inputs - i;                                                                 \
            GROUP_STEP(LOAD_REST, NAME##_end, rest)                                                \
        }                                                                                          \
        GROUP_END                                                                                  \
    }                                                                                              \
    GROUP_DISPATCH(NAME)

#define BLOCK_ROW(n, TYPE, DECODE)                                                                 \
    {                                                                                              \
        vf decoded[BLOCK_WEIGHTS / VL];                                                            \
        __builtin_prefetch(p##n + at + ahead);                                                     \
        DECODE((const TYPE *)(p##n + at), decoded);                                                \
        _Pragma("GCC unroll 8") for (int j = 0; j < BLOCK_WEIGHTS / VL; j++) {                     \
            vf w = decoded[j];                                                                     \
            int e = i + j * VL;                                                                    \
            vf v0 = vf_load(x + e), v1 = v0, v2 = v0, v3 = v0;                                     \
            if (rows > 1) {                                                                        \
                v1 = vf_load(x1 + e);                                                              \
            }                                                                                      \
            if (rows > 2) {                                                                        \
                v2 = vf_load(x2 + e);                                                              \
            }                                                                                      \
            if (rows > 3) {                                                                        \
                v3 = vf_load(x3 + e);                                                              \
            }                                                                                      \
            GROUP_FMA(n)                                                                           \
        }                                                                                          \
    }

#define GROUP_BLOCKS(NAME, TYPE, DECODE)                                                           \
    static inline __attribute__((always_inline)) v4x4 NAME##_of(                                   \
        const row_group *group, const float *x, int64_t x_stride, int inputs, const int rows) {    \
        GROUP_BEGIN                                                                                \
        int64_t at = 0;                                                                            \
        for (int i = 0; i < inputs; i += BLOCK_WEIGHTS, at += (int64_t)sizeof(TYPE)) {             \
            BLOCK_ROW(0, TYPE, DECODE)                                                             \
            BLOCK_ROW(1, TYPE, DECODE)                                                             \
            BLOCK_ROW(2, TYPE, DECODE)                                                             \
            BLOCK_ROW(3, TYPE, DECODE)                                                             \
        }                                                                                          \
        GROUP_END                                                                                  \
    }                                                                                              \
    GROUP_DISPATCH(NAME)

#if DIRECT_ROWS == 4
#define MORE_ROWS(NAME)                                                                            \
    if (rows == 3) {                                                                               \
        return NAME##_of(group, x, x_stride, inputs, 3);                                           \
    }                                                                                              \
    if (rows == 4) {                                                                               \
        return NAME##_of(group, x, x_stride, inputs, 4);                                           \
    }
#else
#define MORE_ROWS(NAME)
#endif

#define GROUP_DISPATCH(NAME)                                                                       \
    static v4x4 NAME(const row_group *group, const float *x, int64_t x_stride, int inputs,         \
                     int rows) {                                                                   \
        if (rows == 2) {                                                                           \
            return NAME##_of(group, x, x_stride, inputs, 2);                                       \
        }                                                                                          \
        MORE_ROWS(NAME)                                                                            \
        return NAME##_of(group, x, x_stride, inputs, 1);                                           \
    }

GROUP_PLAIN(product_f32, float, vf_load, vf_load_some)
GROUP_PLAIN(product_f16, uint16_t, vf_load_f16, vf_load_f16_some)
GROUP_PLAIN(product_bf16, uint16_t, vf_load_bf16, vf_load_bf16_some)
GROUP_BLOCKS(product_q8_0, q8_0_block, decode_q8_0)
GROUP_BLOCKS(product_q4_0, q4_0_block, decode_q4_0)
GROUP_BLOCKS(product_q4_1, q4_1_block, decode_q4_1)

static const group_product_fn group_product_fns[QUIRE_TYPES] = {
    [QUIRE_F32] = product_f32,   [QUIRE_F16] = product_f16,   [QUIRE_BF16] = product_bf16,
    [QUIRE_Q8_0] = product_q8_0, [QUIRE_Q4_0] = product_q4_0, [QUIRE_Q4_1] = product_q4_1,
};

/* Few rows: weights are decoded again for every DIRECT_ROWS of them, from the first-level cache. */
static void multiply_directly(const linear_task *task, column_range columns) {
    const quire_part *part = columns.part;
    group_product_fn product = group_product_fns[part->dtype];
    for (int row = columns.begin; row < columns.end; row += TILE_OUTPUTS) {
        row_group group = group_at(part, row, columns.end);
        int count = min_int(TILE_OUTPUTS, columns.end - row);
        const float *bias = part->bias ? part->bias + row : 0;
        for (int m = 0, rows; m < task->rows; m += rows) {
            rows = ceil_div(task->rows - m, ceil_div(task->rows - m, DIRECT_ROWS));
            const float *x = task->x + (int64_t)m * task->inputs;
            v4x4 sums = product(&group, x, task->inputs, task->inputs, rows);
            float *out = task->out + (int64_t)m * task->outputs + columns.part_column + row;
            tile_write(out, bias, count, sums.r0);
            if (rows > 1) {
                tile_write(out + task->outputs, bias, count, sums.r1);
            }
            if (rows > 2) {
                tile_write(out + 2 * task->outputs, bias, count, sums.r2);
            }
            if (rows > 3) {
                tile_write(out + 3 * task->outputs, bias, count, sums.r3);
            }
        }
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
    strip s = {.x_stride = task->inputs,
               .w = p->data,
               .w_stride = p->stride,
               .inputs = p->count,
               .columns = p->row_end - p->row,
               .bias = part->bias ? part->bias + p->row : 0,
               .out_stride = task->outputs,
               .first = p->first == 0,
               .last = p->first + p->count == task->inputs};
    int64_t carried_step = (int64_t)ceil_div(s.columns, TILE_OUTPUTS) * TILE_OUTPUTS * TILE_ROWS;
    for (int m = begin, rows; m < end; m += rows) {
        /* Strips as even as can be: two of four rows are faster than one of six and one of two. */
        rows = ceil_div(end - m, ceil_div(end - m, TILE_ROWS));
        s.x = task->x + (int64_t)m * task->inputs + p->first;
        s.out = task->out + (int64_t)m * task->outputs + columns.part_column + p->row;
        s.carried = carried;
        carried += carried_step;
        run_strip(&s, rows);
    }
}

static void linear_chunk(const linear_task *task, int chunk, int worker) {
    column_range columns = columns_of_chunk(task, chunk / task->row_blocks);
    if (task->direct) {
        multiply_directly(task, columns);
        return;
    }
    int begin = chunk % task->row_blocks * task->row_block;
    int end = min_int(begin + task->row_block, task->rows);
    float *room = (float *)(task->scratch + worker * task->scratch_bytes);
    /* Behind the panel, whose rows are padded alike in every tier. */
    vf *carried = (vf *)(room + (int64_t)task->panel_rows * (task->panel_inputs + WIDEST_VL));
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
