#include "sums.h"

#include <algorithm>
#include <cmath>
#include <immintrin.h>

namespace emu {
namespace {
// Four rows at a time, so that a row of b is loaded once for them.
void in_order(const float *a, const float *b, float *c, int k, int columns, int stride) {
    for (int row = 0; row < ROWS; row += 4) {
        for (int n = 0; n < columns; n += 8) {
            __m256 s[4];
            for (int r = 0; r < 4; r++) {
                s[r] = _mm256_loadu_ps(c + (row + r) * stride + n);
            }
            for (int j = 0; j < k; j++) {
                const __m256 v = _mm256_loadu_ps(b + j * stride + n);
                for (int r = 0; r < 4; r++) {
                    const __m256 x = _mm256_broadcast_ss(a + (row + r) * MOST_K + j);
                    s[r] = _mm256_fmadd_ps(x, v, s[r]);
                }
            }
            for (int r = 0; r < 4; r++) {
                _mm256_storeu_ps(c + (row + r) * stride + n, s[r]);
            }
        }
    }
}

void in_pairs(const float *a, const float *b, float *c, int k, int columns, int stride) {
    for (int row = 0; row < ROWS; row++) {
        const float *x = a + row * MOST_K;
        for (int n = 0; n < columns; n += 8) {
            __m256 s[MOST_K / 2];
            int left = k / 2;
            for (int j = 0; j < left; j++) {
                const __m256 first = _mm256_mul_ps(_mm256_broadcast_ss(x + 2 * j),
                                                   _mm256_loadu_ps(b + 2 * j * stride + n));
                s[j] = _mm256_fmadd_ps(_mm256_broadcast_ss(x + 2 * j + 1),
                                       _mm256_loadu_ps(b + (2 * j + 1) * stride + n), first);
            }
            for (; left > 1; left /= 2) {
                for (int j = 0; j < left / 2; j++) {
                    s[j] = _mm256_add_ps(s[2 * j], s[2 * j + 1]);
                }
            }
            float *d = c + row * stride + n;
            _mm256_storeu_ps(d, _mm256_add_ps(_mm256_loadu_ps(d), s[0]));
        }
    }
}

// A number as mantissa of 1 to 2, with its sign, and exponent; zero has an exponent that no product
// of two others reaches.
constexpr int OF_ZERO = -1000, EXTRA = 25; // 23 bits below the greatest's first, and two more
struct Parted {
    float mantissa;
    s32 exponent;
};
inline Parted part(float f) {
    u32 u = bits_of(f);
    if (!(u & 0x7fffffff)) {
        return {0, OF_ZERO};
    }
    if (!(u & 0x7f800000)) { // below the least normal number
        int e;
        float m = std::frexp(f, &e);
        return {2 * m, e - 1};
    }
    return {float_of((u & 0x807fffff) | 0x3f800000), s32(u >> 23 & 255) - 127};
}
// 2^e for an exponent that a double has.
inline double power(int e) {
    return double_of(u64(e + 1023) << 52);
}
inline float cut(double d) {
    float f = float(d);
    return std::fabs(double(f)) > std::fabs(d) ? float_of(bits_of(f) - 1) : f;
}

struct Aligned {
    float am[ROWS][MOST_K];
    s32 ae[ROWS][MOST_K];
    float bm[MOST_K][8];
    s32 be[MOST_K][8];

    void eight_columns(const float *b, float *c, int k, int stride) {
        for (int j = 0; j < k; j++) {
            for (int n = 0; n < 8; n++) {
                Parted p = part(b[j * stride + n]);
                bm[j][n] = p.mantissa;
                be[j][n] = p.exponent;
            }
        }
        for (int row = 0; row < ROWS; row++) {
            one_row(row, c + row * stride, k);
        }
    }

  private:
    void one_row(int row, float *c, int k) const {
        alignas(32) s32 greatest[8], first[8], second[8], exponents[8];
        alignas(32) float mantissas[8];
        for (int n = 0; n < 8; n++) {
            Parted p = part(c[n]);
            mantissas[n] = p.mantissa;
            exponents[n] = p.exponent;
        }
        const __m256i ce = _mm256_load_si256(reinterpret_cast<__m256i *>(exponents));
        __m256i g = ce;
        for (int j = 0; j < k; j++) {
            g = _mm256_max_epi32(g, exponent(row, j));
        }
        // No sum of 8 terms below 2^27 leaves 32 bits.
        const __m256i base = _mm256_sub_epi32(_mm256_set1_epi32(EXTRA), g);
        __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        s64 wide[8] = {};
        for (int j = 0; j < k; j++) {
            const __m256 product =
                _mm256_mul_ps(_mm256_broadcast_ss(&am[row][j]), _mm256_loadu_ps(bm[j]));
            sums[j & 1] = _mm256_add_epi32(sums[j & 1], placed(product, exponent(row, j), base));
            if (j % 16 == 15 || j == k - 1) {
                _mm256_store_si256(reinterpret_cast<__m256i *>(first), sums[0]);
                _mm256_store_si256(reinterpret_cast<__m256i *>(second), sums[1]);
                for (int n = 0; n < 8; n++) {
                    wide[n] += s64(first[n]) + second[n];
                }
                sums[0] = sums[1] = _mm256_setzero_si256();
            }
        }
        _mm256_store_si256(reinterpret_cast<__m256i *>(first),
                           placed(_mm256_load_ps(mantissas), ce, base));
        _mm256_store_si256(reinterpret_cast<__m256i *>(greatest), g);
        for (int n = 0; n < 8; n++) {
            bool zero = greatest[n] <= OF_ZERO / 2;
            c[n] = zero ? 0 : cut(double(wide[n] + first[n]) * power(greatest[n] - EXTRA));
        }
    }
    __m256i exponent(int row, int j) const {
        return _mm256_add_epi32(_mm256_set1_epi32(ae[row][j]),
                                _mm256_loadu_si256(reinterpret_cast<const __m256i *>(be[j])));
    }
    // The term in units of the last place that is kept, cut. Below 2^-3 nothing is left.
    static __m256i placed(__m256 mantissa, __m256i exponent, __m256i base) {
        __m256i e = _mm256_max_epi32(_mm256_add_epi32(exponent, base), _mm256_set1_epi32(-3));
        __m256i scale = _mm256_slli_epi32(_mm256_add_epi32(e, _mm256_set1_epi32(127)), 23);
        return _mm256_cvttps_epi32(_mm256_mul_ps(mantissa, _mm256_castsi256_ps(scale)));
    }
};

bool all_finite(const float *v, int rows, int columns, int stride) {
    for (int r = 0; r < rows; r++) {
        for (int n = 0; n < columns; n++) {
            if ((bits_of(v[r * stride + n]) & 0x7f800000) == 0x7f800000) {
                return false;
            }
        }
    }
    return true;
}

void as_the_card(const float *a, const float *b, float *c, int k, int columns, int stride) {
    if (!all_finite(a, ROWS, k, MOST_K) || !all_finite(b, k, columns, stride)
        || !all_finite(c, ROWS, columns, stride)) {
        in_order(a, b, c, k, columns, stride);
        return;
    }
    Aligned sums;
    for (int row = 0; row < ROWS; row++) {
        for (int j = 0; j < k; j++) {
            Parted p = part(a[row * MOST_K + j]);
            sums.am[row][j] = p.mantissa;
            sums.ae[row][j] = p.exponent;
        }
    }
    for (int n = 0; n < columns; n += 8) {
        sums.eight_columns(b + n, c + n, k, stride);
    }
}
} // namespace

void add_products(Sums model, const float *a, const float *b, float *c, int k, int columns,
                  int stride) {
    switch (model) {
    case Sums::InOrder: in_order(a, b, c, k, columns, stride); break;
    case Sums::Pairs: in_pairs(a, b, c, k, columns, stride); break;
    case Sums::Card: as_the_card(a, b, c, k, columns, stride); break;
    }
}

void add_products(Sums, const s32 *a, const s32 *b, s32 *c, int k, int columns, int stride) {
    for (int row = 0; row < ROWS; row++) {
        for (int n = 0; n < columns; n += 8) {
            u32 s[8];
            memcpy(s, c + row * stride + n, sizeof s);
            for (int j = 0; j < k; j++) {
                const u32 x = u32(a[row * MOST_K + j]);
                for (int q = 0; q < 8; q++) {
                    s[q] += x * u32(b[j * stride + n + q]);
                }
            }
            memcpy(c + row * stride + n, s, sizeof s);
        }
    }
}
} // namespace emu
