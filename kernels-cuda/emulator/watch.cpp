// Accesses of global memory that are looked at more closely: for races, and for stores that other
// blocks see late.
#include "operations.h"

namespace emu {
namespace {
// Several blocks that write one value are no race worth a report.
bool changes_nothing(const Warp &w, const Instruction &i, u32 lane, const u8 *at) {
    if (i.execute != store) {
        return false;
    }
    for (u32 k = 0; k < i.count; k++) {
        const u64 v = w.value(i.more->r[k], i.more->width[k], lane);
        if (memcmp(&v, at + k * i.bytes, i.bytes)) {
            return false;
        }
    }
    return true;
}
} // namespace

void watch_global(Warp &w, const Instruction &i, u32 mask, const u64 *a, u32 bytes, bool write,
                  u8 *const *at) {
    Block &b = *w.block;
    const bool atomic_too = i.kind == Atomic, writes = write || atomic_too;
    const bool reads = atomic_too ? i.count : !write, strong = i.order & STRONG;
    EACH(mask) {
        if (b.launch->races) {
            if (strong || !writes || !changes_nothing(w, i, lane, at[lane])) {
                b.launch->races->access(w, int(lane), a[lane], bytes, writes, i.order, i.line);
            }
            if (strong) {
                b.launch->races->synchronize(w, a[lane], i.order, reads, writes);
            }
        }
        if (!b.launch->chosen.late_stores || !writes) {
            continue;
        }
        if (i.order & RELEASES) {
            b.unseen.show();
        } else if (strong) {
            b.unseen.show(a[lane], bytes);
        } else {
            b.unseen.hold(a[lane], bytes);
        }
    }
}

void watch_copy(Warp &w, int lane, u64 address, u32 bytes, CopyAccess c) {
    Block &b = *w.block;
    if (b.launch->races) {
        b.launch->races->access(w, lane, address, bytes, c.write, c.order, c.line);
    }
    if (b.launch->chosen.late_stores && c.write && (c.order & STRONG)) {
        b.unseen.show(address, bytes);
    } else if (b.launch->chosen.late_stores && c.write) {
        b.unseen.hold(address, bytes);
    }
}

// mode: whether it is for the asynchronous proxy.
Next fence(Warp &w, const Instruction &i, u32) {
    Block &b = *w.block;
    if (b.launch->races && i.mode) {
        join(w.clock.proxied, w.clock.seen);
        w.clock.seen[size_t(w.id)]++;
    } else if (b.launch->races) {
        GlobalRaces::fence(w);
    }
    if (!i.mode) {
        b.unseen.show();
    }
    return Next::Go;
}
} // namespace emu
