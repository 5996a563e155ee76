/* 16 lanes of AVX-512 F, BW, VL, DQ. */
#include <immintrin.h>

#define VL 16
#define TILE_ROWS 6
#define DIRECT_ROWS 4
#define VALUE_ROWS 4

typedef __m512 vf;
typedef __m128 v4;

typedef struct {
    v4 r0, r1, r2, r3;
} v4x4;

static inline __mmask16 vf_mask(int n) {
    return (__mmask16)((1u << n) - 1);
}

static inline vf vf_zero(void) {
    return _mm512_setzero_ps();
}

static inline vf vf_set1(float x) {
    return _mm512_set1_ps(x);
}

static inline vf vf_load(const float *p) {
    return _mm512_loadu_ps(p);
}

static inline vf vf_load_some(const float *p, int n) {
    return _mm512_maskz_loadu_ps(vf_mask(n), p);
}

static inline void vf_store(float *p, vf v) {
    _mm512_storeu_ps(p, v);
}

static inline void vf_store_some(float *p, vf v, int n) {
    _mm512_mask_storeu_ps(p, vf_mask(n), v);
}

static inline vf vf_add(vf a, vf b) {
    return _mm512_add_ps(a, b);
}

static inline vf vf_sub(vf a, vf b) {
    return _mm512_sub_ps(a, b);
}

static inline vf vf_mul(vf a, vf b) {
    return _mm512_mul_ps(a, b);
}

static inline vf vf_div(vf a, vf b) {
    return _mm512_div_ps(a, b);
}

static inline vf vf_fma(vf a, vf b, vf c) {
    return _mm512_fmadd_ps(a, b, c);
}

/* b where either is NaN. */
static inline vf vf_max(vf a, vf b) {
    return _mm512_max_ps(a, b);
}

static inline vf vf_min(vf a, vf b) {
    return _mm512_min_ps(a, b);
}

static inline vf vf_round(vf a) {
    return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* a * 2^n, rounded once. */
static inline vf vf_scale(vf a, vf n) {
    return _mm512_scalef_ps(a, n);
}

/* A bit for each lane of a that equals b. */
static inline unsigned vf_equal(vf a, vf b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_EQ_OQ);
}

static inline vf vf_from_f16(__m256i v) {
    return _mm512_cvtph_ps(v);
}

static inline vf vf_from_bf16(__m256i v) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16));
}

static inline vf vf_load_f16(const uint16_t *p) {
    return vf_from_f16(_mm256_loadu_si256((const __m256i *)p));
}

static inline vf vf_load_f16_some(const uint16_t *p, int n) {
    return vf_from_f16(_mm256_maskz_loadu_epi16(vf_mask(n), p));
}

static inline vf vf_load_bf16(const uint16_t *p) {
    return vf_from_bf16(_mm256_loadu_si256((const __m256i *)p));
}

static inline vf vf_load_bf16_some(const uint16_t *p, int n) {
    return vf_from_bf16(_mm256_maskz_loadu_epi16(vf_mask(n), p));
}

static inline void vf_store_f16_some(uint16_t *p, vf v, int n) {
    _mm256_mask_storeu_epi16(p, vf_mask(n), _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT));
}

/* Nearest even; a NaN keeps its sign and becomes quiet. */
static inline void vf_store_bf16_some(uint16_t *p, vf v, int n) {
    __m512i bits = _mm512_castps_si512(v);
    __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    __m512i quiet = _mm512_or_si512(bits, _mm512_set1_epi32(0x400000));
    __mmask16 nan = _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    rounded = _mm512_mask_mov_epi32(rounded, nan, quiet);
    _mm256_mask_storeu_epi16(p, vf_mask(n), _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
}

/* In each group of four lanes: the sums of a, b, c and d over the group. */
static inline vf lane_sums(vf a, vf b, vf c, vf d) {
    vf ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    vf cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
    return _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xee));
}

/* Sums of each argument's groups. */
static inline v4x4 cross_sums(vf a, vf b, vf c, vf d) {
    vf ab = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xee));
    vf cd = _mm512_add_ps(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xee));
    vf all = _mm512_add_ps(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xdd));
    return (v4x4){_mm512_castps512_ps128(all), _mm512_extractf32x4_ps(all, 1),
                  _mm512_extractf32x4_ps(all, 2), _mm512_extractf32x4_ps(all, 3)};
}

static inline float vf_first(vf a) {
    return _mm512_cvtss_f32(a);
}

static inline float vf_sum(vf a) {
    vf s = lane_sums(a, a, a, a);
    return _mm_cvtss_f32(cross_sums(s, s, s, s).r0);
}

static inline float vf_greatest(vf a) {
    return _mm512_reduce_max_ps(a);
}

static inline v4 v4_load(const float *p) {
    return _mm_loadu_ps(p);
}

static inline v4 v4_add(v4 a, v4 b) {
    return _mm_add_ps(a, b);
}

static inline void v4_store(float *p, v4 v) {
    _mm_storeu_ps(p, v);
}

/* The 32 values of a block of 4-bit numbers: a 16-entry table indexed by nibbles. */
static inline void nibble_values(vf table, const uint8_t *nibbles, vf w[2]) {
    __m512i index = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)nibbles));
    w[0] = _mm512_permutexvar_ps(index, table);
    w[1] = _mm512_permutexvar_ps(_mm512_srli_epi32(index, 4), table);
}

static inline vf ramp(float first) {
    vf zero = _mm512_setr_ps(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    return _mm512_add_ps(zero, _mm512_set1_ps(first));
}

static inline void decode_q4_0(const q4_0_block *block, vf w[BLOCK_WEIGHTS / VL]) {
    vf d = vf_set1(half_value(block->scale));
    nibble_values(vf_mul(d, ramp(-8)), block->nibbles, w);
}

static inline void decode_q4_1(const q4_1_block *block, vf w[BLOCK_WEIGHTS / VL]) {
    vf d = vf_set1(half_value(block->scale));
    vf m = vf_set1(half_value(block->offset));
    nibble_values(vf_fma(d, ramp(0), m), block->nibbles, w);
}

static inline void decode_q8_0(const q8_0_block *block, vf w[BLOCK_WEIGHTS / VL]) {
    vf d = vf_set1(half_value(block->scale));
    const __m128i *q = (const __m128i *)block->numbers;
    w[0] = vf_mul(d, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(q))));
    w[1] = vf_mul(d, _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(q + 1))));
}
