#include "numbers.h"

#include <cmath>
#include <immintrin.h>

namespace emu {
float from_f16(u16 h) {
    return _cvtsh_ss(h);
}
u16 to_f16(float f) {
    return u16(_cvtss_sh(f, _MM_FROUND_TO_NEAREST_INT));
}
float from_e5m2(u8 v) {
    return from_f16(u16(v << 8));
}
float from_e4m3(u8 v) {
    int exponent = (v >> 3) & 15, mantissa = v & 7;
    float f =
        exponent ? std::ldexp(float(8 + mantissa), exponent - 10) : std::ldexp(float(mantissa), -9);
    if ((v & 127) == 127) {
        f = NAN;
    }
    return v & 128 ? -f : f;
}

static u8 to_fp8(float f, int mantissa_bits, int bias, float greatest) {
    if (std::isnan(f)) {
        return 0x7f;
    }
    u8 sign = std::signbit(f) ? 128 : 0;
    float a = std::fmin(std::fabs(f), greatest);
    int e;
    std::frexp(a, &e);
    e = e - 1 < 1 - bias ? 1 - bias : e - 1;
    int m = int(std::nearbyint(std::ldexp(a, mantissa_bits - e)));
    if (m >= 2 << mantissa_bits) {
        m >>= 1;
        e++;
    }
    bool subnormal = m < 1 << mantissa_bits;
    int fraction = m & ((1 << mantissa_bits) - 1);
    return sign | u8(subnormal ? m : (e + bias) << mantissa_bits | fraction);
}
u8 to_e4m3(float f) {
    return to_fp8(f, 3, 7, 448.f);
}
u8 to_e5m2(float f) {
    return to_fp8(f, 2, 15, 57344.f);
}

float to_odd(double d) {
    float f = float(d);
    if (double(f) == d || f != f) {
        return f;
    }
    u32 u = bits_of(f);
    if (std::fabs(double(f)) > std::fabs(d)) {
        u--;
    }
    return float_of(u | 1);
}

float to_float(double d, Rounding rounding, double rest) {
    float f = float(d);
    if (rounding == Rounding::Nearest || f != f || std::isinf(d)) {
        return f;
    }
    const double off = double(f) == d ? rest : d - double(f); // how far f is below the number
    const bool down = rounding == Rounding::Down || (rounding == Rounding::Zero && d > 0);
    if (down) {
        return off < 0 ? std::nextafter(f, -INFINITY) : f;
    }
    return off > 0 ? std::nextafter(f, INFINITY) : f;
}
} // namespace emu
