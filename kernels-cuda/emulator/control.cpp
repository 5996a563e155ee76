// Branches, the end, and what only gives up the core.
#include <cstdio>

#include "operations.h"

namespace emu {
Next branch(Warp &w, const Instruction &i, u32 taken) {
    taken &= w.active;
    const u32 rest = w.active & ~taken, next = w.pc + 1;
    if (!rest) {
        w.pc = i.target;
        return Next::Jumped;
    }
    if (!taken) {
        return Next::Go;
    }
    if (w.rejoin != i.rejoin) {
        w.paths.push_back({i.rejoin, w.rejoin, w.active}); // all go on from there
    }
    const bool rest_is_there = i.rejoin != NOWHERE && next == i.rejoin;
    const bool taken_is_there = i.rejoin != NOWHERE && i.target == i.rejoin;
    w.rejoin = i.rejoin;
    if (taken_is_there && !rest_is_there) {
        w.pc = next;
        w.active = rest;
        return Next::Jumped;
    }
    if (!rest_is_there) {
        w.paths.push_back({next, i.rejoin, rest});
    }
    w.pc = i.target;
    w.active = taken;
    return Next::Jumped;
}

Next branch_indexed(Warp &w, const Instruction &i, u32 mask) {
    const u32 *index = w.at<u32>(i.a);
    const u32 rest = w.active & ~mask;
    if (w.rejoin != i.rejoin) {
        w.paths.push_back({i.rejoin, w.rejoin, w.active});
    }
    if (rest) {
        w.paths.push_back({w.pc + 1, i.rejoin, rest});
    }
    while (mask) {
        const int first = __builtin_ctz(mask);
        const u32 target = index[first];
        if (target >= i.more->r.size()) {
            fault(Wrong::Trap, first, "brx.idx: index %u of %zu", target, i.more->r.size());
        }
        u32 same = 0;
        EACH(mask) {
            same |= u32(index[lane] == target) << lane;
        }
        mask &= ~same;
        w.paths.push_back({i.more->r[target], i.rejoin, same});
    }
    w.pop();
    return Next::Jumped;
}

Next leave_kernel(Warp &w, const Instruction &, u32 mask) {
    w.leave(mask);
    if (!w.alive) {
        return Next::Finished;
    }
    if (w.active) {
        return Next::Go;
    }
    w.pop();
    return Next::Jumped;
}

Next trap(Warp &, const Instruction &, u32 mask) {
    fault(Wrong::Trap, __builtin_ctz(mask), "trap");
}
Next nothing(Warp &, const Instruction &, u32) {
    return Next::Go;
}
Next give_way(Warp &, const Instruction &, u32) {
    return Next::Yield;
}

// For the end of the launch before, which has not begun while this one is early.
Next grid_wait(Warp &w, const Instruction &, u32) {
    if (w.block->launch->early) {
        w.waiting = FOR_THE_GRID;
        return Next::Yield;
    }
    w.clock.waited = true;
    return Next::Go;
}

void Block::grid_has_ended() {
    parked = false;
    for (Warp &w : warps) {
        if (w.waiting == FOR_THE_GRID) {
            w.waiting = -1;
            w.clock.waited = true;
            progress++;
        }
    }
}

// vprintf and __assertfail, whose arguments lie in local memory. A format is printed as it is.
Next call_host(Warp &w, const Instruction &i, u32 mask) {
    const u32 size = w.block->function->local_bytes;
    auto text = [&](u32 lane) {
        u64 address;
        memcpy(&address, w.local + size_t(lane) * size + i.more->r.at(0), 8);
        return reinterpret_cast<const char *>(address);
    };
    if (i.more->text == "__assertfail") {
        u32 first = u32(__builtin_ctz(mask));
        fault(Wrong::Assertion, int(first), "assertion failed: %s", text(first));
    }
    EACH(mask) {
        fprintf(stderr, "[kernel] %s", text(lane));
    }
    return Next::Go;
}
} // namespace emu
