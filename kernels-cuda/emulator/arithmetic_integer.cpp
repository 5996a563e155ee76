#include <algorithm>
#include <type_traits>

#include "arithmetic.h"

namespace emu {
namespace {
template <class T> T divide(T a, T b) {
    if (b == 0) {
        return T(-1);
    }
    if (std::is_signed_v<T> && b == T(-1)) {
        return T(0 - std::make_unsigned_t<T>(a));
    }
    return T(a / b);
}
template <class T> T remainder(T a, T b) {
    return b == 0 ? a : std::is_signed_v<T> && b == T(-1) ? T(0) : T(a % b);
}
template <class T> T shift_right(T a, u32 by) {
    constexpr u32 N = sizeof(T) * 8;
    return by >= N ? (a < 0 ? T(-1) : T(0)) : T(a >> by);
}

// Of type T, products being of type W, twice as wide.
template <class T, class W> void integers(ArithmeticTable &t, const std::string &type) {
    using U = std::make_unsigned_t<T>;
    using V = std::make_unsigned_t<W>;
    constexpr u32 N = sizeof(T) * 8;
    auto name = [&](const char *opcode) { return opcode + ("." + type); };
    op<T, T, T>(t, name("add"), [](T a, T b) { return T(U(a) + U(b)); });
    op<T, T, T>(t, name("sub"), [](T a, T b) { return T(U(a) - U(b)); });
    op<T, T, T>(t, name("mul.lo"), [](T a, T b) { return T(u64(a) * u64(b)); });
    op<T, T, T>(t, name("mul.hi"), [](T a, T b) { return T((W(a) * W(b)) >> N); });
    op<T, T, T, T>(t, name("mad.lo"), [](T a, T b, T c) { return T(u64(a) * u64(b) + u64(c)); });
    op<T, T, T, T>(t, name("mad.hi"),
                   [](T a, T b, T c) { return T(U((W(a) * W(b)) >> N) + U(c)); });
    if constexpr (N < 64) {
        op<W, T, T>(t, name("mul.wide"), [](T a, T b) { return W(a) * W(b); });
        op<W, T, T, W>(t, name("mad.wide"), [](T a, T b, W c) { return W(V(W(a) * W(b)) + V(c)); });
    }
    op<T, T, T>(t, name("div"), [](T a, T b) { return divide(a, b); });
    op<T, T, T>(t, name("rem"), [](T a, T b) { return remainder(a, b); });
    op<T, T, T>(t, name("min"), [](T a, T b) { return a < b ? a : b; });
    op<T, T, T>(t, name("max"), [](T a, T b) { return a > b ? a : b; });
    op<T, T>(t, name("neg"), [](T a) { return T(0 - U(a)); });
    op<T, T>(t, name("abs"), [](T a) { return a < 0 ? T(0 - U(a)) : a; });
    op<T, T, u32>(t, name("shr"), [](T a, u32 by) { return shift_right(a, by); });
    op<T, T, T, T>(t, name("sad"),
                   [](T a, T b, T c) { return T((a < b ? U(b) - U(a) : U(a) - U(b)) + U(c)); });
    op<T, T, T, s32>(t, "slct." + type + ".s32", [](T a, T b, s32 c) { return c >= 0 ? a : b; });
    op<T, T, T, float>(t, "slct." + type + ".f32",
                       [](T a, T b, float c) { return c >= 0 ? a : b; });
}

template <class A, class B> s32 dot4(u32 a, u32 b, s32 c) {
    u32 sum = u32(c);
    for (int k = 0; k < 4; k++) {
        sum += u32(s32(A(a >> (8 * k))) * s32(B(b >> (8 * k))));
    }
    return s32(sum);
}
} // namespace

void add_integers(ArithmeticTable &t) {
    integers<s16, s32>(t, "s16");
    integers<u16, u32>(t, "u16");
    integers<s32, s64>(t, "s32");
    integers<u32, u64>(t, "u32");
    integers<s64, __int128>(t, "s64");
    integers<u64, unsigned __int128>(t, "u64");
    op<s32, s32, s32>(t, "add.sat.s32", [](s32 a, s32 b) {
        return s32(std::clamp<s64>(s64(a) + b, INT32_MIN, INT32_MAX));
    });
    op<s32, s32, s32>(t, "sub.sat.s32", [](s32 a, s32 b) {
        return s32(std::clamp<s64>(s64(a) - b, INT32_MIN, INT32_MAX));
    });
    op<u32, u32, u32>(t, "mul24.lo.u32",
                      [](u32 a, u32 b) { return (a & 0xffffff) * (b & 0xffffff); });
    op<s32, u32, u32, s32>(t, "dp4a.s32.s32",
                           [](u32 a, u32 b, s32 c) { return dot4<s8, s8>(a, b, c); });
    op<s32, u32, u32, s32>(t, "dp4a.u32.u32",
                           [](u32 a, u32 b, s32 c) { return dot4<u8, u8>(a, b, c); });
    op<s32, u32, u32, s32>(t, "dp4a.u32.s32",
                           [](u32 a, u32 b, s32 c) { return dot4<u8, s8>(a, b, c); });
    op<s32, u32, u32, s32>(t, "dp4a.s32.u32",
                           [](u32 a, u32 b, s32 c) { return dot4<s8, u8>(a, b, c); });
}

namespace {
enum class Carrying { Add, Subtract, MultiplyLow, MultiplyHigh };

// The carry of each lane is a bit of the warp.
template <Carrying OP, class T, class W, bool IN, bool OUT>
Next carry(Warp &w, const Instruction &i, u32 mask) {
    u32 out = w.carry;
    EACH(mask) {
        W a = w.at<T>(i.a)[lane], b = w.at<T>(i.b)[lane], in = IN ? w.carry >> lane & 1 : 0, v;
        if constexpr (OP == Carrying::Add) {
            v = a + b + in;
        } else if constexpr (OP == Carrying::Subtract) {
            v = a - b - in;
        } else {
            W product = OP == Carrying::MultiplyLow ? W(T(a * b)) : (a * b) >> (8 * sizeof(T));
            v = product + w.at<T>(i.c)[lane] + in;
        }
        w.at<T>(i.d)[lane] = T(v);
        out = (out & ~(1u << lane)) | u32(v >> (8 * sizeof(T)) & 1) << lane;
    }
    if (OUT) {
        w.carry = out;
    }
    return Next::Go;
}

template <Carrying OP, class T, class W>
void carries(ArithmeticTable &t, const std::string &plain, const std::string &with,
             const std::string &type) {
    const u8 n = sizeof(T);
    const int sources = OP == Carrying::Add || OP == Carrying::Subtract ? 2 : 3;
    auto put = [&](const std::string &name, Execute f) {
        t[name + "." + type] = {f, {n, n, n, n}, sources, Integer};
    };
    put(plain + ".cc", carry<OP, T, W, false, true>);
    put(with + ".cc", carry<OP, T, W, true, true>);
    put(with, carry<OP, T, W, true, false>);
}
} // namespace

void add_carries(ArithmeticTable &t) {
    for (const char *type : {"u32", "s32"}) {
        carries<Carrying::Add, u32, u64>(t, "add", "addc", type);
        carries<Carrying::Subtract, u32, u64>(t, "sub", "subc", type);
        carries<Carrying::MultiplyLow, u32, u64>(t, "mad.lo", "madc.lo", type);
        carries<Carrying::MultiplyHigh, u32, u64>(t, "mad.hi", "madc.hi", type);
    }
    for (const char *type : {"u64", "s64"}) {
        carries<Carrying::Add, u64, unsigned __int128>(t, "add", "addc", type);
        carries<Carrying::Subtract, u64, unsigned __int128>(t, "sub", "subc", type);
    }
}
} // namespace emu
