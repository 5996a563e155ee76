/*
 * Linear layers on AMX, for weights whose stored numbers bfloat16 holds exactly: BF16 itself, and
 * the small integers of Q4_0, Q4_1 and Q8_0. Activations stay float32: each is the sum of three
 * bfloat16 numbers (8 bits of significand each, 24 together), so that three tile products give the
 * float32 product, rounded to float32 as it accumulates.
 *
 * A tile of weights is 16 outputs by 32 inputs, as stored; a tile of activations 32 inputs by 16
 * rows, in pairs of inputs; a tile of sums 16 outputs by 16 rows. An output's sum takes blocks of
 * 32 inputs in ascending order, in each block the high, middle and low parts of the activations; a
 * quantised block's sum is then scaled and added in float32. Nothing of that depends on the other
 * rows and outputs of a call, so a row's bits are its own. After Intel's Architecture Instruction
 * Set Extensions Programming Reference, chapter AMX; TDPBF16PS takes denormals for zero.
 */
#ifndef QUIRE_AMX_TILES_H
#define QUIRE_AMX_TILES_H

#include <immintrin.h>
#include <string.h>

#include "kernels.h"

#define TILE 16             /* outputs and rows of a tile */
#define BLOCK BLOCK_WEIGHTS /* inputs of a tile */
#define SPLITS 3            /* bfloat16 numbers that make up a float32 */
#define TILE_NUMBERS (TILE * BLOCK)
#define TILE_SUMS (TILE * TILE)

/* Compilers do not know that a tile load reads memory, and would keep stores for after it. */
#define STORES_BEFORE_TILES() __asm__ volatile("" ::: "memory")

typedef uint16_t bf16;

typedef struct __attribute__((packed)) {
    uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t column_bytes[16];
    uint8_t rows[16];
} tile_config;

/* Tiles 0 to 3 hold sums, from 4 on weights, the rest activations of so many rows. */
static inline void configure_tiles(int columns, int weight_tiles) {
    tile_config config = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        int weights = i >= 4 && i < 4 + weight_tiles;
        config.rows[i] = TILE;
        config.column_bytes[i] = (uint16_t)(weights ? BLOCK * 2 : columns * 4);
    }
    __asm__ volatile("" : : "r"(&config) : "memory");
    _tile_loadconfig(&config);
}

static inline __m512 bf16_lanes(__m256bh v) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32((__m256i)v), 16));
}

/* The three bfloat16 numbers of 32 activations, each number's 32 in order. */
static inline void split_block(const float *x, __m512i part[SPLITS]) {
    __m512 a = _mm512_loadu_ps(x), b = _mm512_loadu_ps(x + 16);
    for (int s = 0; s < SPLITS; s++) {
        __m256bh high_a = _mm512_cvtneps_pbh(a), high_b = _mm512_cvtneps_pbh(b);
        part[s] = _mm512_inserti64x4(_mm512_castsi256_si512((__m256i)high_a), (__m256i)high_b, 1);
        a = _mm512_sub_ps(a, bf16_lanes(high_a));
        b = _mm512_sub_ps(b, bf16_lanes(high_b));
    }
}

static inline float block_sum(const float *x) {
    __m512 v = _mm512_add_ps(_mm512_loadu_ps(x), _mm512_loadu_ps(x + 16));
    __m256 w = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    __m128 q = _mm_add_ps(_mm256_castps256_ps128(w), _mm256_extractf128_ps(w, 1));
    q = _mm_add_ps(q, _mm_movehl_ps(q, q));
    return _mm_cvtss_f32(_mm_add_ss(q, _mm_movehdup_ps(q)));
}

/* 16 by 16 numbers of 32 bits: row i becomes column i. */
static inline void transpose_tile(__m512i r[TILE]) {
    __m512i t[TILE];
    for (int i = 0; i < TILE; i += 2) {
        t[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < TILE; i += 4) {
        r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0x88);
        t[i + 4] = _mm512_shuffle_i32x4(r[i], r[i + 4], 0xdd);
        t[i + 8] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0x88);
        t[i + 12] = _mm512_shuffle_i32x4(r[i + 8], r[i + 12], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0x88);
        r[i + 8] = _mm512_shuffle_i32x4(t[i], t[i + 8], 0xdd);
        r[i + 4] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0x88);
        r[i + 12] = _mm512_shuffle_i32x4(t[i + 4], t[i + 12], 0xdd);
    }
}

/* The integers from first on as bfloat16, twice: the look-up sees five bits of an index. */
static inline __m512i nibble_table(int first) {
    float numbers[16];
    for (int i = 0; i < 16; i++) {
        numbers[i] = (float)(first + i);
    }
    __m256i table = (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(numbers));
    return _mm512_inserti64x4(_mm512_castsi256_si512(table), table, 1);
}

/* A block of nibbles: the low ones first, then the high ones. */
static inline __m512i nibble_numbers(const uint8_t *p, __m512i table) {
    const __m512i shifts = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(4), 1);
    __m256i bytes = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)p));
    return _mm512_permutexvar_epi16(_mm512_srlv_epi16(_mm512_cvtepu8_epi16(bytes), shifts), table);
}

static inline __m512i byte_numbers(const int8_t *p) {
    __m128i low = _mm_loadu_si128((const __m128i *)p);
    __m128i high = _mm_loadu_si128((const __m128i *)(p + 16));
    return (__m512i)_mm512_cvtne2ps_pbh(_mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(high)),
                                        _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(low)));
}

/* Rows of a tile of outputs; past the end the last row stands in, what it gives is not written. */
typedef struct {
    const uint8_t *first;
    __m512i offsets; /* of the rows, in bytes, as a gather wants them */
    int64_t row[TILE];
} output_rows;

static inline output_rows output_rows_of(const quire_part *part, int first) {
    output_rows rows = {.first = (const uint8_t *)part->weight + first * part->row_bytes};
    int32_t offsets[TILE];
    for (int n = 0; n < TILE; n++) {
        rows.row[n] = (min_int(first + n, part->rows - 1) - first) * part->row_bytes;
        offsets[n] = (int32_t)rows.row[n];
    }
    rows.offsets = _mm512_loadu_si512(offsets);
    return rows;
}

/* The float16 numbers that lie so many bits into the first 32 of each row's block. */
static inline void store_halves(float *to, __m512i heads, int shift) {
    __m256i halves = _mm512_cvtepi32_epi16(_mm512_srli_epi32(heads, (unsigned)shift));
    _mm512_storeu_ps(to, _mm512_cvtph_ps(halves));
}

/* Every block begins with its scale, which an offset follows: one gather reads both. */
_Static_assert(offsetof(q4_0_block, scale) == 0 && offsetof(q8_0_block, scale) == 0
                   && offsetof(q4_1_block, scale) == 0 && offsetof(q4_1_block, offset) == 2,
               "store_halves");

/* One tile of weights with the factors of its blocks, [16] each; BF16 has none. */
static inline void decode_tile(int dtype, const output_rows *rows, int block, __m512i table,
                               bf16 *numbers, float *scales, float *offsets) {
    const uint8_t *p = rows->first;
    switch (dtype) {
    case QUIRE_Q4_0:
        p += (int64_t)block * (int64_t)sizeof(q4_0_block);
        for (int n = 0; n < TILE; n++) {
            const q4_0_block *of_row = (const q4_0_block *)(p + rows->row[n]);
            _mm512_storeu_si512(numbers + n * BLOCK, nibble_numbers(of_row->nibbles, table));
        }
        store_halves(scales, _mm512_i32gather_epi32(rows->offsets, p, 1), 0);
        break;
    case QUIRE_Q4_1: {
        p += (int64_t)block * (int64_t)sizeof(q4_1_block);
        for (int n = 0; n < TILE; n++) {
            const q4_1_block *of_row = (const q4_1_block *)(p + rows->row[n]);
            _mm512_storeu_si512(numbers + n * BLOCK, nibble_numbers(of_row->nibbles, table));
        }
        __m512i heads = _mm512_i32gather_epi32(rows->offsets, p, 1);
        store_halves(scales, heads, 0);
        store_halves(offsets, heads, 16);
        break;
    }
    case QUIRE_Q8_0:
        p += (int64_t)block * (int64_t)sizeof(q8_0_block);
        for (int n = 0; n < TILE; n++) {
            const q8_0_block *of_row = (const q8_0_block *)(p + rows->row[n]);
            _mm512_storeu_si512(numbers + n * BLOCK, byte_numbers(of_row->numbers));
        }
        store_halves(scales, _mm512_i32gather_epi32(rows->offsets, p, 1), 0);
        break;
    default:
        p += (int64_t)block * BLOCK * (int64_t)sizeof(bf16);
        for (int n = 0; n < TILE; n++) {
            _mm512_storeu_si512(numbers + n * BLOCK, _mm512_loadu_si512(p + rows->row[n]));
        }
    }
}

/* What decode_tile looks nibbles up in. */
static inline __m512i table_of(int dtype) {
    return nibble_table(dtype == QUIRE_Q4_0 ? -8 : 0);
}

/* sums += products * scales + activations * offsets for a tile [16 outputs][16 rows]. */
static inline void add_block(float *sums, const float *products, const float *scales,
                             const float *offsets, const float *activations, int has_offsets) {
    __m512 a = _mm512_loadu_ps(activations);
    for (int n = 0; n < TILE; n++) {
        __m512 v = _mm512_fmadd_ps(_mm512_loadu_ps(products + n * TILE), _mm512_set1_ps(scales[n]),
                                   _mm512_loadu_ps(sums + n * TILE));
        if (has_offsets) {
            v = _mm512_fmadd_ps(a, _mm512_set1_ps(offsets[n]), v);
        }
        _mm512_storeu_ps(sums + n * TILE, v);
    }
}

/* As add_block for one row, [16 outputs]. */
static inline void add_block_of_one(float *sums, const float *products, const float *scales,
                                    const float *offsets, float activations, int has_offsets) {
    __m512 v =
        _mm512_fmadd_ps(_mm512_loadu_ps(products), _mm512_loadu_ps(scales), _mm512_loadu_ps(sums));
    if (has_offsets) {
        v = _mm512_fmadd_ps(_mm512_set1_ps(activations), _mm512_loadu_ps(offsets), v);
    }
    _mm512_storeu_ps(sums, v);
}

#endif
