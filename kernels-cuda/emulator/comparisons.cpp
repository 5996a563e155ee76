#include <cmath>
#include <immintrin.h>

#include "arithmetic.h"

namespace emu {
namespace {
// To predicate d, its complement to the predicate of the immediate where that is none below 0.
// Both may be combined with predicate c: mode 1 and, 2 or, 3 xor; count 2 negates c.
template <class F, class T> Next compare(Warp &w, const Instruction &i, u32 mask) {
    constexpr F f{};
    const T *a = w.at<T>(i.a), *b = w.at<T>(i.b);
    alignas(32) u8 bytes[LANES];
    for (int lane = 0; lane < LANES; lane++) {
        bytes[lane] = f(a[lane], b[lane]) ? 0xff : 0;
    }
    u32 yes = u32(_mm256_movemask_epi8(_mm256_load_si256(reinterpret_cast<__m256i *>(bytes))));
    u32 no = ~yes, c = i.mode ? w.predicates[i.c] ^ (i.count == 2 ? FULL : 0) : 0;
    switch (i.mode) {
    case 1: yes &= c, no &= c; break;
    case 2: yes |= c, no |= c; break;
    case 3: yes ^= c, no ^= c; break;
    default: break;
    }
    w.put_predicate(i.d, yes, mask);
    if (i.immediate >= 0) {
        w.put_predicate(u32(i.immediate), no, mask);
    }
    return Next::Go;
}

template <class T, class F> void comparison(ArithmeticTable &t, const std::string &name, F) {
    t[name] = {&compare<F, T>, {1, u8(sizeof(T)), u8(sizeof(T)), 0}, 2, Integer};
}

template <class T> void integers(ArithmeticTable &t, const std::string &type) {
    // Each by its name, and as unsigned numbers have it.
    auto both = [&](const char *name, const char *unsigned_name, auto f) {
        comparison<T>(t, std::string("setp.") + name + "." + type, f);
        comparison<T>(t, std::string("setp.") + unsigned_name + "." + type, f);
    };
    both("eq", "eq", [](T a, T b) { return a == b; });
    both("ne", "ne", [](T a, T b) { return a != b; });
    both("lt", "lo", [](T a, T b) { return a < b; });
    both("le", "ls", [](T a, T b) { return a <= b; });
    both("gt", "hi", [](T a, T b) { return a > b; });
    both("ge", "hs", [](T a, T b) { return a >= b; });
}

struct F16Bits {
    u16 x;
};
struct Bf16Bits {
    u16 x;
};
float value(F16Bits h) {
    return from_f16(h.x);
}
float value(Bf16Bits h) {
    return from_bf16(h.x);
}
float value(float f) {
    return f;
}
double value(double d) {
    return d;
}

// Comparisons with a NaN are false, but for those that end in u.
template <class T> void floats(ArithmeticTable &t, const std::string &type) {
    auto one = [&](const char *name, auto f) {
        auto of_bits = [](T a, T b) { return decltype(f){}(value(a), value(b)); };
        comparison<T>(t, std::string("setp.") + name + "." + type, of_bits);
        comparison<T>(t, std::string("setp.") + name + ".ftz." + type, of_bits);
    };
    one("eq", [](auto a, auto b) { return a == b; });
    one("ne", [](auto a, auto b) { return a < b || a > b; });
    one("lt", [](auto a, auto b) { return a < b; });
    one("le", [](auto a, auto b) { return a <= b; });
    one("gt", [](auto a, auto b) { return a > b; });
    one("ge", [](auto a, auto b) { return a >= b; });
    one("equ", [](auto a, auto b) { return !(a < b || a > b); });
    one("neu", [](auto a, auto b) { return a != b; });
    one("ltu", [](auto a, auto b) { return !(a >= b); });
    one("leu", [](auto a, auto b) { return !(a > b); });
    one("gtu", [](auto a, auto b) { return !(a <= b); });
    one("geu", [](auto a, auto b) { return !(a < b); });
    one("num", [](auto a, auto b) { return a == a && b == b; });
    one("nan", [](auto a, auto b) { return a != a || b != b; });
}

template <class T> void tests(ArithmeticTable &t, const std::string &type) {
    auto one = [&](const char *name, auto f) {
        comparison<T>(t, std::string("testp.") + name + "." + type, f);
    };
    one("finite", [](T a, T) { return std::isfinite(a); });
    one("infinite", [](T a, T) { return std::isinf(a); });
    one("number", [](T a, T) { return a == a; });
    one("notanumber", [](T a, T) { return a != a; });
    one("normal", [](T a, T) { return std::isnormal(a); });
    one("subnormal", [](T a, T) { return std::fpclassify(a) == FP_SUBNORMAL; });
}
} // namespace

void add_comparisons(ArithmeticTable &t) {
    integers<s16>(t, "s16");
    integers<u16>(t, "u16");
    integers<u16>(t, "b16");
    integers<s32>(t, "s32");
    integers<u32>(t, "u32");
    integers<u32>(t, "b32");
    integers<s64>(t, "s64");
    integers<u64>(t, "u64");
    integers<u64>(t, "b64");
    floats<float>(t, "f32");
    floats<double>(t, "f64");
    floats<F16Bits>(t, "f16");
    floats<Bf16Bits>(t, "bf16");
    tests<float>(t, "f32");
    tests<double>(t, "f64");
}
} // namespace emu
