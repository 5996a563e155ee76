// What the lanes of a warp tell each other.
#include <algorithm>

#include "operations.h"

namespace emu {
void need_whole_warp(Warp &w, u32 mask, Wrong wrong, const char *what) {
    if (mask != FULL) {
        w.miss({wrong,
                format("%s with lanes 0x%08x of the warp (alive 0x%08x)", what, mask, w.alive),
                mask ? __builtin_ctz(mask) : 0});
    }
}

// All lanes that the mask names and that have not ended must have come here.
static void need_members(Warp &w, u32 members_at, u32 mask, const char *what) {
    const int first = __builtin_ctz(mask);
    const u32 members = w.at<u32>(members_at)[first];
    if ((members & w.alive) != mask) {
        w.miss({Wrong::Divergence,
                format("%s: member mask 0x%08x, lanes alive 0x%08x, but lanes here 0x%08x", what,
                       members, w.alive, mask),
                first});
    }
}

namespace {
struct Source {
    s32 lane;
    bool inside; // of the segment; else a lane keeps its own value
};
// mode: 0 up, 1 down, 2 butterfly, 3 by index. The last operand has segments and their bound.
Source source_lane(u8 mode, s32 lane, u32 by, u32 segments) {
    const s32 segment = s32(segments >> 8 & 31), bound = s32(segments & 31), b = s32(by & 31);
    const s32 top = (lane & segment) | (bound & ~segment), low = lane & segment;
    s32 from = 0;
    switch (mode) {
    case 0: from = lane - b; return {from, from >= top};
    case 1: from = lane + b; break;
    case 2: from = lane ^ b; break;
    default: from = low | (b & ~segment); break;
    }
    return {from, from <= top};
}

// The butterfly over a whole warp, which is what reductions use.
bool plain_butterfly(Warp &w, const Instruction &i, u32 mask) {
    const u32 *b = w.at<u32>(i.b), *c = w.at<u32>(i.c);
    bool plain = mask == FULL && i.mode == 2 && i.immediate < 0;
    for (int lane = 0; lane < LANES && plain; lane++) {
        plain = b[lane] == b[0] && c[lane] == 31;
    }
    if (plain) {
        u32 from[LANES], *d = w.at<u32>(i.d);
        const u32 by = b[0] & 31;
        memcpy(from, w.at<u32>(i.a), sizeof from);
        for (u32 lane = 0; lane < LANES; lane++) {
            d[lane] = from[lane ^ by];
        }
    }
    return plain;
}
} // namespace

Next shuffle(Warp &w, const Instruction &i, u32 mask) {
    need_members(w, i.more->a[0], mask, "shfl.sync");
    if (plain_butterfly(w, i, mask)) {
        return Next::Go;
    }
    u32 from[LANES], by[LANES], segments[LANES], inside = 0;
    memcpy(from, w.at<u32>(i.a), sizeof from);
    memcpy(by, w.at<u32>(i.b), sizeof by);
    memcpy(segments, w.at<u32>(i.c), sizeof segments);
    EACH(mask) {
        Source s = source_lane(i.mode, s32(lane), by[lane], segments[lane]);
        s32 k = s.inside ? s.lane : s32(lane);
        if (!(mask >> k & 1)) {
            fault(Wrong::Shuffle, int(lane),
                  "shfl.sync reads lane %d, which takes no part (lanes here 0x%08x)", k, mask);
        }
        inside |= u32(s.inside) << lane;
        w.at<u32>(i.d)[lane] = from[k];
    }
    if (i.immediate >= 0) {
        w.put_predicate(u32(i.immediate), inside, mask);
    }
    return Next::Go;
}

// mode: 0 ballot, 1 all, 2 any, 3 uniform.
Next vote(Warp &w, const Instruction &i, u32 mask) {
    need_members(w, i.b, mask, "vote.sync");
    const u32 v = (w.predicates[i.a] ^ (i.count ? FULL : 0)) & mask;
    const bool results[] = {false, v == mask, v != 0, v == 0 || v == mask};
    if (i.mode) {
        w.put_predicate(i.d, results[i.mode] ? FULL : 0, mask);
        return Next::Go;
    }
    EACH(mask) {
        w.at<u32>(i.d)[lane] = v;
    }
    return Next::Go;
}

Next match(Warp &w, const Instruction &i, u32 mask) {
    need_members(w, i.b, mask, "match.sync");
    u64 v[LANES] = {};
    EACH(mask) {
        v[lane] = w.value(i.a, i.bytes, lane);
    }
    bool all = true;
    const int first = __builtin_ctz(mask);
    u32 results[LANES] = {};
    EACH(mask) {
        for (u32 k = 0; k < LANES; k++) {
            results[lane] |= u32(mask >> k & 1 && v[k] == v[lane]) << k;
        }
        all &= v[lane] == v[first];
    }
    EACH(mask) {
        w.at<u32>(i.d)[lane] = !i.mode ? results[lane] : all ? mask : 0;
    }
    if (i.immediate >= 0) {
        w.put_predicate(u32(i.immediate), all ? FULL : 0, mask);
    }
    return Next::Go;
}

Next reduce(Warp &w, const Instruction &i, u32 mask) {
    need_members(w, i.b, mask, "redux.sync");
    const u32 *a = w.at<u32>(i.a);
    u32 v = a[__builtin_ctz(mask)];
    const bool is_signed = i.count;
    EACH(mask & (mask - 1)) {
        const u32 x = a[lane];
        const bool less = is_signed ? s32(x) < s32(v) : x < v;
        switch (AtomicOp(i.mode)) {
        case AtomicOp::Add: v += x; break;
        case AtomicOp::Min: v = less ? x : v; break;
        case AtomicOp::Max: v = less ? v : x; break;
        case AtomicOp::And: v &= x; break;
        case AtomicOp::Or: v |= x; break;
        default: v ^= x; break;
        }
    }
    EACH(mask) {
        w.at<u32>(i.d)[lane] = v;
    }
    return Next::Go;
}

Next elect(Warp &w, const Instruction &i, u32 mask) {
    need_members(w, i.a, mask, "elect.sync");
    const u32 elected = u32(__builtin_ctz(mask));
    EACH(mask) {
        w.at<u32>(i.d)[lane] = elected;
    }
    w.put_predicate(u32(i.immediate), 1u << elected, mask);
    return Next::Go;
}

Next active_mask(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        w.at<u32>(i.d)[lane] = mask;
    }
    return Next::Go;
}

Next warp_barrier(Warp &w, const Instruction &i, u32 mask) {
    need_members(w, i.a, mask, "bar.warp.sync");
    return Next::Go;
}
} // namespace emu
