/*
 * The one arithmetic of every inner product here, in linear layers and in attention scores: lane l
 * adds elements l, l + VL, l + 2 VL, ... in ascending order with one fused multiply-add each, then
 * the lanes are added in the pairing of lane_sums and cross_sums. Tile height, panels and
 * neighbours only change which of these chains run at the same time.
 */

/* Up to TILE_ROWS rows of x against all rows of a panel: out[m][n] = x[m] * w[n] + bias[n]. */
typedef struct {
    const float *x;
    int64_t x_stride;
    const float *w;
    int64_t w_stride;
    int inputs;
    int columns;       /* rows of w */
    const float *bias; /* [columns] or null */
    float *out;
    int64_t out_stride;
    vf *carried; /* sums between panels, a tile after the other; unused where first and last */
    int first;   /* the chains begin with this panel */
    int last;    /* the chains end with this panel, out is written */
} strip;

static inline void tile_write(float *out, const float *bias, int columns, v4 sums) {
    if (columns == TILE_OUTPUTS) {
        v4_store(out, bias ? v4_add(sums, v4_load(bias)) : sums);
        return;
    }
    float some[TILE_OUTPUTS];
    v4_store(some, sums);
    for (int n = 0; n < columns; n++) {
        out[n] = bias ? some[n] + bias[n] : some[n];
    }
}

/*
 * A tile's sums are named variables s<row><column>, as compilers keep an array of vectors in
 * memory. ROWS_OF_TILE does something for each row; rows is a constant where it is expanded.
 */
#define ROWS_OF_TILE(DO)                                                                           \
    do {                                                                                           \
        DO(0)                                                                                      \
        if (rows > 1) {                                                                            \
            DO(1)                                                                                  \
        }                                                                                          \
        if (rows > 2) {                                                                            \
            DO(2)                                                                                  \
        }                                                                                          \
        if (rows > 3) {                                                                            \
            DO(3)                                                                                  \
        }                                                                                          \
        if (rows > 4) {                                                                            \
            DO(4)                                                                                  \
        }                                                                                          \
        if (rows > 5) {                                                                            \
            DO(5)                                                                                  \
        }                                                                                          \
    } while (0)

#define ROW_VARIABLES(m)                                                                           \
    vf s##m##0 = vf_zero(), s##m##1 = s##m##0, s##m##2 = s##m##0, s##m##3 = s##m##0;

#define ROW_RESUME(m)                                                                              \
    s##m##0 = carried[4 * m], s##m##1 = carried[4 * m + 1];                                        \
    s##m##2 = carried[4 * m + 2], s##m##3 = carried[4 * m + 3];

#define ROW_CARRY(m)                                                                               \
    carried[4 * m] = s##m##0, carried[4 * m + 1] = s##m##1;                                        \
    carried[4 * m + 2] = s##m##2, carried[4 * m + 3] = s##m##3;

#define ROW_STEP(m, LOAD)                                                                          \
    {                                                                                              \
        vf a = LOAD(x + m * x_stride + i);                                                         \
        s##m##0 = vf_fma(b0, a, s##m##0);                                                          \
        s##m##1 = vf_fma(b1, a, s##m##1);                                                          \
        s##m##2 = vf_fma(b2, a, s##m##2);                                                          \
        s##m##3 = vf_fma(b3, a, s##m##3);                                                          \
    }

#define LOAD_REST(P) vf_load_some(P, rest)
#define ROW_STEP_WHOLE(m) ROW_STEP(m, vf_load)
#define ROW_STEP_REST(m) ROW_STEP(m, LOAD_REST)
#define ROW_SUMS(m) lane_sums(s##m##0, s##m##1, s##m##2, s##m##3)
#define ROW_WRITE(m, SUMS) tile_write(out + m * s->out_stride, bias, columns, SUMS);

static inline __attribute__((always_inline)) void strip_rows(const strip *s, const int rows) {
    const float *x = s->x;
    const int64_t x_stride = s->x_stride;
    const int inputs = s->inputs;
    vf *carried = s->carried;
    for (int column = 0; column < s->columns; column += TILE_OUTPUTS) {
        int columns = min_int(TILE_OUTPUTS, s->columns - column);
        /* A tile that is not full computes its last column again and does not write it. */
        const float *w0 = s->w + column * s->w_stride;
        const float *w1 = w0 + (columns > 1 ? s->w_stride : 0);
        const float *w2 = w1 + (columns > 2 ? s->w_stride : 0);
        const float *w3 = w2 + (columns > 3 ? s->w_stride : 0);
        ROW_VARIABLES(0)
        ROW_VARIABLES(1)
        ROW_VARIABLES(2)
        ROW_VARIABLES(3)
        ROW_VARIABLES(4)
        ROW_VARIABLES(5)
        if (!s->first) {
            ROWS_OF_TILE(ROW_RESUME);
        }
        int i = 0;
        for (; i + VL <= inputs; i += VL) {
            vf b0 = vf_load(w0 + i), b1 = vf_load(w1 + i), b2 = vf_load(w2 + i),
               b3 = vf_load(w3 + i);
            ROWS_OF_TILE(ROW_STEP_WHOLE);
        }
        if (i < inputs) {
            int rest = inputs - i;
            vf b0 = LOAD_REST(w0 + i), b1 = LOAD_REST(w1 + i);
            vf b2 = LOAD_REST(w2 + i), b3 = LOAD_REST(w3 + i);
            ROWS_OF_TILE(ROW_STEP_REST);
        }
        if (s->last) {
            float *out = s->out + column;
            const float *bias = s->bias ? s->bias + column : 0;
            v4x4 sums = cross_sums(ROW_SUMS(0), ROW_SUMS(1), ROW_SUMS(2), ROW_SUMS(3));
            ROW_WRITE(0, sums.r0)
            if (rows > 1) {
                ROW_WRITE(1, sums.r1)
            }
            if (rows > 2) {
                ROW_WRITE(2, sums.r2)
            }
            if (rows > 3) {
                ROW_WRITE(3, sums.r3)
            }
            if (rows > 4) {
                v4x4 more = cross_sums(ROW_SUMS(4), ROW_SUMS(5), ROW_SUMS(4), ROW_SUMS(5));
                ROW_WRITE(4, more.r0)
                if (rows > 5) {
                    ROW_WRITE(5, more.r1)
                }
            }
        } else {
            ROWS_OF_TILE(ROW_CARRY);
        }
        carried += TILE_ROWS * TILE_OUTPUTS;
    }
}

static __attribute__((noinline)) void run_strip(const strip *s, int rows) {
    switch (rows) {
    case 1: strip_rows(s, 1); break;
    case 2: strip_rows(s, 2); break;
#if TILE_ROWS >= 3
    case 3: strip_rows(s, 3); break;
#endif
#if TILE_ROWS >= 6
    case 4: strip_rows(s, 4); break;
    case 5: strip_rows(s, 5); break;
    case 6: strip_rows(s, 6); break;
#endif
    }
}
