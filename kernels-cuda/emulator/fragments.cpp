#include "fragments.h"

#include <array>
#include <immintrin.h>

#include "fault.h"

namespace emu {
namespace {
constexpr int MOST = 32; // elements of a piece, of four bits each

int bits_of_kind(Kind k) {
    switch (k) {
    case S4:
    case U4: return 4;
    case S8:
    case U8:
    case E4M3:
    case E5M2: return 8;
    case F16:
    case BF16: return 16;
    default: return 32;
    }
}

const std::array<float, 256> &fp8(Kind kind) {
    static const auto tables = [] {
        std::array<std::array<float, 256>, 2> t;
        for (int v = 0; v < 256; v++) {
            t[0][size_t(v)] = from_e4m3(u8(v));
            t[1][size_t(v)] = from_e5m2(u8(v));
        }
        return t;
    }();
    return tables[kind == E5M2];
}

__m256 eight(Kind kind, const void *piece) {
    __m128i h = _mm_loadu_si128(static_cast<const __m128i *>(piece));
    return kind == BF16 ? _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(h), 16))
                        : _mm256_cvtph_ps(h);
}

void transpose(__m256 *r) {
    __m256 t[8], u[8];
    for (int k = 0; k < 4; k++) {
        t[2 * k] = _mm256_unpacklo_ps(r[2 * k], r[2 * k + 1]);
        t[2 * k + 1] = _mm256_unpackhi_ps(r[2 * k], r[2 * k + 1]);
    }
    for (int k = 0; k < 2; k++) {
        u[4 * k] = _mm256_shuffle_ps(t[4 * k], t[4 * k + 2], 0x44);
        u[4 * k + 1] = _mm256_shuffle_ps(t[4 * k], t[4 * k + 2], 0xee);
        u[4 * k + 2] = _mm256_shuffle_ps(t[4 * k + 1], t[4 * k + 3], 0x44);
        u[4 * k + 3] = _mm256_shuffle_ps(t[4 * k + 1], t[4 * k + 3], 0xee);
    }
    for (int k = 0; k < 4; k++) {
        r[k] = _mm256_permute2f128_ps(u[k], u[k + 4], 0x20);
        r[k + 4] = _mm256_permute2f128_ps(u[k], u[k + 4], 0x31);
    }
}

template <class T> void columns(Kind kind, const void *const *pieces, T *out, int stride) {
    T one[MOST];
    for (int n = 0; n < 8; n++) {
        decode(kind, pieces[n], one);
        for (int k = 0; k < per_piece(kind); k++) {
            out[k * stride + n] = one[k];
        }
    }
}
} // namespace

int per_piece(Kind kind) {
    return 128 / bits_of_kind(kind);
}

void decode(Kind kind, const void *piece, float *out) {
    const u8 *bytes = static_cast<const u8 *>(piece);
    switch (kind) {
    case BF16:
    case F16: _mm256_storeu_ps(out, eight(kind, piece)); return;
    case E4M3:
    case E5M2:
        for (int k = 0; k < 16; k++) {
            out[k] = fp8(kind)[bytes[k]];
        }
        return;
    case TF32:
        for (int k = 0; k < 4; k++) {
            u32 v;
            memcpy(&v, bytes + 4 * k, 4);
            out[k] = float_of(v & ~0x1fffu);
        }
        return;
    default: fault(Wrong::Unsupported, 0, "type %d of a tensor core's operand", kind);
    }
}

void decode(Kind kind, const void *piece, s32 *out) {
    const u8 *bytes = static_cast<const u8 *>(piece);
    for (int k = 0; k < per_piece(kind); k++) {
        switch (kind) {
        case S8: out[k] = s8(bytes[k]); break;
        case U8: out[k] = bytes[k]; break;
        case S4: out[k] = s8(u8(bytes[k / 2] >> (4 * (k & 1)) << 4)) >> 4; break;
        case U4: out[k] = bytes[k / 2] >> (4 * (k & 1)) & 15; break;
        default: fault(Wrong::Unsupported, 0, "type %d of a tensor core's operand", kind);
        }
    }
}

void decode_columns(Kind kind, const void *const *pieces, float *out, int stride) {
    if (kind != BF16 && kind != F16) {
        columns(kind, pieces, out, stride);
        return;
    }
    __m256 r[8];
    for (int n = 0; n < 8; n++) {
        r[n] = eight(kind, pieces[n]);
    }
    transpose(r);
    for (int k = 0; k < 8; k++) {
        _mm256_storeu_ps(out + k * stride, r[k]);
    }
}

void decode_columns(Kind kind, const void *const *pieces, s32 *out, int stride) {
    columns(kind, pieces, out, stride);
}
} // namespace emu
