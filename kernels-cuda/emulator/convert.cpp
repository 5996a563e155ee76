// cvt: through double or 64-bit integers, with short cuts for what kernels do most.
#include <algorithm>
#include <cmath>
#include <limits>

#include "operations.h"

namespace emu {
namespace {
bool is_float(Kind k) {
    return k == F16 || k == BF16 || k == F32 || k == F64 || k == TF32 || k == E4M3 || k == E5M2;
}

double to_double(Kind k, u64 v) {
    switch (k) {
    case F16: return from_f16(u16(v));
    case BF16: return from_bf16(u16(v));
    case F64: return double_of(v);
    case E4M3: return from_e4m3(u8(v));
    case E5M2: return from_e5m2(u8(v));
    default: return float_of(u32(v));
    }
}

double to_whole(double d, Rounding r) {
    switch (r) {
    case Rounding::Zero: return std::trunc(d);
    case Rounding::Down: return std::floor(d);
    case Rounding::Up: return std::ceil(d);
    default: return std::nearbyint(d);
    }
}

u32 to_tf32(float f, Rounding r) {
    const u32 u = bits_of(f), below = 0x1fff;
    if ((u & 0x7f800000) == 0x7f800000) {
        return u;
    }
    switch (r) {
    case Rounding::Zero: return u & ~below;
    case Rounding::Nearest: return (u + 0xfff + (u >> 13 & 1)) & ~below;
    default: return (u + 0x1000) & ~below;
    }
}

u16 to_f16(float f, const Conversion &c) {
    if (c.finite && std::fabs(f) > 65504.f) {
        f = std::copysign(65504.f, f);
    }
    u16 h = emu::to_f16(f);
    return c.rounding == Rounding::Zero && std::fabs(from_f16(h)) > std::fabs(f) ? u16(h - 1) : h;
}

template <class T> u64 clamped(double d) {
    using Limits = std::numeric_limits<T>;
    T v = d <= double(Limits::min())   ? Limits::min()
          : d >= double(Limits::max()) ? Limits::max()
                                       : T(d);
    return u64(s64(v));
}

u64 from_double(Kind k, double d, const Conversion &c) {
    if (c.relu && d < 0) {
        d = 0;
    }
    if (c.saturate && is_float(k)) {
        d = d > 0 ? (d < 1 ? d : 1) : 0;
    }
    switch (k) {
    case F64: return bits_of(d);
    case F32: return bits_of(to_float(d, c.rounding));
    case TF32: return to_tf32(float(d), c.rounding);
    case BF16: return c.rounding == Rounding::Zero ? bits_of(float(d)) >> 16 : to_bf16(float(d));
    case F16: return to_f16(float(d), c);
    case E4M3: return to_e4m3(float(d));
    case E5M2: return to_e5m2(float(d));
    default: break;
    }
    if (d != d) {
        return k == U64 || k == S64 ? 0x8000000000000000ull : 0;
    }
    d = to_whole(d, c.rounding);
    switch (k) {
    case U8: return clamped<u8>(d);
    case S8: return clamped<s8>(d);
    case U16: return clamped<u16>(d);
    case S16: return clamped<s16>(d);
    case U32: return clamped<u32>(d);
    case S32: return clamped<s32>(d);
    case S64: return clamped<s64>(d);
    default: return d >= 0x1p64 ? ~0ull : d <= 0 ? 0 : u64(d);
    }
}

s64 to_integer(Kind k, u64 v) {
    switch (k) {
    case U8: return u8(v);
    case S8: return s8(v);
    case U16: return u16(v);
    case S16: return s16(v);
    case U32: return u32(v);
    case S32: return s32(v);
    default: return s64(v);
    }
}

float integer_to_float(s64 v, bool is_unsigned, Rounding r) {
    const long double exact = is_unsigned ? (long double)u64(v) : (long double)v;
    const float f = float(exact);
    if (r == Rounding::Nearest || (long double)f == exact) {
        return f;
    }
    const bool down = r == Rounding::Down || (r == Rounding::Zero && exact > 0);
    if (down) {
        return f > exact ? std::nextafter(f, -INFINITY) : f;
    }
    return f < exact ? std::nextafter(f, INFINITY) : f;
}

template <class T> u64 saturated(s64 v, bool is_unsigned) {
    using Limits = std::numeric_limits<T>;
    if (is_unsigned && v < 0) { // beyond what any type but u64 holds
        return std::is_same_v<T, u64> ? u64(v) : u64(Limits::max());
    }
    if constexpr (sizeof(T) == 8) {
        return !std::is_signed_v<T> && v < 0 ? 0 : u64(v);
    } else {
        return u64(std::clamp<s64>(v, Limits::min(), Limits::max()));
    }
}

u64 from_integer(Kind k, s64 v, Kind from, const Conversion &c) {
    const bool is_unsigned = from == U64;
    if (k == F32) {
        return bits_of(integer_to_float(v, is_unsigned, c.rounding));
    }
    if (is_float(k)) {
        return from_double(k, is_unsigned ? double(u64(v)) : double(v), c);
    }
    if (!c.saturate) {
        return u64(to_integer(k, u64(v)));
    }
    switch (k) {
    case U8: return saturated<u8>(v, is_unsigned);
    case S8: return saturated<s8>(v, is_unsigned);
    case U16: return saturated<u16>(v, is_unsigned);
    case S16: return saturated<s16>(v, is_unsigned);
    case U32: return saturated<u32>(v, is_unsigned);
    case S32: return saturated<s32>(v, is_unsigned);
    case S64: return saturated<s64>(v, is_unsigned);
    default: return saturated<u64>(v, is_unsigned);
    }
}

Kind half_of(Kind pair) {
    switch (pair) {
    case F16x2: return F16;
    case BF16x2: return BF16;
    case E4M3x2: return E4M3;
    case E5M2x2: return E5M2;
    default: return NoKind;
    }
}

u64 one(Kind to, Kind from, u64 v, const Conversion &c) {
    if (!is_float(from)) {
        return from_integer(to, to_integer(from, v), from, c);
    }
    double x = to_double(from, v);
    if (c.flush && from == F32) {
        x = flush(float(x));
    }
    if (is_float(to) && c.integral) {
        x = std::copysign(to_whole(x, c.rounding), x);
    }
    return from_double(to, x, c);
}

// Two floats a and b become the upper and the lower half; a pair stands in a alone.
u64 pair(const Conversion &c, u64 a, u64 b) {
    const Kind to = half_of(c.to), from = half_of(c.from);
    const int to_bits = to == F16 || to == BF16 ? 16 : 8;
    if (from == NoKind) {
        return one(to, c.from, b, c) | one(to, c.from, a, c) << to_bits;
    }
    const int bits = from == F16 || from == BF16 ? 16 : 8;
    const u64 low = a & ((1u << bits) - 1), high = a >> bits & ((1u << bits) - 1);
    return one(to, from, low, c) | one(to, from, high, c) << to_bits;
}

template <class D, class S, class F> void quick(Warp &w, const Instruction &i, u32 mask, F f) {
    D *d = w.at<D>(i.d), all[LANES];
    const S *a = w.at<S>(i.a);
    for (int lane = 0; lane < LANES; lane++) {
        all[lane] = f(a[lane]);
    }
    if (mask == FULL) {
        memcpy(d, all, sizeof all);
    } else {
        EACH(mask) {
            d[lane] = all[lane];
        }
    }
}

bool quickly(Warp &w, const Instruction &i, u32 m, const Conversion &c) {
    if (c.saturate || c.relu || c.finite || c.flush || c.rounding != Rounding::Nearest) {
        return false;
    }
    const u8 to = c.to_bytes, from = c.from_bytes;
    if (c.to == S64 && c.from == S32 && from == 4) {
        quick<s64, s32>(w, i, m, [](s32 v) { return s64(v); });
    } else if (c.to == U64 && c.from == U32 && from == 4) {
        quick<u64, u32>(w, i, m, [](u32 v) { return u64(v); });
    } else if ((c.to == U32 || c.to == S32) && (c.from == U64 || c.from == S64) && to == 4) {
        quick<u32, u64>(w, i, m, [](u64 v) { return u32(v); });
    } else if (c.to == F32 && c.from == S32 && from == 4) {
        quick<float, s32>(w, i, m, [](s32 v) { return float(v); });
    } else if (c.to == F32 && c.from == F16 && from == 2) {
        quick<float, u16>(w, i, m, [](u16 v) { return from_f16(v); });
    } else if (c.to == F32 && c.from == BF16 && from == 2) {
        quick<float, u16>(w, i, m, [](u16 v) { return from_bf16(v); });
    } else if (c.to == BF16 && c.from == F32 && to == 2) {
        quick<u16, float>(w, i, m, [](float v) { return to_bf16(v); });
    } else if (c.to == F16 && c.from == F32 && to == 2) {
        quick<u16, float>(w, i, m, [](float v) { return emu::to_f16(v); });
    } else {
        return false;
    }
    return true;
}
} // namespace

Next convert(Warp &w, const Instruction &i, u32 mask) {
    const Conversion &c = i.more->conversion;
    if (quickly(w, i, mask, c)) {
        return Next::Go;
    }
    EACH(mask) {
        u64 a = w.value(i.a, c.from_bytes, lane), b = w.value(i.b, c.from_bytes, lane);
        w.put(i.d, c.to_bytes, lane,
              half_of(c.to) == NoKind ? one(c.to, c.from, a, c) : pair(c, a, b));
    }
    return Next::Go;
}
} // namespace emu
