/*
 * 4 lanes of the compiler's own vectors: any 64-bit machine. A product is rounded before it is
 * added, as not every machine has a fused instruction.
 */
#include <math.h>
#include <string.h>

#define VL 4
#define TILE_ROWS 2
#define DIRECT_ROWS 2
#define VALUE_ROWS 2

typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
typedef uint8_t u8x16 __attribute__((vector_size(16)));
typedef uint16_t u16x8 __attribute__((vector_size(16)));
typedef uint64_t u64x2 __attribute__((vector_size(16)));
typedef vf v4;

typedef struct {
    v4 r0, r1, r2, r3;
} v4x4;

static inline vf vf_set1(float x) {
    return (vf){x, x, x, x};
}

static inline vf vf_zero(void) {
    return vf_set1(0);
}

static inline vf vf_load(const float *p) {
    vf v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline vf vf_load_some(const float *p, int n) {
    vf v = vf_zero();
    memcpy(&v, p, (size_t)n * sizeof(float));
    return v;
}

static inline void vf_store(float *p, vf v) {
    memcpy(p, &v, sizeof v);
}

static inline void vf_store_some(float *p, vf v, int n) {
    memcpy(p, &v, (size_t)n * sizeof(float));
}

static inline vf vf_add(vf a, vf b) {
    return a + b;
}

static inline vf vf_sub(vf a, vf b) {
    return a - b;
}

static inline vf vf_mul(vf a, vf b) {
    return a * b;
}

static inline vf vf_div(vf a, vf b) {
    return a / b;
}

static inline vf vf_fma(vf a, vf b, vf c) {
    return a * b + c;
}

static inline vf select(vi mask, vf a, vf b) {
    return (vf)((mask & (vi)a) | (~mask & (vi)b));
}

/* b where either is NaN. */
static inline vf vf_max(vf a, vf b) {
    return select(a > b, a, b);
}

static inline vf vf_min(vf a, vf b) {
    return select(a < b, a, b);
}

/* Adding and taking away 1.5 * 2^23 leaves the nearest whole number, for |a| below 2^22. */
static inline vf vf_round(vf a) {
    vf big = vf_set1(12582912.0f);
    return (a + big) - big;
}

/* 2^n for whole n in the range of normal numbers. */
static inline vf power_of_two(vi n) {
    return (vf)((n + 127) << 23);
}

/* a * 2^n, in two steps so that the power itself neither overflows nor underflows. */
static inline vf vf_scale(vf a, vf n) {
    vi whole;
    for (int i = 0; i < VL; i++) {
        whole[i] = n[i] == n[i] ? (int32_t)n[i] : 0;
    }
    vi half = whole >> 1;
    return a * power_of_two(half) * power_of_two(whole - half);
}

/* A bit for each lane of a that equals b. */
static inline unsigned vf_equal(vf a, vf b) {
    unsigned bits = 0;
    for (int i = 0; i < VL; i++) {
        bits |= (unsigned)(a[i] == b[i]) << i;
    }
    return bits;
}

static inline uint16_t load_u16(const void *p) {
    uint16_t v;
    memcpy(&v, p, 2);
    return v;
}

static inline float from_bits(uint32_t bits) {
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static inline uint32_t to_bits(float f) {
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return bits;
}

/* Nearest even, by letting the float unit round at binary16's last place. */
static inline uint16_t half_bits(float f) {
    uint16_t sign = (uint16_t)(to_bits(f) >> 16 & 0x8000);
    uint32_t bits = to_bits(f) & 0x7fffffff;
    if (bits > 0x7f800000u) {
        return (uint16_t)(sign | 0x7e00 | (bits >> 13 & 0x1ff));
    }
    if (bits >= 0x477ff000u) {
        return (uint16_t)(sign | 0x7c00);
    }
    if (bits < 0x38800000u) {
        /* Below 2^-14 the last place is 2^-24, which is that of 0.5 in binary32. */
        return (uint16_t)(sign | (to_bits(from_bits(bits) + 0.5f) - to_bits(0.5f)));
    }
    uint32_t rounded = bits + 0xfff + (bits >> 13 & 1);
    return (uint16_t)(sign | ((rounded - (112u << 23)) >> 13));
}

static inline uint16_t bfloat_bits(float f) {
    uint32_t bits = to_bits(f);
    if (f != f) {
        return (uint16_t)((bits | 0x400000) >> 16);
    }
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static inline vf vf_load_f16_some(const uint16_t *p, int n) {
    vf v = vf_zero();
    for (int i = 0; i < n; i++) {
        v[i] = half_value(load_u16(p + i));
    }
    return v;
}

/* The number in bits 16 to 31 of each lane, zeros below. */
static inline vf from_bf16(uint64_t four) {
    u16x8 zero = {0}, v = (u16x8)(u64x2){four, 0};
    return (vf)__builtin_shufflevector(zero, v, 0, 8, 1, 9, 2, 10, 3, 11);
}

static inline vf vf_load_bf16_some(const uint16_t *p, int n) {
    uint64_t four = 0;
    memcpy(&four, p, (size_t)n * sizeof(uint16_t));
    return from_bf16(four);
}

static inline vf vf_load_bf16(const uint16_t *p) {
    uint64_t four;
    memcpy(&four, p, sizeof four);
    return from_bf16(four);
}

static inline vf vf_load_f16(const uint16_t *p) {
    return vf_load_f16_some(p, VL);
}

static inline void vf_store_f16_some(uint16_t *p, vf v, int n) {
    for (int i = 0; i < n; i++) {
        p[i] = half_bits(v[i]);
    }
}

static inline void vf_store_bf16_some(uint16_t *p, vf v, int n) {
    for (int i = 0; i < n; i++) {
        p[i] = bfloat_bits(v[i]);
    }
}

/* The sums of a, b, c and d. */
static inline vf lane_sums(vf a, vf b, vf c, vf d) {
    return (vf){(a[0] + a[2]) + (a[1] + a[3]), (b[0] + b[2]) + (b[1] + b[3]),
                (c[0] + c[2]) + (c[1] + c[3]), (d[0] + d[2]) + (d[1] + d[3])};
}

static inline v4x4 cross_sums(vf a, vf b, vf c, vf d) {
    return (v4x4){a, b, c, d};
}

static inline float vf_first(vf a) {
    return a[0];
}

static inline float vf_sum(vf a) {
    return (a[0] + a[2]) + (a[1] + a[3]);
}

static inline float vf_greatest(vf a) {
    return fmaxf(fmaxf(a[0], a[1]), fmaxf(a[2], a[3]));
}

static inline v4 v4_load(const float *p) {
    return vf_load(p);
}

static inline v4 v4_add(v4 a, v4 b) {
    return a + b;
}

static inline void v4_store(float *p, v4 v) {
    vf_store(p, v);
}

/* The 16 numbers of a vector of unsigned bytes as floats. Bytes are widened by laying zeros between
 * them, which every machine has an instruction for; compilers convert them one by one. */
static inline void from_bytes(u8x16 bytes, vf q[4]) {
    u8x16 none = {0};
    u16x8 zero = {0};
    u16x8 low = (u16x8)__builtin_shufflevector(bytes, none, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5,
                                               21, 6, 22, 7, 23);
    u16x8 high = (u16x8)__builtin_shufflevector(bytes, none, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
                                                13, 29, 14, 30, 15, 31);
    q[0] = __builtin_convertvector((vi)__builtin_shufflevector(low, zero, 0, 8, 1, 9, 2, 10, 3, 11),
                                   vf);
    q[1] = __builtin_convertvector(
        (vi)__builtin_shufflevector(low, zero, 4, 12, 5, 13, 6, 14, 7, 15), vf);
    q[2] = __builtin_convertvector(
        (vi)__builtin_shufflevector(high, zero, 0, 8, 1, 9, 2, 10, 3, 11), vf);
    q[3] = __builtin_convertvector(
        (vi)__builtin_shufflevector(high, zero, 4, 12, 5, 13, 6, 14, 7, 15), vf);
}

static inline u8x16 load_bytes(const void *p) {
    u8x16 v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The 32 numbers of 4 bits as floats: low nibbles, then high nibbles. */
static inline void nibble_numbers(const uint8_t *nibbles, vf q[8]) {
    u8x16 bytes = load_bytes(nibbles);
    from_bytes(bytes & 15, q);
    from_bytes(bytes >> 4, q + 4);
}

static inline void decode_q4_0(const q4_0_block *block, vf w[BLOCK_WEIGHTS / VL]) {
    vf d = vf_set1(half_value(block->scale));
    nibble_numbers(block->nibbles, w);
    for (int i = 0; i < 8; i++) {
        w[i] = d * (w[i] - 8);
    }
}

static inline void decode_q4_1(const q4_1_block *block, vf w[BLOCK_WEIGHTS / VL]) {
    vf d = vf_set1(half_value(block->scale));
    vf m = vf_set1(half_value(block->offset));
    nibble_numbers(block->nibbles, w);
    for (int i = 0; i < 8; i++) {
        w[i] = d * w[i] + m;
    }
}

static inline void decode_q8_0(const q8_0_block *block, vf w[BLOCK_WEIGHTS / VL]) {
    vf d = vf_set1(half_value(block->scale));
    /* Turning the sign bit adds 128, which is then taken away exactly. */
    from_bytes(load_bytes(block->numbers) ^ 128, w);
    from_bytes(load_bytes(block->numbers + 16) ^ 128, w + 4);
    for (int i = 0; i < 8; i++) {
        w[i] = d * (w[i] - 128);
    }
}
