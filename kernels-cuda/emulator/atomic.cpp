// atom and red, atomic among the threads of the emulator too.
#include <type_traits>

#include "operations.h"

namespace emu {
namespace {
template <class T> T combined(AtomicOp op, T old, T b, T c) {
    switch (op) {
    case AtomicOp::Add: return T(old + b);
    case AtomicOp::Min: return old < b ? old : b;
    case AtomicOp::Max: return old > b ? old : b;
    case AtomicOp::Exchange: return b;
    case AtomicOp::CompareSwap: return old == b ? c : old;
    default: break;
    }
    if constexpr (std::is_integral_v<T>) {
        switch (op) {
        case AtomicOp::And: return T(old & b);
        case AtomicOp::Or: return T(old | b);
        case AtomicOp::Xor: return T(old ^ b);
        case AtomicOp::Inc: return old >= b ? T(0) : T(old + 1);
        case AtomicOp::Dec: return old == 0 || old > b ? b : T(old - 1);
        default: break;
        }
    }
    fault(Wrong::Unsupported, 0, "atomic operation");
}

// Replaces what is there, U being its bits, by f of it, and returns what was there.
template <class U, class F> u64 exchange(u8 *at, F f) {
    U *place = reinterpret_cast<U *>(at);
    U old = __atomic_load_n(place, __ATOMIC_SEQ_CST), next;
    do {
        next = U(f(old));
    } while (
        !__atomic_compare_exchange_n(place, &old, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return old;
}

u16 half(AtomicOp op, u16 old, u16 b) {
    return to_f16(combined<float>(op, from_f16(old), from_f16(b), 0));
}
u16 brain(AtomicOp op, u16 old, u16 b) {
    return to_bf16(combined<float>(op, from_bf16(old), from_bf16(b), 0));
}
template <class F> u32 both(F f, AtomicOp op, u32 old, u32 b) {
    return u32(f(op, u16(old), u16(b))) | u32(f(op, u16(old >> 16), u16(b >> 16))) << 16;
}

u64 one(Kind kind, AtomicOp op, u8 *at, u64 b, u64 c, int lane) {
    switch (kind) {
    case U16: return exchange<u16>(at, [&](u16 v) { return combined<u16>(op, v, u16(b), u16(c)); });
    case U32: return exchange<u32>(at, [&](u32 v) { return combined<u32>(op, v, u32(b), u32(c)); });
    case S32:
        return exchange<u32>(at, [&](u32 v) { return combined<s32>(op, s32(v), s32(b), s32(c)); });
    case U64: return exchange<u64>(at, [&](u64 v) { return combined<u64>(op, v, b, c); });
    case S64:
        return exchange<u64>(at, [&](u64 v) { return combined<s64>(op, s64(v), s64(b), s64(c)); });
    case F32:
        return exchange<u32>(at, [&](u32 v) {
            return bits_of(combined<float>(op, float_of(v), float_of(u32(b)), 0));
        });
    case F64:
        return exchange<u64>(at, [&](u64 v) {
            return bits_of(combined<double>(op, double_of(v), double_of(b), 0));
        });
    case F16: return exchange<u16>(at, [&](u16 v) { return half(op, v, u16(b)); });
    case BF16: return exchange<u16>(at, [&](u16 v) { return brain(op, v, u16(b)); });
    case F16x2: return exchange<u32>(at, [&](u32 v) { return both(half, op, v, u32(b)); });
    case BF16x2: return exchange<u32>(at, [&](u32 v) { return both(brain, op, v, u32(b)); });
    default: fault(Wrong::Unsupported, lane, "type of an atomic operation");
    }
}
} // namespace

// count: whether there is a result.
Next atomic(Warp &w, const Instruction &i, u32 mask) {
    u64 a[LANES];
    u8 *at[LANES];
    lane_addresses(w, i, a);
    const int racer = w.racer;
    w.racer = UNCHECKED;
    locate(w, i, mask, a, i.bytes, false, at);
    w.racer = racer;
    const AtomicOp op = AtomicOp(i.mode);
    EACH(mask) {
        u64 b = w.value(i.b, i.bytes, lane);
        u64 c = op == AtomicOp::CompareSwap ? w.value(i.c, i.bytes, lane) : 0;
        u64 old = one(i.more->kind, op, at[lane], b, c, int(lane));
        if (i.count) {
            w.put(i.d, i.bytes, lane, old);
        }
    }
    return Next::Go;
}
} // namespace emu
