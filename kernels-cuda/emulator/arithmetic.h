// Lane-wise arithmetic: a line an opcode, each a loop over 32 lanes that the compiler vectorises.
#pragma once

#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "operations.h"

namespace emu {
using ArithmeticTable = std::unordered_map<std::string, Arithmetic>;
void add_integers(ArithmeticTable &);
void add_bits(ArithmeticTable &);
void add_carries(ArithmeticTable &);
void add_floats(ArithmeticTable &);
void add_halves(ArithmeticTable &);
void add_comparisons(ArithmeticTable &);

template <class F, class D, class... S> Next by_lanes(Warp &w, const Instruction &i, u32 mask) {
    return [&]<size_t... K>(std::index_sequence<K...>) {
        constexpr F f{};
        const u32 operands[3] = {i.a, i.b, i.c};
        std::tuple<const S *...> s{w.at<S>(operands[K])...};
        D *d = w.at<D>(i.d);
        if (mask == FULL) {
#pragma GCC ivdep
            for (int lane = 0; lane < LANES; lane++) {
                d[lane] = f(std::get<K>(s)[lane]...);
            }
        } else if (mask & (mask - 1)) {
            alignas(64) D all[LANES];
#pragma GCC ivdep
            for (int lane = 0; lane < LANES; lane++) {
                all[lane] = f(std::get<K>(s)[lane]...);
            }
            EACH(mask) {
                d[lane] = all[lane];
            }
        } else {
            int lane = __builtin_ctz(mask);
            d[lane] = f(std::get<K>(s)[lane]...);
        }
        return Next::Go;
    }(std::index_sequence_for<S...>{});
}

// Adds the opcode that gives f of its operands: op<result, operand types>(table, name, f).
template <class D, class... S, class F>
void op(ArithmeticTable &table, const std::string &name, F, Class kind = Integer) {
    Arithmetic a{&by_lanes<F, D, S...>, {u8(sizeof(D))}, int(sizeof...(S)), kind};
    const u8 bytes[] = {u8(sizeof(S))...};
    for (size_t k = 0; k < sizeof...(S); k++) {
        a.bytes[k + 1] = bytes[k];
    }
    table[name] = a;
}

float exp2_approximately(float x);
inline float lesser(float a, float b) {
    return a < b || b != b ? a : b;
}
inline float greater(float a, float b) {
    return a > b || b != b ? a : b;
}
inline float lesser_or_nan(float a, float b) {
    return a != a ? a : b != b ? b : a < b ? a : b;
}
inline float greater_or_nan(float a, float b) {
    return a != a ? a : b != b ? b : a > b ? a : b;
}
} // namespace emu
