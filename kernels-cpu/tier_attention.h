/*
 * Paged causal attention with a running softmax (Milakov and Gimelshein, arXiv 1805.02867). Keys
 * are visited in tiles of KEY_TILE and splits of KEY_SPLIT counted from position 0; each split is
 * reduced from scratch and the splits are merged in order. So a token's result depends on its
 * position and its sequence alone, not on chunking, on its neighbours or on who did which split.
 */

static void clear_state(attention_state state, int rows, int dim) {
    for (int row = 0; row < rows; row++) {
        state.maximum[row] = -INFINITY;
        state.total[row] = 0;
    }
    memset(state.values, 0, (size_t)rows * (size_t)dim * sizeof(float));
}

static inline float exp_of(float x) {
    return vf_first(vf_exp(vf_set1(x)));
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
    return state_at(task->partials + ((int64_t)item * task->max_splits + split) * floats, rows,
                    task->padded_dim);
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
        if (is_stopped(task->stop)) {
            return;
        }
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
