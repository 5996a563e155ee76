// Integers by width, and the number formats that a card has and C++ has not.
#pragma once

#include <cstdint>
#include <cstring>

namespace emu {
using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using s8 = int8_t;
using s16 = int16_t;
using s32 = int32_t;
using s64 = int64_t;

// Types of PTX as far as they matter to conversions, atomics and tensor cores.
enum Kind : u8 {
    U8,
    S8,
    U16,
    S16,
    U32,
    S32,
    U64,
    S64,
    F16,
    BF16,
    F32,
    F64,
    TF32,
    E4M3,
    E5M2,
    F16x2,
    BF16x2,
    E4M3x2,
    E5M2x2,
    S4,
    U4,
    NoKind,
};

enum class Rounding : u8 { Nearest, Zero, Down, Up, NearestAway };

inline float float_of(u32 bits) {
    float f;
    memcpy(&f, &bits, 4);
    return f;
}
inline u32 bits_of(float f) {
    u32 bits;
    memcpy(&bits, &f, 4);
    return bits;
}
inline double double_of(u64 bits) {
    double d;
    memcpy(&d, &bits, 8);
    return d;
}
inline u64 bits_of(double d) {
    u64 bits;
    memcpy(&bits, &d, 8);
    return bits;
}

inline float from_bf16(u16 h) {
    return float_of(u32(h) << 16);
}
// To the nearest, ties to even; every NaN becomes the one that a card gives.
inline u16 to_bf16(float f) {
    u32 u = bits_of(f);
    return (u & 0x7fffffff) > 0x7f800000 ? 0x7fff : u16((u + 0x7fff + ((u >> 16) & 1)) >> 16);
}
float from_f16(u16 h);
u16 to_f16(float f);
float from_e4m3(u8 v);
float from_e5m2(u8 v);
// Saturating, to the nearest, ties to even.
u8 to_e4m3(float f);
u8 to_e5m2(float f);
// To odd, so that a second rounding to sixteen bits gives what a single one would.
float to_odd(double d);
// A float to the nearest or in a direction. The number is d + rest, rest being what d itself lost.
float to_float(double d, Rounding rounding, double rest = 0);

inline float flush(float x) {
    u32 u = bits_of(x);
    return float_of(u & 0x7f800000 ? u : u & 0x80000000);
}
inline float clamp01(float x) {
    return x > 0.f ? (x < 1.f ? x : 1.f) : 0.f;
}
} // namespace emu
