/* Stored weights as float32 lanes: the one place where a format is decoded, so that a weight has
 * the same bits whether it is decoded in a register or into a panel. */

typedef void (*decode_row_fn)(float *out, const void *row, int first, int count);

/* Writes elements [first, first + count) of a row, then zeros up to a whole number of lanes. */
#define DECODE_PLAIN(NAME, TYPE, LOAD, LOAD_SOME)                                                  \
    static void NAME(float *out, const void *row, int first, int count) {                          \
        const TYPE *p = (const TYPE *)row + first;                                                 \
        int i = 0;                                                                                 \
        for (; i + VL <= count; i += VL) {                                                         \
            vf_store(out + i, LOAD(p + i));                                                        \
        }                                                                                          \
        if (i < count) {                                                                           \
            vf_store(out + i, LOAD_SOME(p + i, count - i));                                        \
        }                                                                                          \
    }

/* As above; first is a whole number of blocks and so is count. */
#define DECODE_BLOCKS(NAME, TYPE, DECODE)                                                          \
    static void NAME(float *out, const void *row, int first, int count) {                          \
        const TYPE *block = (const TYPE *)row + first / BLOCK_WEIGHTS;                             \
        for (int i = 0; i < count; i += BLOCK_WEIGHTS, block++) {                                  \
            vf w[BLOCK_WEIGHTS / VL];                                                              \
            DECODE(block, w);                                                                      \
            for (int j = 0; j < BLOCK_WEIGHTS / VL; j++) {                                         \
                vf_store(out + i + j * VL, w[j]);                                                  \
            }                                                                                      \
        }                                                                                          \
    }

DECODE_PLAIN(decode_row_f32, float, vf_load, vf_load_some)
DECODE_PLAIN(decode_row_f16, uint16_t, vf_load_f16, vf_load_f16_some)
DECODE_PLAIN(decode_row_bf16, uint16_t, vf_load_bf16, vf_load_bf16_some)
DECODE_BLOCKS(decode_row_q8_0, q8_0_block, decode_q8_0)
DECODE_BLOCKS(decode_row_q4_0, q4_0_block, decode_q4_0)
DECODE_BLOCKS(decode_row_q4_1, q4_1_block, decode_q4_1)

static const decode_row_fn decode_row_fns[QUIRE_TYPES] = {
    [QUIRE_F32] = decode_row_f32,   [QUIRE_F16] = decode_row_f16,   [QUIRE_BF16] = decode_row_bf16,
    [QUIRE_Q8_0] = decode_row_q8_0, [QUIRE_Q4_0] = decode_row_q4_0, [QUIRE_Q4_1] = decode_row_q4_1,
};

/* Exactly width floats: what a lane would hold past the end goes through a spill buffer. */
static void decode_row(float *out, const void *row, int dtype, int width) {
    int whole = width / BLOCK_WEIGHTS * BLOCK_WEIGHTS;
    decode_row_fns[dtype](out, row, 0, whole);
    if (whole < width) {
        float rest[BLOCK_WEIGHTS];
        decode_row_fns[dtype](rest, row, whole, width - whole);
        memcpy(out + whole, rest, (size_t)(width - whole) * sizeof(float));
    }
}
