/*
 * The one arithmetic of every inner product here, in linear layers and in attention scores: lane l
 * adds elements l, l + VL, l + 2 VL, ... in ascending order with one fused multiply-add each, then
 * the lanes are added in the pairing of vf_sums4. Tile height, panels and neighbours only change
 * which of these chains run at the same time.
 */

/* An output tile: TILE_OUTPUTS columns of so many rows. */
typedef struct {
    const float *x;
    int64_t x_stride;
    const float *w[TILE_OUTPUTS];
    int inputs;
    vf *carried;   /* [rows][TILE_OUTPUTS] between panels; unused where first and last */
    int first;     /* the chains begin here */
    int last;      /* the chains end here and out is written */
    float *out;
    int64_t out_stride;
    int outputs;   /* columns to write, up to TILE_OUTPUTS */
    const float *bias; /* of the first column, or null */
} tile;

static inline void tile_write(const tile *t, int row, v4 sums) {
    float *out = t->out + row * t->out_stride;
    if (t->outputs == TILE_OUTPUTS) {
        if (t->bias) {
            sums = v4_add(sums, v4_load(t->bias));
        }
        v4_store(out, sums);
        return;
    }
    float some[TILE_OUTPUTS];
    v4_store(some, sums);
    for (int n = 0; n < t->outputs; n++) {
        out[n] = t->bias ? some[n] + t->bias[n] : some[n];
    }
}

static inline __attribute__((always_inline)) void tile_finish(const tile *t, const int rows,
                                                              vf acc[][TILE_OUTPUTS]) {
    if (!t->last) {
        memcpy(t->carried, acc, (size_t)rows * TILE_OUTPUTS * sizeof(vf));
        return;
    }
    v4 sums[TILE_ROWS];
    tile_sums(rows, acc, sums);
#pragma GCC unroll 8
    for (int m = 0; m < rows; m++) {
        tile_write(t, m, sums[m]);
    }
}

static inline __attribute__((always_inline)) void tile_rows(const tile *t, const int rows) {
    vf acc[TILE_ROWS][TILE_OUTPUTS];
#pragma GCC unroll 8
    for (int m = 0; m < rows; m++) {
#pragma GCC unroll 4
        for (int n = 0; n < TILE_OUTPUTS; n++) {
            acc[m][n] = t->first ? vf_zero() : t->carried[m * TILE_OUTPUTS + n];
        }
    }
    const float *x = t->x;
    const float *w0 = t->w[0], *w1 = t->w[1], *w2 = t->w[2], *w3 = t->w[3];
    int64_t stride = t->x_stride;
    int i = 0;
    for (; i + VL <= t->inputs; i += VL) {
        vf w[4] = {vf_load(w0 + i), vf_load(w1 + i), vf_load(w2 + i), vf_load(w3 + i)};
#pragma GCC unroll 8
        for (int m = 0; m < rows; m++) {
            vf a = vf_load(x + m * stride + i);
#pragma GCC unroll 4
            for (int n = 0; n < TILE_OUTPUTS; n++) {
                acc[m][n] = vf_fma(w[n], a, acc[m][n]);
            }
        }
    }
    if (i < t->inputs) {
        int rest = t->inputs - i;
        vf w[4] = {vf_load_some(w0 + i, rest), vf_load_some(w1 + i, rest),
                   vf_load_some(w2 + i, rest), vf_load_some(w3 + i, rest)};
#pragma GCC unroll 8
        for (int m = 0; m < rows; m++) {
            vf a = vf_load_some(x + m * stride + i, rest);
#pragma GCC unroll 4
            for (int n = 0; n < TILE_OUTPUTS; n++) {
                acc[m][n] = vf_fma(w[n], a, acc[m][n]);
            }
        }
    }
    tile_finish(t, rows, acc);
}

static __attribute__((noinline)) void run_tile(const tile *t, int rows) {
    switch (rows) {
    case 1: tile_rows(t, 1); break;
    case 2: tile_rows(t, 2); break;
#if TILE_ROWS >= 3
    case 3: tile_rows(t, 3); break;
#endif
#if TILE_ROWS >= 6
    case 4: tile_rows(t, 4); break;
    case 5: tile_rows(t, 5); break;
    case 6: tile_rows(t, 6); break;
#endif
    }
}
