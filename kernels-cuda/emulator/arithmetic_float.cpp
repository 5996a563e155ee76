#include <cmath>

#include "arithmetic.h"

namespace emu {
float exp2_approximately(float x) {
    float c = x < -151.f ? -151.f : x > 129.f ? 129.f : x;
    float whole = __builtin_rintf(c), f = c - whole;
    float p = 1.52527338e-05f;
    p = p * f + 1.54035304e-04f;
    p = p * f + 1.33335581e-03f;
    p = p * f + 9.61812911e-03f;
    p = p * f + 5.55041087e-02f;
    p = p * f + 2.40226507e-01f;
    p = p * f + 6.93147181e-01f;
    p = p * f + 1.f;
    // Two factors, so that results below the least normal number come out.
    s32 n = s32(whole), half = n >> 1;
    return p * float_of(u32(half + 127) << 23) * float_of(u32(n - half + 127) << 23);
}

namespace {
template <class F, bool FLUSH, bool SATURATE> struct Wrapped {
    template <class... T> float operator()(T... x) const {
        constexpr F f{};
        float r = f((FLUSH ? flush(x) : x)...);
        r = FLUSH ? flush(r) : r;
        return SATURATE ? clamp01(r) : r;
    }
};
// Adds the opcode with and without .ftz and .sat.
template <class... S, class F> void single(ArithmeticTable &t, const std::string &name, F) {
    op<float, S...>(t, name + ".f32", Wrapped<F, false, false>{}, Float);
    op<float, S...>(t, name + ".ftz.f32", Wrapped<F, true, false>{}, Float);
    op<float, S...>(t, name + ".sat.f32", Wrapped<F, false, true>{}, Float);
    op<float, S...>(t, name + ".ftz.sat.f32", Wrapped<F, true, true>{}, Float);
}

using F = float;
using D = double;

// The sum in the direction: what a double loses of it decides where the double is a float.
inline float sum(D a, D b, Rounding r) {
    const D s = a + b, part = s - a;
    return to_float(s, r, (a - (s - part)) + (b - part));
}
template <Rounding R> void directed(ArithmeticTable &t, const std::string &mode) {
    single<F, F>(t, "add." + mode, [](F a, F b) { return sum(a, b, R); });
    single<F, F>(t, "sub." + mode, [](F a, F b) { return sum(a, -D(b), R); });
    single<F, F>(t, "mul." + mode, [](F a, F b) { return to_float(D(a) * D(b), R); });
    single<F, F, F>(t, "fma." + mode, [](F a, F b, F c) { return sum(D(a) * D(b), c, R); });
}

void singles(ArithmeticTable &t) {
    single<F, F>(t, "add", [](F a, F b) { return a + b; });
    single<F, F>(t, "sub", [](F a, F b) { return a - b; });
    single<F, F>(t, "mul", [](F a, F b) { return a * b; });
    single<F, F>(t, "div", [](F a, F b) { return a / b; });
    single<F, F, F>(t, "fma", [](F a, F b, F c) { return __builtin_fmaf(a, b, c); });
    single<F, F, F>(t, "mad", [](F a, F b, F c) { return __builtin_fmaf(a, b, c); });
    single<F, F>(t, "min", [](F a, F b) { return lesser(a, b); });
    single<F, F>(t, "max", [](F a, F b) { return greater(a, b); });
    single<F, F>(t, "min.NaN", [](F a, F b) { return lesser_or_nan(a, b); });
    single<F, F>(t, "max.NaN", [](F a, F b) { return greater_or_nan(a, b); });
    single<F>(t, "neg", [](F a) { return float_of(bits_of(a) ^ 0x80000000); });
    single<F>(t, "abs", [](F a) { return float_of(bits_of(a) & 0x7fffffff); });
    single<F>(t, "rcp", [](F a) { return 1.f / a; });
    single<F>(t, "sqrt", [](F a) { return __builtin_sqrtf(a); });
    single<F>(t, "rsqrt", [](F a) { return 1.f / __builtin_sqrtf(a); });
    single<F>(t, "ex2", [](F a) { return exp2_approximately(a); });
    single<F>(t, "lg2", [](F a) { return std::log2(a); });
    single<F>(t, "sin", [](F a) { return std::sin(a); });
    single<F>(t, "cos", [](F a) { return std::cos(a); });
    single<F>(t, "tanh", [](F a) { return std::tanh(a); });
    single<F, F>(t, "copysign", [](F a, F b) {
        return float_of((bits_of(b) & 0x7fffffff) | (bits_of(a) & 0x80000000));
    });
    op<F, F, F, F>(t, "slct.f32.f32", [](F a, F b, F c) { return c >= 0 ? a : b; }, Float);
    op<F, F, F, s32>(t, "slct.f32.s32", [](F a, F b, s32 c) { return c >= 0 ? a : b; }, Float);
    directed<Rounding::Zero>(t, "rz");
    directed<Rounding::Down>(t, "rm");
    directed<Rounding::Up>(t, "rp");
}

void doubles(ArithmeticTable &t) {
    op<D, D, D>(t, "add.f64", [](D a, D b) { return a + b; }, Float);
    op<D, D, D>(t, "sub.f64", [](D a, D b) { return a - b; }, Float);
    op<D, D, D>(t, "mul.f64", [](D a, D b) { return a * b; }, Float);
    op<D, D, D>(t, "div.f64", [](D a, D b) { return a / b; }, Float);
    op<D, D, D, D>(t, "fma.f64", [](D a, D b, D c) { return __builtin_fma(a, b, c); }, Float);
    op<D, D, D, D>(t, "mad.f64", [](D a, D b, D c) { return __builtin_fma(a, b, c); }, Float);
    op<D, D, D>(t, "min.f64", [](D a, D b) { return std::fmin(a, b); }, Float);
    op<D, D, D>(t, "max.f64", [](D a, D b) { return std::fmax(a, b); }, Float);
    op<D, D>(t, "neg.f64", [](D a) { return -a; }, Float);
    op<D, D>(t, "abs.f64", [](D a) { return std::fabs(a); }, Float);
    op<D, D>(t, "sqrt.f64", [](D a) { return std::sqrt(a); }, Float);
    op<D, D>(t, "rcp.f64", [](D a) { return 1 / a; }, Float);
    op<D, D>(t, "rcp.ftz.f64", [](D a) { return 1 / a; }, Float);
    op<D, D>(t, "rsqrt.f64", [](D a) { return 1 / std::sqrt(a); }, Float);
}
} // namespace

void add_floats(ArithmeticTable &t) {
    singles(t);
    doubles(t);
}

const Arithmetic *find_arithmetic(const std::string &key) {
    static const ArithmeticTable table = [] {
        ArithmeticTable t;
        add_integers(t);
        add_bits(t);
        add_carries(t);
        add_floats(t);
        add_halves(t);
        add_comparisons(t);
        return t;
    }();
    auto known = table.find(key);
    return known == table.end() ? nullptr : &known->second;
}
} // namespace emu
