// bar and barrier: the sixteen barriers of a block.
#include "operations.h"

namespace emu {
// A reduction's result, by the barrier's mode: 2 count, 3 all, 4 any.
static void give_result(Warp &w, const BarrierState &s) {
    const Instruction &i = *w.reduction;
    if (i.mode == 2) {
        EACH(w.threads) {
            w.at<u32>(i.d)[lane] = s.count;
        }
    } else {
        w.put_predicate(i.d, (i.mode == 3 ? s.all : s.any) ? FULL : 0, w.threads);
    }
    w.reduction = nullptr;
}

void release_barrier(Block &b, BarrierState &s) {
    EACH(s.waiting) {
        Warp &w = b.warps[lane];
        w.waiting = -1;
        if (b.launch->chosen.races) {
            join(w.clock, s.clock);
        }
        if (w.reduction) {
            give_result(w, s);
        }
    }
    s = BarrierState();
    b.progress++;
    b.count.barriers++;
}

// mode: 0 sync, 1 arrive, and the reductions. count says whether b has a number of threads.
Next block_barrier(Warp &w, const Instruction &i, u32 mask) {
    Block &b = *w.block;
    const int first = __builtin_ctz(mask);
    const u32 id = w.at<u32>(i.a)[first], threads = i.count ? w.at<u32>(i.b)[first] : 0;
    if (mask != w.alive) {
        w.miss({Wrong::Divergence,
                format("barrier %u is in divergent code: lanes 0x%08x came while 0x%08x are alive",
                       id, mask, w.alive),
                first});
    }
    if (id > 15 || threads % LANES) {
        fault(Wrong::Barrier, first, "barrier %u of %u threads: there are 16, for whole warps", id,
              threads);
    }
    BarrierState &s = b.barriers[id];
    if (s.arrived && s.expected != threads) {
        fault(Wrong::Barrier, first, "barrier %u: %u threads here, %u where others wait", id,
              threads, s.expected);
    }
    s.expected = threads;
    s.arrived += LANES;
    if (b.launch->chosen.races) {
        join(s.clock, w.clock);
        w.clock.seen[size_t(w.id)]++;
    }
    if (i.mode >= 2) {
        u32 v = (w.predicates[i.c] ^ (i.immediate ? FULL : 0)) & mask;
        s.count += u32(__builtin_popcount(v));
        s.all &= v == mask;
        s.any |= v != 0;
        w.reduction = &i;
    }
    const bool waits = i.mode != 1;
    if (waits) {
        w.waiting = int(id);
        s.waiting |= 1u << w.id;
    }
    const u32 need = threads ? threads : b.unfinished * LANES;
    if (s.arrived > need) {
        fault(Wrong::Barrier, first, "barrier %u: %u threads arrived, %u expected", id, s.arrived,
              need);
    }
    if (s.arrived == need) {
        release_barrier(b, s);
        return Next::Go;
    }
    return waits ? Next::Yield : Next::Go;
}

void Block::warp_finished(Warp &w) {
    w.finished = true;
    unfinished--;
    progress++;
    for (auto &s : barriers) {
        if (s.arrived && !s.expected && s.arrived == unfinished * LANES) {
            release_barrier(*this, s);
        }
    }
    cluster->meet();
}
} // namespace emu
