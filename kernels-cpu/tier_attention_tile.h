/* Attention of one item to one tile of keys: scores, running softmax, weighted values. */

/* Arrays of an item, cut from the worker's scratch. */
typedef struct {
    float *query;  /* [rows, padded_dim], scaled */
    float *keys;   /* [KEY_TILE, padded_dim] */
    float *values; /* [KEY_TILE, padded_dim] */
    float *scores; /* [rows, KEY_TILE] */
    attention_state split;
    attention_state whole;
    int *low;           /* [rows]: first key position that a row sees */
    int *high;          /* [rows]: one past the last */
    float *corrections; /* [rows]: the tile's maxima, then what earlier sums are multiplied by */
    int rows;
} attention_work;

static attention_state state_at(float *floats, int rows, int dim) {
    float *end = floats + (int64_t)rows * dim;
    return (attention_state){.values = floats, .maximum = end, .total = end + rows};
}

static attention_work work_at(const attention_task *task, int rows, int worker) {
    int64_t dim = task->padded_dim;
    float *p = (float *)(task->scratch + worker * task->scratch_bytes);
    attention_work w = {.rows = rows};
    w.keys = p, p += KEY_TILE * dim;
    w.values = p, p += KEY_TILE * dim;
    w.query = p, p += rows * dim;
    w.scores = p, p += rows * KEY_TILE;
    w.split = state_at(p, rows, (int)dim), p += attention_state_floats(rows, (int)dim);
    w.whole = state_at(p, rows, (int)dim), p += attention_state_floats(rows, (int)dim);
    w.low = (int *)p;
    w.high = w.low + rows;
    w.corrections = (float *)(w.high + rows);
    return w;
}

/* Positions that each row sees, and the queries scaled and padded. */
static void load_queries(const attention_task *task, attention_item item, attention_work *w) {
    const quire_heads *h = task->heads;
    int64_t width = (int64_t)(h->num_heads + 2 * h->num_kv_heads) * h->head_dim;
    vf scale = vf_set1(h->scale);
    for (int row = 0; row < w->rows; row++) {
        int token = item.first_token + row / task->group;
        int head = item.kv_head * task->group + row % task->group;
        int position = item.first_position + row / task->group;
        w->high[row] = position + 1;
        w->low[row] = h->sliding_window > 0 ? max_int(0, position + 1 - h->sliding_window) : 0;
        const float *from = h->qkv + token * width + (int64_t)head * h->head_dim;
        float *to = w->query + (int64_t)row * task->padded_dim;
        memset(to, 0, (size_t)task->padded_dim * sizeof(float));
        for (int i = 0; i < h->head_dim; i += VL) {
            int n = min_int(VL, h->head_dim - i);
            vf v = n == VL ? vf_load(from + i) : vf_load_some(from + i, n);
            vf_store(to + i, vf_mul(v, scale));
        }
    }
}

/* So many stored heads, one after the other, as padded float32 rows. */
static void load_heads(const attention_task *task, float *to, const void *cache, int64_t row,
                       int heads) {
    const quire_heads *h = task->heads;
    const char *from = (const char *)cache + row * h->head_dim * (h->kv_dtype == QUIRE_F32 ? 4 : 2);
    decode_row_fn decode = decode_row_fns[h->kv_dtype];
    if (h->head_dim == task->padded_dim) {
        decode(to, from, 0, heads * h->head_dim);
        return;
    }
    int64_t lanes_end = (h->head_dim + VL - 1) / VL * VL;
    for (int i = 0; i < heads; i++, to += task->padded_dim) {
        decode(to, from, i * h->head_dim, h->head_dim);
        for (int64_t at = lanes_end; at < task->padded_dim; at += VL) {
            vf_store(to + at, vf_zero());
        }
    }
}

/* Keys and values of positions [begin, end), block by block. */
static void load_tile(const attention_task *task, attention_item item, attention_work *w, int begin,
                      int end) {
    const quire_heads *h = task->heads;
    const int32_t *table = h->block_tables + (int64_t)item.sequence * h->max_blocks;
    int index = begin / h->block_size, offset = begin % h->block_size;
    for (int position = begin, count; position < end; position += count) {
        int64_t row =
            ((int64_t)table[index] * h->num_kv_heads + item.kv_head) * h->block_size + offset;
        int64_t at = (int64_t)(position - begin) * task->padded_dim;
        count = min_int(h->block_size - offset, end - position);
        load_heads(task, w->keys + at, h->keys, row, count);
        load_heads(task, w->values + at, h->values, row, count);
        index++;
        offset = 0;
    }
}

/* Scores of rows [first, last) with the tile's keys, less those that no row of a strip sees. */
static void score_rows(const attention_task *task, attention_work *w, int first, int last,
                       int begin, int end) {
    int64_t dim = task->padded_dim;
    strip s = {.x_stride = dim,
               .w = w->keys,
               .w_stride = dim,
               .inputs = (int)dim,
               .out_stride = KEY_TILE,
               .first = 1,
               .last = 1};
    for (int row = first; row < last; row += TILE_ROWS) {
        int rows = min_int(TILE_ROWS, last - row);
        s.x = w->query + row * dim;
        s.out = w->scores + (int64_t)row * KEY_TILE;
        s.columns = min_int(w->high[row + rows - 1], end) - begin;
        run_strip(&s, rows);
    }
}

/* Keys of a tile, counted from its first, that a row sees. */
typedef struct {
    int low;
    int high;
} key_range;

static inline key_range seen_keys(const attention_work *w, int row, int begin, int end) {
    return (key_range){max_int(w->low[row] - begin, 0), min_int(w->high[row], end) - begin};
}

/* Few elements, mostly none: not worth a call. */
static inline void fill(float *scores, int begin, int end, float value) {
    for (int i = begin; i < end; i++) {
        scores[i] = value;
    }
}

/* Raises the running maximum of rows [first, last) to the tile's and leaves in w->corrections what
 * their sums so far have to be multiplied by. */
static void raise_maxima(attention_work *w, int first, int last, int begin, int end) {
    for (int row = first; row < last; row++) {
        key_range seen = seen_keys(w, row, begin, end);
        float *scores = w->scores + (int64_t)row * KEY_TILE;
        fill(scores, 0, seen.low, -INFINITY);
        fill(scores, seen.high, KEY_TILE, -INFINITY);
        vf most = vf_load(scores);
        for (int i = VL; i < KEY_TILE; i += VL) {
            most = vf_max(most, vf_load(scores + i));
        }
        w->corrections[row] = vf_greatest(most);
    }
    for (int row = first; row < last; row += VL) {
        int n = min_int(VL, last - row);
        vf old = vf_load_some(w->split.maximum + row, n);
        vf raised = vf_max(old, vf_load_some(w->corrections + row, n));
        vf_store_some(w->corrections + row, vf_exp(vf_sub(old, raised)), n);
        vf_store_some(w->split.maximum + row, raised, n);
    }
}

/* Scores become weights, 0 where the row does not look; gives their sums, lane by lane. */
static inline vf weigh_row(attention_work *w, int row, key_range seen) {
    float *scores = w->scores + (int64_t)row * KEY_TILE;
    vf shift = vf_set1(w->split.maximum[row]);
    vf sum = vf_zero();
    if (seen.low == 0 && seen.high == KEY_TILE) {
        for (int i = 0; i < KEY_TILE; i += VL) {
            vf weight = vf_exp(vf_sub(vf_load(scores + i), shift));
            vf_store(scores + i, weight);
            sum = vf_add(sum, weight);
        }
        return sum;
    }
    for (int i = 0; i < KEY_TILE; i += VL) {
        vf_store(scores + i, vf_exp(vf_sub(vf_load(scores + i), shift)));
    }
    fill(scores, 0, seen.low, 0);
    fill(scores, seen.high, KEY_TILE, 0);
    for (int i = 0; i < KEY_TILE; i += VL) {
        sum = vf_add(sum, vf_load(scores + i));
    }
    return sum;
}

/* Weighs up to four rows that see the same keys and adds the weights to their totals. */
static void weigh_rows(attention_work *w, int row, int rows, key_range seen) {
    vf s0 = weigh_row(w, row, seen), s1 = s0, s2 = s0, s3 = s0;
    if (rows > 1) {
        s1 = weigh_row(w, row + 1, seen);
    }
    if (rows > 2) {
        s2 = weigh_row(w, row + 2, seen);
    }
    if (rows > 3) {
        s3 = weigh_row(w, row + 3, seen);
    }
    vf sums = lane_sums(s0, s1, s2, s3);
    float added[4];
    v4_store(added, cross_sums(sums, sums, sums, sums).r0);
    for (int i = 0; i < rows; i++) {
        float *total = w->split.total + row + i;
        *total = *total * w->corrections[row + i] + added[i];
    }
}

/* values[row] = values[row] * correction[row] + sum of weight * value, for rows that see the same
 * keys. */
static inline __attribute__((always_inline)) void add_values(const attention_task *task,
                                                             attention_work *w, int row,
                                                             key_range seen, int at, const int rows,
                                                             const int vectors) {
    int64_t dim = task->padded_dim;
    vf acc[VALUE_ROWS][4];
    float *to = w->split.values + row * dim + at;
#pragma GCC unroll 4
    for (int m = 0; m < rows; m++) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            acc[m][v] = vf_mul(vf_load(to + m * dim + v * VL), vf_set1(w->corrections[row + m]));
        }
    }
    const float *weights = w->scores + (int64_t)row * KEY_TILE;
    const float *values = w->values + at;
    for (int key = seen.low; key < seen.high; key++) {
#pragma GCC unroll 4
        for (int m = 0; m < rows; m++) {
            vf weight = vf_set1(weights[m * KEY_TILE + key]);
#pragma GCC unroll 4
            for (int v = 0; v < vectors; v++) {
                acc[m][v] = vf_fma(weight, vf_load(values + key * dim + v * VL), acc[m][v]);
            }
        }
    }
#pragma GCC unroll 4
    for (int m = 0; m < rows; m++) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            vf_store(to + m * dim + v * VL, acc[m][v]);
        }
    }
}

static inline __attribute__((always_inline)) void add_row_values(const attention_task *task,
                                                                 attention_work *w, int row,
                                                                 key_range seen, const int rows) {
    int at = 0;
    for (; at + 4 * VL <= task->padded_dim; at += 4 * VL) {
        add_values(task, w, row, seen, at, rows, 4);
    }
    for (; at < task->padded_dim; at += VL) {
        add_values(task, w, row, seen, at, rows, 1);
    }
}

static void add_all_values(const attention_task *task, attention_work *w, int row, int rows,
                           key_range seen) {
    switch (rows) {
    case 1: add_row_values(task, w, row, seen, 1); break;
    case 2: add_row_values(task, w, row, seen, 2); break;
#if VALUE_ROWS == 4
    case 3: add_row_values(task, w, row, seen, 3); break;
    case 4: add_row_values(task, w, row, seen, 4); break;
#endif
    }
}

/* One tile, positions [begin, end), for the rows that see any of it. */
static void attend_tile(const attention_task *task, attention_item item, attention_work *w,
                        int begin, int end) {
    int first = 0, last = w->rows;
    while (first < last && w->high[first] <= begin) {
        first++;
    }
    while (last > first && w->low[last - 1] >= end) {
        last--;
    }
    if (first == last) {
        return;
    }
    load_tile(task, item, w, begin, end);
    score_rows(task, w, first, last, begin, end);
    raise_maxima(w, first, last, begin, end);
    for (int row = first, rows; row < last; row += rows) {
        key_range seen = seen_keys(w, row, begin, end);
        for (rows = 1; rows < VALUE_ROWS && row + rows < last; rows++) {
            key_range next = seen_keys(w, row + rows, begin, end);
            if (next.low != seen.low || next.high != seen.high) {
                break;
            }
        }
        if (seen.low < seen.high) {
            weigh_rows(w, row, rows, seen);
            add_all_values(task, w, row, rows, seen);
        }
    }
}
