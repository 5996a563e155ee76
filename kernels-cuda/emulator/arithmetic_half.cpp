#include <cmath>

#include "arithmetic.h"

namespace emu {
namespace {
template <class F> struct Half {
    template <class... T> u16 operator()(T... h) const {
        constexpr F f{};
        return to_f16(f(from_f16(h)...));
    }
};
template <class F> struct Brain {
    template <class... T> u16 operator()(T... h) const {
        constexpr F f{};
        return to_bf16(f(from_bf16(h)...));
    }
};
template <class F> struct Two {
    template <class... T> u32 operator()(T... x) const {
        constexpr F f{};
        return u32(f(u16(x)...)) | u32(f(u16(x >> 16)...)) << 16;
    }
};

template <class G, size_t... K>
void both(ArithmeticTable &t, const std::string &name, const std::string &type,
          std::index_sequence<K...>) {
    for (const char *ftz : {"", ".ftz"}) {
        op<u16, decltype(K, u16())...>(t, name + ftz + "." + type, G{}, Float);
        op<u32, decltype(K, u32())...>(t, name + ftz + "." + type + "x2", Two<G>{}, Float);
    }
}
// Adds the opcode of N operands for f16 and bf16 and pairs of them. Numbers below the least normal
// one are kept with .ftz too.
template <int N, class F> void half(ArithmeticTable &t, const std::string &name, F) {
    both<Half<F>>(t, name, "f16", std::make_index_sequence<N>{});
    both<Brain<F>>(t, name, "bf16", std::make_index_sequence<N>{});
}
} // namespace

void add_halves(ArithmeticTable &t) {
    using F = float;
    half<2>(t, "add", [](F a, F b) { return a + b; });
    half<2>(t, "sub", [](F a, F b) { return a - b; });
    half<2>(t, "mul", [](F a, F b) { return a * b; });
    half<3>(t, "fma", [](F a, F b, F c) { return to_odd(double(a) * double(b) + double(c)); });
    half<2>(t, "min", [](F a, F b) { return lesser(a, b); });
    half<2>(t, "max", [](F a, F b) { return greater(a, b); });
    half<2>(t, "min.NaN", [](F a, F b) { return lesser_or_nan(a, b); });
    half<2>(t, "max.NaN", [](F a, F b) { return greater_or_nan(a, b); });
    half<1>(t, "neg", [](F a) { return float_of(bits_of(a) ^ 0x80000000); });
    half<1>(t, "abs", [](F a) { return float_of(bits_of(a) & 0x7fffffff); });
    half<1>(t, "ex2", [](F a) { return exp2_approximately(a); });
    half<1>(t, "tanh", [](F a) { return std::tanh(a); });
}
} // namespace emu
