/* Query and key norms, rotary embedding, and the write into the paged cache. */

typedef struct {
    const float *cosines;
    const float *sines;
    int pairs;
    int neighbours;
} rotation;

static inline void rotate_halves(float *head, const rotation *r) {
    float *low = head, *high = head + r->pairs;
    int i = 0;
    for (; i + VL <= r->pairs; i += VL) {
        vf a = vf_load(low + i), b = vf_load(high + i);
        vf c = vf_load(r->cosines + i), s = vf_load(r->sines + i);
        vf_store(low + i, vf_sub(vf_mul(a, c), vf_mul(b, s)));
        vf_store(high + i, vf_add(vf_mul(b, c), vf_mul(a, s)));
    }
    for (; i < r->pairs; i++) {
        float a = low[i], b = high[i], c = r->cosines[i], s = r->sines[i];
        low[i] = a * c - b * s;
        high[i] = b * c + a * s;
    }
}

static inline void rotate_neighbours(float *head, const rotation *r) {
    for (int i = 0; i < r->pairs; i++) {
        float a = head[2 * i], b = head[2 * i + 1], c = r->cosines[i], s = r->sines[i];
        head[2 * i] = a * c - b * s;
        head[2 * i + 1] = b * c + a * s;
    }
}

static inline void rotate(float *head, const rotation *r) {
    if (r->neighbours) {
        rotate_neighbours(head, r);
    } else {
        rotate_halves(head, r);
    }
}

#define STORE_16(TO, FROM, COUNT, STORE_SOME)                                                      \
    do {                                                                                           \
        uint16_t *to16 = (uint16_t *)(TO);                                                         \
        for (int i = 0; i < (COUNT); i += VL) {                                                    \
            int n = min_int(VL, (COUNT) - i);                                                      \
            STORE_SOME(to16 + i, n == VL ? vf_load((FROM) + i) : vf_load_some((FROM) + i, n), n);  \
        }                                                                                          \
    } while (0)

static inline void store_head(const quire_heads *h, void *cache, int64_t row, const float *head) {
    int64_t at = row * h->head_dim;
    if (h->kv_dtype == QUIRE_F32) {
        memcpy((float *)cache + at, head, (size_t)h->head_dim * sizeof(float));
    } else if (h->kv_dtype == QUIRE_F16) {
        STORE_16((uint16_t *)cache + at, head, h->head_dim, vf_store_f16_some);
    } else {
        STORE_16((uint16_t *)cache + at, head, h->head_dim, vf_store_bf16_some);
    }
}

/* Tokens [first, end). */
static void rope_and_store(const quire_heads *h, int first, int end) {
    int64_t width = (int64_t)(h->num_heads + 2 * h->num_kv_heads) * h->head_dim;
    for (int token = first; token < end; token++) {
        const float *table = h->cos_sin + (int64_t)h->positions[token] * h->rotary_dim;
        rotation r = {table, table + h->rotary_dim / 2, h->rotary_dim / 2, h->neighbours};
        float *query = h->qkv + token * width;
        float *key = query + (int64_t)h->num_heads * h->head_dim;
        float *value = key + (int64_t)h->num_kv_heads * h->head_dim;
        for (int i = 0; i < h->num_heads + h->num_kv_heads; i++) {
            float *head = query + (int64_t)i * h->head_dim;
            const float *norm = i < h->num_heads ? h->query_norm : h->key_norm;
            if (norm) {
                normalise(head, head, norm, h->norm_eps, h->head_dim);
            }
            rotate(head, &r);
        }
        int slot = h->slots[token];
        int64_t block = slot / h->block_size, offset = slot % h->block_size;
        for (int kv = 0; kv < h->num_kv_heads; kv++) {
            int64_t row = (block * h->num_kv_heads + kv) * h->block_size + offset;
            store_head(h, h->keys, row, key + (int64_t)kv * h->head_dim);
            store_head(h, h->values, row, value + (int64_t)kv * h->head_dim);
        }
    }
}
