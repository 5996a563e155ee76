/*
 * 4 lanes of the compiler's own vectors: any 64-bit machine. A product is rounded before it is
 * added, as not every machine has a fused instruction.
 */
#include <math.h>
#include <string.h>

#define VL 4
#define TILE_ROWS 2
#define VALUE_ROWS 2

typedef float vf __attribute__((vector_size(16)));
typedef int32_t vi __attribute__((vector_size(16)));
typedef vf v4;

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

/* IEEE 754 binary16: moved to binary32's place, the exponent is 112 too small. */
static inline float half_value(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    uint32_t rest = (uint32_t)(h & 0x7fff) << 13;
    if (rest >= 0x7c00u << 13) {
        return from_bits(sign | 0x70000000u | rest);
    }
    float magnitude = from_bits(rest) * 0x1p112f;
    return from_bits(sign | to_bits(magnitude));
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

static inline vf vf_load_bf16_some(const uint16_t *p, int n) {
    vf v = vf_zero();
    for (int i = 0; i < n; i++) {
        v[i] = from_bits((uint32_t)load_u16(p + i) << 16);
    }
    return v;
}

static inline vf vf_load_f16(const uint16_t *p) {
    return vf_load_f16_some(p, VL);
}

static inline vf vf_load_bf16(const uint16_t *p) {
    return vf_load_bf16_some(p, VL);
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

/* Sums of four vectors, in one pairing whatever stands beside them. */
static inline v4 vf_sums4(vf a, vf b, vf c, vf d) {
    return (v4){(a[0] + a[2]) + (a[1] + a[3]), (b[0] + b[2]) + (b[1] + b[3]),
                (c[0] + c[2]) + (c[1] + c[3]), (d[0] + d[2]) + (d[1] + d[3])};
}

static inline float vf_sum(vf a) {
    return (a[0] + a[2]) + (a[1] + a[3]);
}

static inline float vf_greatest(vf a) {
    return fmaxf(fmaxf(a[0], a[1]), fmaxf(a[2], a[3]));
}

/* sums[m][n] = sum of acc[m][n]. */
static inline __attribute__((always_inline)) void tile_sums(const int rows, vf acc[][4], v4 *sums) {
    for (int m = 0; m < rows; m++) {
        sums[m] = vf_sums4(acc[m][0], acc[m][1], acc[m][2], acc[m][3]);
    }
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

/* q[i] are the low nibbles of bytes 4i to 4i + 3, q[4 + i] the high ones. */
static inline void nibble_numbers(const uint8_t *nibbles, vf q[8]) {
    for (int i = 0; i < 4; i++) {
        for (int lane = 0; lane < 4; lane++) {
            q[i][lane] = (float)(nibbles[4 * i + lane] & 15);
            q[4 + i][lane] = (float)(nibbles[4 * i + lane] >> 4);
        }
    }
}

static inline void decode_q4_0(const uint8_t *block, vf w[32 / VL]) {
    vf d = vf_set1(half_value(load_u16(block)));
    nibble_numbers(block + 2, w);
    for (int i = 0; i < 8; i++) {
        w[i] = d * (w[i] - 8);
    }
}

static inline void decode_q4_1(const uint8_t *block, vf w[32 / VL]) {
    vf d = vf_set1(half_value(load_u16(block)));
    vf m = vf_set1(half_value(load_u16(block + 2)));
    nibble_numbers(block + 4, w);
    for (int i = 0; i < 8; i++) {
        w[i] = d * w[i] + m;
    }
}

static inline void decode_q8_0(const uint8_t *block, vf w[32 / VL]) {
    vf d = vf_set1(half_value(load_u16(block)));
    const int8_t *q = (const int8_t *)(block + 2);
    for (int i = 0; i < 8; i++) {
        w[i] = d * (vf){q[4 * i], q[4 * i + 1], q[4 * i + 2], q[4 * i + 3]};
    }
}
