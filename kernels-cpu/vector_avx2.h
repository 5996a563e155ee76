/* 8 lanes of AVX2 with FMA and F16C. */
#include <immintrin.h>
#include <string.h>

#define VL 8
#define TILE_ROWS 3
#define DIRECT_ROWS 2
#define VALUE_ROWS 2

typedef __m256 vf;
typedef __m128 v4;

typedef struct {
    v4 r0, r1, r2, r3;
} v4x4;

static inline __m256i vf_mask(int n) {
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(n), lane);
}

static inline vf vf_zero(void) {
    return _mm256_setzero_ps();
}

static inline vf vf_set1(float x) {
    return _mm256_set1_ps(x);
}

static inline vf vf_load(const float *p) {
    return _mm256_loadu_ps(p);
}

static inline vf vf_load_some(const float *p, int n) {
    return _mm256_maskload_ps(p, vf_mask(n));
}

static inline void vf_store(float *p, vf v) {
    _mm256_storeu_ps(p, v);
}

static inline void vf_store_some(float *p, vf v, int n) {
    _mm256_maskstore_ps(p, vf_mask(n), v);
}

static inline vf vf_add(vf a, vf b) {
    return _mm256_add_ps(a, b);
}

static inline vf vf_sub(vf a, vf b) {
    return _mm256_sub_ps(a, b);
}

static inline vf vf_mul(vf a, vf b) {
    return _mm256_mul_ps(a, b);
}

static inline vf vf_div(vf a, vf b) {
    return _mm256_div_ps(a, b);
}

static inline vf vf_fma(vf a, vf b, vf c) {
    return _mm256_fmadd_ps(a, b, c);
}

/* b where either is NaN. */
static inline vf vf_max(vf a, vf b) {
    return _mm256_max_ps(a, b);
}

static inline vf vf_min(vf a, vf b) {
    return _mm256_min_ps(a, b);
}

static inline vf vf_round(vf a) {
    return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* 2^n for whole n in the range of normal numbers. */
static inline vf power_of_two(__m256i n) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(n, _mm256_set1_epi32(127)), 23));
}

/* a * 2^n, in two steps so that the power itself neither overflows nor underflows. */
static inline vf vf_scale(vf a, vf n) {
    __m256i whole = _mm256_cvtps_epi32(n);
    __m256i half = _mm256_srai_epi32(whole, 1);
    vf scaled = _mm256_mul_ps(a, power_of_two(half));
    return _mm256_mul_ps(scaled, power_of_two(_mm256_sub_epi32(whole, half)));
}

/* A bit for each lane of a that equals b. */
static inline unsigned vf_equal(vf a, vf b) {
    return (unsigned)_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_EQ_OQ));
}

static inline vf vf_load_f16(const uint16_t *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}

static inline vf vf_load_bf16(const uint16_t *p) {
    __m128i v = _mm_loadu_si128((const __m128i *)p);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(v), 16));
}

static inline vf vf_load_f16_some(const uint16_t *p, int n) {
    uint16_t some[VL] = {0};
    memcpy(some, p, (size_t)n * 2);
    return vf_load_f16(some);
}

static inline vf vf_load_bf16_some(const uint16_t *p, int n) {
    uint16_t some[VL] = {0};
    memcpy(some, p, (size_t)n * 2);
    return vf_load_bf16(some);
}

static inline void store_u16_some(uint16_t *p, __m128i v, int n) {
    uint16_t some[VL];
    _mm_storeu_si128((__m128i *)some, v);
    memcpy(p, some, (size_t)n * 2);
}

static inline void vf_store_f16_some(uint16_t *p, vf v, int n) {
    store_u16_some(p, _mm256_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT), n);
}

/* Nearest even; a NaN keeps its sign and becomes quiet. */
static inline void vf_store_bf16_some(uint16_t *p, vf v, int n) {
    __m256i bits = _mm256_castps_si256(v);
    __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    __m256i rounded = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    __m256i quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x400000));
    __m256i nan = _mm256_castps_si256(_mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    __m256i high = _mm256_srli_epi32(_mm256_blendv_epi8(rounded, quiet, nan), 16);
    __m128i low_half = _mm256_castsi256_si128(high);
    store_u16_some(p, _mm_packus_epi32(low_half, _mm256_extracti128_si256(high, 1)), n);
}

/* In each group of four lanes: the sums of a, b, c and d over the group. */
static inline vf lane_sums(vf a, vf b, vf c, vf d) {
    vf ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
    vf cd = _mm256_add_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
    return _mm256_add_ps(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));
}

static inline v4 halves_sum(vf a) {
    return _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
}

/* Sums of each argument's groups. */
static inline v4x4 cross_sums(vf a, vf b, vf c, vf d) {
    return (v4x4){halves_sum(a), halves_sum(b), halves_sum(c), halves_sum(d)};
}

static inline float vf_first(vf a) {
    return _mm256_cvtss_f32(a);
}

static inline float vf_sum(vf a) {
    return _mm_cvtss_f32(halves_sum(lane_sums(a, a, a, a)));
}

static inline float vf_greatest(vf a) {
    __m128 m = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    m = _mm_max_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
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

static inline vf from_bytes(__m128i bytes) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}

/* The 32 numbers of 4 bits as floats: low nibbles, then high nibbles. */
static inline void nibble_numbers(const uint8_t *nibbles, vf q[4]) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)nibbles);
    __m128i low = _mm_and_si128(bytes, _mm_set1_epi8(15));
    __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), _mm_set1_epi8(15));
    q[0] = from_bytes(low);
    q[1] = from_bytes(_mm_unpackhi_epi64(low, low));
    q[2] = from_bytes(high);
    q[3] = from_bytes(_mm_unpackhi_epi64(high, high));
}

static inline void decode_q4_0(const q4_0_block *block, vf w[BLOCK_WEIGHTS / VL]) {
    vf d = vf_set1(half_value(block->scale));
    nibble_numbers(block->nibbles, w);
    for (int i = 0; i < 4; i++) {
        w[i] = vf_mul(d, vf_sub(w[i], vf_set1(8)));
    }
}

static inline void decode_q4_1(const q4_1_block *block, vf w[BLOCK_WEIGHTS / VL]) {
    vf d = vf_set1(half_value(block->scale));
    vf m = vf_set1(half_value(block->offset));
    nibble_numbers(block->nibbles, w);
    for (int i = 0; i < 4; i++) {
        w[i] = vf_fma(d, w[i], m);
    }
}

static inline void decode_q8_0(const q8_0_block *block, vf w[BLOCK_WEIGHTS / VL]) {
    vf d = vf_set1(half_value(block->scale));
    for (int i = 0; i < 4; i++) {
        w[i] = vf_mul(d, from_bytes(_mm_loadl_epi64((const __m128i *)(block->numbers + 8 * i))));
    }
}
