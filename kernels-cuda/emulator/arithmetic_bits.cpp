#include <algorithm>
#include <type_traits>

#include "arithmetic.h"

namespace emu {
namespace {
template <class T> void logic(ArithmeticTable &t, const std::string &type) {
    constexpr u32 N = sizeof(T) * 8;
    auto name = [&](const char *opcode) { return opcode + ("." + type); };
    op<T, T, T>(t, name("and"), [](T a, T b) { return T(a & b); });
    op<T, T, T>(t, name("or"), [](T a, T b) { return T(a | b); });
    op<T, T, T>(t, name("xor"), [](T a, T b) { return T(a ^ b); });
    op<T, T>(t, name("not"), [](T a) { return T(~a); });
    op<T, T>(t, name("cnot"), [](T a) { return T(a == 0); });
    op<T, T, u32>(t, name("shl"), [](T a, u32 by) { return by >= N ? T(0) : T(a << by); });
    op<T, T, u32>(t, name("shr"), [](T a, u32 by) { return by >= N ? T(0) : T(a >> by); });
    op<T, T, T, s32>(t, "slct." + type + ".s32", [](T a, T b, s32 c) { return c >= 0 ? a : b; });
}

template <class T> T extract(T a, u32 position, u32 length) {
    constexpr u32 N = sizeof(T) * 8;
    using U = std::make_unsigned_t<T>;
    position &= 255;
    length &= 255;
    if (length == 0) {
        return 0;
    }
    bool sign = std::is_signed_v<T> && (U(a) >> std::min(position + length - 1, N - 1)) & 1;
    u32 have = position >= N ? 0 : std::min(length, N - position);
    U v = position >= N ? 0 : U(a) >> position;
    if (have < N) {
        v &= (U(1) << have) - 1;
        v |= sign ? ~U(0) << have : 0;
    }
    return T(v);
}
template <class T> void extractions(ArithmeticTable &t, const std::string &type) {
    op<T, T, u32, u32>(t, "bfe." + type, [](T a, u32 p, u32 n) { return extract<T>(a, p, n); });
}

// The fourth operand stands in the instruction's immediate.
template <class T> Next insert(Warp &w, const Instruction &i, u32 mask) {
    constexpr u32 N = sizeof(T) * 8;
    EACH(mask) {
        T from = w.at<T>(i.a)[lane], into = w.at<T>(i.b)[lane];
        u32 position = w.at<u32>(i.c)[lane] & 255, length = w.at<u32>(u32(i.immediate))[lane] & 255;
        T bits = length >= N ? T(~T(0)) : T((T(1) << length) - 1);
        bits = position >= N ? 0 : T(bits << position);
        T moved = position >= N ? 0 : T(from << position);
        w.at<T>(i.d)[lane] = (moved & bits) | (into & ~bits);
    }
    return Next::Go;
}

// Any function of three bits; its table stands in the instruction's immediate.
Next three_way(Warp &w, const Instruction &i, u32 mask) {
    const u32 *a = w.at<u32>(i.a), *b = w.at<u32>(i.b), *c = w.at<u32>(i.c);
    u32 result[LANES] = {};
    for (int k = 0; k < 8; k++) {
        if (i.immediate >> k & 1) {
            const u32 na = k & 4 ? 0 : FULL, nb = k & 2 ? 0 : FULL, nc = k & 1 ? 0 : FULL;
            for (int lane = 0; lane < LANES; lane++) {
                result[lane] |= (a[lane] ^ na) & (b[lane] ^ nb) & (c[lane] ^ nc);
            }
        }
    }
    u32 *d = w.at<u32>(i.d);
    EACH(mask) {
        d[lane] = result[lane];
    }
    return Next::Go;
}

u32 permute(u32 a, u32 b, u32 selection) {
    u64 bytes = u64(b) << 32 | a;
    u32 result = 0;
    for (int k = 0; k < 4; k++) {
        u32 which = selection >> (4 * k) & 15;
        u8 x = u8(bytes >> (8 * (which & 7)));
        if (which & 8) {
            x = x & 128 ? 255 : 0;
        }
        result |= u32(x) << (8 * k);
    }
    return result;
}

template <class T> T reversed(T a) {
    T r = 0;
    for (u32 k = 0; k < sizeof(T) * 8; k++) {
        r |= T(a >> k & 1) << (sizeof(T) * 8 - 1 - k);
    }
    return r;
}
u32 leading_zeros(u32 a) {
    return a ? u32(__builtin_clz(a)) : 32u;
}
u32 leading_zeros(u64 a) {
    return a ? u32(__builtin_clzll(a)) : 64u;
}
// 31 less 32 is -1: none was found.
u32 highest(u32 a) {
    return 31u - leading_zeros(a);
}
u32 highest(u64 a) {
    return 63u - leading_zeros(a);
}
u32 left(u32 a, u32 b, u32 by) {
    return by ? b << by | a >> (32 - by) : b;
}
u32 right(u32 a, u32 b, u32 by) {
    return by ? b << (32 - by) | a >> by : a;
}
} // namespace

void add_bits(ArithmeticTable &t) {
    logic<u16>(t, "b16");
    logic<u32>(t, "b32");
    logic<u64>(t, "b64");
    extractions<u32>(t, "u32");
    extractions<s32>(t, "s32");
    extractions<u64>(t, "u64");
    extractions<s64>(t, "s64");
    t["bfi.b32"] = {insert<u32>, {4, 4, 4, 4}, 3, Integer};
    t["bfi.b64"] = {insert<u64>, {8, 8, 8, 4}, 3, Integer};
    t["lop3.b32"] = {three_way, {4, 4, 4, 4}, 3, Integer};
    op<u16, u16>(t, "mov.16", [](u16 a) { return a; }, Move);
    op<u32, u32>(t, "mov.32", [](u32 a) { return a; }, Move);
    op<u64, u64>(t, "mov.64", [](u64 a) { return a; }, Move);
    op<u32, u32, u32, u32>(t, "prmt.b32", [](u32 a, u32 b, u32 c) { return permute(a, b, c); });
    op<u32, u32>(t, "popc.b32", [](u32 a) { return u32(__builtin_popcount(a)); });
    op<u32, u64>(t, "popc.b64", [](u64 a) { return u32(__builtin_popcountll(a)); });
    op<u32, u32>(t, "clz.b32", [](u32 a) { return leading_zeros(a); });
    op<u32, u64>(t, "clz.b64", [](u64 a) { return leading_zeros(a); });
    op<u32, u32>(t, "brev.b32", [](u32 a) { return reversed(a); });
    op<u64, u64>(t, "brev.b64", [](u64 a) { return reversed(a); });
    op<u32, u32>(t, "bfind.u32", [](u32 a) { return highest(a); });
    op<u32, s32>(t, "bfind.s32", [](s32 a) { return highest(u32(a < 0 ? ~a : a)); });
    op<u32, u64>(t, "bfind.u64", [](u64 a) { return highest(a); });
    op<u32, u32>(t, "bfind.shiftamt.u32", [](u32 a) { return a ? leading_zeros(a) : FULL; });
    op<u32, u32, u32>(t, "bmsk.clamp.b32", [](u32 a, u32 b) {
        return a >= 32 ? 0u : u32((b >= 32 ? ~0ull : (1ull << b) - 1) << a);
    });
    using U = u32;
    op<U, U, U, U>(t, "shf.l.wrap.b32", [](U a, U b, U c) { return left(a, b, c & 31); });
    op<U, U, U, U>(t, "shf.r.wrap.b32", [](U a, U b, U c) { return right(a, b, c & 31); });
    op<U, U, U, U>(t, "shf.l.clamp.b32", [](U a, U b, U c) { return c >= 32 ? a : left(a, b, c); });
    op<U, U, U, U>(t, "shf.r.clamp.b32",
                   [](U a, U b, U c) { return c >= 32 ? b : right(a, b, c); });
}
} // namespace emu
