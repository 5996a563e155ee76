// Moves of registers, predicates and addresses.
#include <chrono>

#include "operations.h"

namespace emu {
Next move_predicate(Warp &w, const Instruction &i, u32 mask) {
    w.put_predicate(i.d, w.predicates[i.a] ^ (i.mode ? FULL : 0), mask);
    return Next::Go;
}

// mode: 0 and, 1 or, 2 exclusive or, 3 not. count: bits say which operand is negated.
Next predicate_logic(Warp &w, const Instruction &i, u32 mask) {
    const u32 a = w.predicates[i.a] ^ (i.count & 1 ? FULL : 0);
    const u32 b = w.predicates[i.b] ^ (i.count & 2 ? FULL : 0);
    const u32 results[] = {a & b, a | b, a ^ b, ~a};
    w.put_predicate(i.d, results[i.mode], mask);
    return Next::Go;
}

namespace {
template <class Whole, class Part> void take_apart(Warp &w, const Instruction &i, u32 mask) {
    Whole from[LANES];
    memcpy(from, w.at<Whole>(i.a), sizeof from);
    for (size_t k = 0; k < i.more->r.size(); k++) {
        Part *d = w.at<Part>(i.more->r[k]);
        EACH(mask) {
            d[lane] = Part(from[lane] >> (8 * sizeof(Part) * k));
        }
    }
}
template <class Whole, class Part> void put_together(Warp &w, const Instruction &i, u32 mask) {
    Whole all[LANES] = {};
    for (size_t k = 0; k < i.more->r.size(); k++) {
        const Part *part = w.at<Part>(i.more->r[k]);
        for (int lane = 0; lane < LANES; lane++) {
            all[lane] |= Whole(part[lane]) << (8 * sizeof(Part) * k);
        }
    }
    Whole *d = w.at<Whole>(i.d);
    EACH(mask) {
        d[lane] = all[lane];
    }
}
// Calls the function for the width of the whole and the number of parts.
template <class A, class B, class C>
Next by_width(const Instruction &i, A two16, B two32, C four16) {
    const size_t parts = i.more->r.size();
    if (i.bytes == 4 && parts == 2) {
        two16();
    } else if (i.bytes == 8 && parts == 2) {
        two32();
    } else if (i.bytes == 8 && parts == 4) {
        four16();
    } else {
        fault(Wrong::Unsupported, 0, "%zu parts of %u bytes", parts, i.bytes);
    }
    return Next::Go;
}
} // namespace

Next unpack(Warp &w, const Instruction &i, u32 mask) {
    return by_width(
        i, [&] { take_apart<u32, u16>(w, i, mask); }, [&] { take_apart<u64, u32>(w, i, mask); },
        [&] { take_apart<u64, u16>(w, i, mask); });
}
Next pack(Warp &w, const Instruction &i, u32 mask) {
    return by_width(
        i, [&] { put_together<u32, u16>(w, i, mask); }, [&] { put_together<u64, u32>(w, i, mask); },
        [&] { put_together<u64, u16>(w, i, mask); });
}

// %clock counts four cycles an instruction; %globaltimer is the host's.
Next read_clock(Warp &w, const Instruction &i, u32 mask) {
    u64 v = i.count ? u64(std::chrono::steady_clock::now().time_since_epoch().count())
                    : w.block->count.total() * 4;
    EACH(mask) {
        w.put(i.d, i.bytes, lane, i.mode ? v >> 32 : v);
    }
    return Next::Go;
}

template <class T> static Next select(Warp &w, const Instruction &i, u32 mask) {
    T *d = w.at<T>(i.d);
    const T *a = w.at<T>(i.a), *b = w.at<T>(i.b);
    const u32 c = w.predicates[i.c];
    if (mask == FULL) {
#pragma GCC ivdep
        for (int lane = 0; lane < LANES; lane++) {
            d[lane] = c & (1u << lane) ? a[lane] : b[lane];
        }
    } else {
        EACH(mask) {
            d[lane] = c >> lane & 1 ? a[lane] : b[lane];
        }
    }
    return Next::Go;
}
Next select16(Warp &w, const Instruction &i, u32 mask) {
    return select<u16>(w, i, mask);
}
Next select32(Warp &w, const Instruction &i, u32 mask) {
    return select<u32>(w, i, mask);
}
Next select64(Warp &w, const Instruction &i, u32 mask) {
    return select<u64>(w, i, mask);
}

Next shift_window(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        w.put(i.d, i.bytes, lane, w.value(i.a, i.bytes, lane) + u64(i.immediate));
    }
    return Next::Go;
}
Next parameter_address(Warp &w, const Instruction &i, u32 mask) {
    const u64 base = u64(w.block->launch->parameters.data());
    EACH(mask) {
        w.at<u64>(i.d)[lane] = w.at<u64>(i.a)[lane] + (i.mode ? 0 - base : base);
    }
    return Next::Go;
}
Next is_space(Warp &w, const Instruction &i, u32 mask) {
    u32 yes = 0;
    EACH(mask) {
        u64 a = w.value(i.a, i.wide ? 8 : 4, lane);
        bool shared = a - SHARED_WINDOW < SHARED_WINDOWS_BYTES,
             local = a - LOCAL_WINDOW < WINDOW_BYTES;
        bool is = i.space == Space::Shared  ? shared
                  : i.space == Space::Local ? local
                                            : i.space == Space::Global && !shared && !local;
        yes |= u32(is) << lane;
    }
    w.put_predicate(i.d, yes, mask);
    return Next::Go;
}
Next zero64(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        w.at<u64>(i.d)[lane] = 0;
    }
    return Next::Go;
}
} // namespace emu
