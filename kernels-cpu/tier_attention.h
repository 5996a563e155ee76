/*
 * Paged causal attention with a running softmax (Milakov and Gimelshein, arXiv 1805.02867). Keys
 * are visited in tiles of KEY_TILE and splits of KEY_SPLIT counted from position 0; each split is
 * reduced from scratch and the splits are merged in order. So a token's result depends on its
 * position and its sequence alone, not on chunking, on its neighbours or on who did which split.
 */

/* Arrays of an item, cut from the worker's scratch. */
typedef struct {
    float *query;  /* [rows, padded_dim], scaled */
    float *keys;   /* [KEY_TILE, padded_dim] */
    float *values; /* [KEY_TILE, padded_dim] */
    float *scores; /* [rows, KEY_TILE] */
    attention_state split;
    attention_state whole;
    int *low;  /* [rows]: first key position that a row sees */
    int *high; /* [rows]: one past the last */
    int rows;
} attention_work;

static attention_state state_at(float *floats, int rows) {
    return (attention_state){floats, floats + rows, floats + 2 * (int64_t)rows};
}

static attention_work work_at(const attention_task *task, int rows, int worker) {
    int64_t dim = task->padded_dim;
    /* The states' leading rows leave what follows off a cache line: what is read most comes first. */
    float *p = (float *)(task->scratch + worker * task->scratch_bytes);
    attention_work w = {.rows = rows};
    w.keys = p, p += KEY_TILE * dim;
    w.values = p, p += KEY_TILE * dim;
    w.query = p, p += rows * dim;
    w.scores = p, p += rows * KEY_TILE;
    w.split = state_at(p, rows), p += attention_state_floats(rows, (int)dim);
    w.whole = state_at(p, rows), p += attention_state_floats(rows, (int)dim);
    w.low = (int *)p;
    w.high = w.low + rows;
    return w;
}

static void clear_state(attention_state state, int rows, int dim) {
    for (int row = 0; row < rows; row++) {
        state.maximum[row] = -INFINITY;
        state.total[row] = 0;
    }
    memset(state.values, 0, (size_t)rows * (size_t)dim * sizeof(float));
}

static float exp_of(float x) {
    float lanes[VL];
    vf_store(lanes, vf_exp(vf_set1(x)));
    return lanes[0];
}

/* whole = whole and split together, for one row. */
static void merge_row(attention_state whole, attention_state split, int row, int dim) {
    float most = whole.maximum[row] > split.maximum[row] ? whole.maximum[row] : split.maximum[row];
    float old = exp_of(whole.maximum[row] - most), new = exp_of(split.maximum[row] - most);
    whole.maximum[row] = most;
    whole.total[row] = whole.total[row] * old + split.total[row] * new;
    float *to = whole.values + (int64_t)row * dim;
    const float *from = split.values + (int64_t)row * dim;
    for (int i = 0; i < dim; i += VL) {
        vf kept = vf_mul(vf_load(to + i), vf_set1(old));
        vf_store(to + i, vf_fma(vf_load(from + i), vf_set1(new), kept));
    }
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

/* Keys and values of positions [begin, end) as padded float32 rows. */
static void load_tile(const attention_task *task, attention_item item, attention_work *w, int begin,
                      int end) {
    const quire_heads *h = task->heads;
    const int32_t *table = h->block_tables + (int64_t)item.sequence * h->max_blocks;
    int64_t row_bytes = (int64_t)h->head_dim * (h->kv_dtype == QUIRE_F32 ? 4 : 2);
    int64_t padded = (h->head_dim + VL - 1) / VL * VL;
    decode_row_fn decode = decode_row_fns[h->kv_dtype];
    for (int position = begin; position < end; position++) {
        int64_t block = table[position / h->block_size];
        int64_t row = (block * h->num_kv_heads + item.kv_head) * h->block_size
                      + position % h->block_size;
        float *key = w->keys + (int64_t)(position - begin) * task->padded_dim;
        float *value = w->values + (int64_t)(position - begin) * task->padded_dim;
        decode(key, (const char *)h->keys + row * row_bytes, 0, h->head_dim);
        decode(value, (const char *)h->values + row * row_bytes, 0, h->head_dim);
        for (int64_t i = padded; i < task->padded_dim; i += VL) {
            vf_store(key + i, vf_zero());
            vf_store(value + i, vf_zero());
        }
    }
}

static void score_rows(const attention_task *task, attention_work *w, int first, int end, int keys) {
    int64_t dim = task->padded_dim;
    strip s = {.x_stride = dim, .w = w->keys, .w_stride = dim, .inputs = (int)dim, .columns = keys,
               .out_stride = KEY_TILE, .first = 1, .last = 1};
    for (int row = first; row < end; row += TILE_ROWS) {
        s.x = w->query + row * dim;
        s.out = w->scores + (int64_t)row * KEY_TILE;
        run_strip(&s, min_int(TILE_ROWS, end - row));
    }
}

/* Scores of keys [low, high) of the tile become weights, all others 0; gives what the values
 * summed so far have to be multiplied by. */
static float weigh_row(float *scores, int low, int high, float *maximum, float *total) {
    for (int i = 0; i < low; i++) {
        scores[i] = -INFINITY;
    }
    for (int i = high; i < KEY_TILE; i++) {
        scores[i] = -INFINITY;
    }
    vf most = vf_load(scores);
    for (int i = VL; i < KEY_TILE; i += VL) {
        most = vf_max(most, vf_load(scores + i));
    }
    float tile_most = vf_greatest(most);
    float new_most = *maximum > tile_most ? *maximum : tile_most;
    vf shift = vf_set1(new_most);
    for (int i = 0; i < KEY_TILE; i += VL) {
        vf_store(scores + i, vf_exp(vf_sub(vf_load(scores + i), shift)));
    }
    memset(scores, 0, (size_t)low * sizeof(float));
    memset(scores + high, 0, (size_t)(KEY_TILE - high) * sizeof(float));
    vf sum = vf_load(scores);
    for (int i = VL; i < KEY_TILE; i += VL) {
        sum = vf_add(sum, vf_load(scores + i));
    }
    float correction = exp_of(*maximum - new_most);
    *total = *total * correction + vf_sum(sum);
    *maximum = new_most;
    return correction;
}

/* values[row] = values[row] * correction[row] + sum of weight * value over [low, high), for rows
 * that see the same keys. */
static inline __attribute__((always_inline)) void
add_values(const attention_task *task, attention_work *w, int row, const float *corrections, int low,
           int high, int at, const int rows, const int vectors) {
    int64_t dim = task->padded_dim;
    vf acc[VALUE_ROWS][4];
    float *to = w->split.values + row * dim + at;
#pragma GCC unroll 4
    for (int m = 0; m < rows; m++) {
#pragma GCC unroll 4
        for (int v = 0; v < vectors; v++) {
            acc[m][v] = vf_mul(vf_load(to + m * dim + v * VL), vf_set1(corrections[m]));
        }
    }
    const float *weights = w->scores + (int64_t)row * KEY_TILE;
    const float *values = w->values + at;
    for (int key = low; key < high; key++) {
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

static void add_all_values(const attention_task *task, attention_work *w, int row, int rows,
                           const float *corrections, int low, int high) {
    int at = 0;
    for (; at + 4 * VL <= task->padded_dim; at += 4 * VL) {
        if (rows == VALUE_ROWS) {
            add_values(task, w, row, corrections, low, high, at, VALUE_ROWS, 4);
        } else {
            for (int m = 0; m < rows; m++) {
                add_values(task, w, row + m, corrections + m, low, high, at, 1, 4);
            }
        }
    }
    for (; at < task->padded_dim; at += VL) {
        if (rows == VALUE_ROWS) {
            add_values(task, w, row, corrections, low, high, at, VALUE_ROWS, 1);
        } else {
            for (int m = 0; m < rows; m++) {
                add_values(task, w, row + m, corrections + m, low, high, at, 1, 1);
            }
        }
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
    score_rows(task, w, first, last, end - begin);
    for (int row = first; row < last;) {
        int low = max_int(w->low[row] - begin, 0), high = min_int(w->high[row], end) - begin;
        float corrections[VALUE_ROWS];
        int same = 0;
        while (same < VALUE_ROWS && row + same < last
               && max_int(w->low[row + same] - begin, 0) == low
               && min_int(w->high[row + same], end) - begin == high) {
            int r = row + same;
            if (low < high) {
                corrections[same] = weigh_row(w->scores + (int64_t)r * KEY_TILE, low, high,
                                              w->split.maximum + r, w->split.total + r);
            }
            same++;
        }
        if (low < high) {
            add_all_values(task, w, row, same, corrections, low, high);
        }
        row += same;
    }
}

/* Reduces the keys of one split into w->split. */
static void attend_split(const attention_task *task, attention_item item, attention_work *w,
                         int split) {
    int dim = task->padded_dim;
    clear_state(w->split, w->rows, dim);
    int begin = split * KEY_SPLIT, end = min_int(begin + KEY_SPLIT, w->high[w->rows - 1]);
    for (int at = begin; at < end; at += KEY_TILE) {
        int tile_end = min_int(at + KEY_TILE, end);
        if (tile_end > w->low[0]) {
            attend_tile(task, item, w, at, tile_end);
        }
    }
}

static void merge_split(attention_work *w, attention_state split, int index, int dim) {
    int begin = index * KEY_SPLIT, end = begin + KEY_SPLIT;
    for (int row = 0; row < w->rows; row++) {
        if (w->low[row] < end && w->high[row] > begin) {
            merge_row(w->whole, split, row, dim);
        }
    }
}

static void write_out(const attention_task *task, attention_item item, const attention_work *w) {
    const quire_heads *h = task->heads;
    for (int row = 0; row < w->rows; row++) {
        int token = item.first_token + row / task->group;
        int head = item.kv_head * task->group + row % task->group;
        float *to = h->out + ((int64_t)token * h->num_heads + head) * h->head_dim;
        const float *from = w->whole.values + (int64_t)row * task->padded_dim;
        vf inverse = vf_set1(1.0f / w->whole.total[row]);
        for (int i = 0; i < h->head_dim; i += VL) {
            int n = min_int(VL, h->head_dim - i);
            vf v = vf_mul(vf_load(from + i), inverse);
            if (n == VL) {
                vf_store(to + i, v);
            } else {
                vf_store_some(to + i, v, n);
            }
        }
    }
}

static attention_state partial_at(const attention_task *task, int item, int split, int rows) {
    int64_t floats = attention_state_floats(task->tile_tokens * task->group, task->padded_dim);
    return state_at(task->partials + ((int64_t)item * task->max_splits + split) * floats, rows);
}

static int splits_of(const attention_work *w) {
    return ceil_div(w->high[w->rows - 1], KEY_SPLIT);
}

static attention_work begin_item(const attention_task *task, attention_item item, int worker) {
    int rows = (item.end_token - item.first_token) * task->group;
    attention_work w = work_at(task, rows, worker);
    load_queries(task, item, &w);
    return w;
}

static void attention_item_run(const attention_task *task, int index, int split, int worker) {
    attention_item item = attention_item_of(task, index);
    attention_work w = begin_item(task, item, worker);
    if (split >= 0) {
        if (split < splits_of(&w)) {
            w.split = partial_at(task, index, split, w.rows);
            attend_split(task, item, &w, split);
        }
        return;
    }
    clear_state(w.whole, w.rows, task->padded_dim);
    for (int s = w.low[0] / KEY_SPLIT; s < splits_of(&w); s++) {
        attend_split(task, item, &w, s);
        merge_split(&w, w.split, s, task->padded_dim);
    }
    write_out(task, item, &w);
}

static void attention_merge(const attention_task *task, int index, int worker) {
    attention_item item = attention_item_of(task, index);
    attention_work w = begin_item(task, item, worker);
    clear_state(w.whole, w.rows, task->padded_dim);
    for (int s = w.low[0] / KEY_SPLIT; s < splits_of(&w); s++) {
        merge_split(&w, partial_at(task, index, s, w.rows), s, task->padded_dim);
    }
    write_out(task, item, &w);
}
