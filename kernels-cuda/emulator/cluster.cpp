// Blocks of a cluster, which run together and reach into each other's shared memory: addresses,
// the barrier of the cluster, and what one block knows of another.
#include "operations.h"

namespace emu {
namespace {
constexpr u64 RANKS = 1 + MOST_CLUSTER; // windows: a block's own, and one for each rank

void need_all(Warp &w, u32 mask, const char *what) {
    if (mask != w.alive) {
        w.miss({Wrong::Divergence,
                format("%s with lanes 0x%08x of those alive, 0x%08x", what, mask, w.alive),
                __builtin_ctz(mask)});
    }
}
} // namespace

// Where all that have not ended have come, they go on.
void Cluster::meet() {
    if (!arrived) {
        return;
    }
    u32 all = 0;
    for (const Block *b : blocks) {
        all += b->running ? b->unfinished : 0;
    }
    if (arrived < all) {
        return;
    }
    arrived = 0;
    meetings++;
    for (Block *b : blocks) {
        for (Warp &w : b->warps) {
            if (w.waiting == FOR_THE_CLUSTER) {
                w.waiting = -1;
                w.cluster_arrived = false;
                join(w.clock.others, told);
            }
        }
        b->progress++;
    }
}

u64 Cluster::progress() const {
    u64 all = 0;
    for (const Block *b : blocks) {
        all += b->progress;
    }
    return all;
}

bool Cluster::all_stuck_at(u64 when) const {
    for (const Block *b : blocks) {
        if (b->running && b->stuck_at != when) {
            return false;
        }
    }
    return true;
}

// The block whose shared memory the address is in, which becomes one of that block.
Block &home(Warp &w, int lane, u64 &a) {
    Block &own = *w.block;
    const u64 window = a / WINDOW_BYTES;
    if (!window) {
        return own;
    }
    auto &blocks = own.cluster->blocks;
    if (window > blocks.size()) {
        fault(Wrong::Cluster, lane, "0x%llx is in no block of a cluster of %zu",
              (unsigned long long)a, blocks.size());
    }
    Block &b = *blocks[window - 1];
    a %= WINDOW_BYTES;
    if (!b.running) {
        fault(Wrong::Cluster, lane,
              "access of shared memory of block (%u,%u,%u) of the cluster, which has ended",
              b.cta[0], b.cta[1], b.cta[2]);
    }
    return b;
}

// Of another block's memory only bounds and bytes that nobody wrote are checked.
u8 *remote_pointer(Warp &w, int lane, u64 a, u32 bytes, bool write, s32 line) {
    Block &b = home(w, lane, a);
    Warp &there = b.warps[size_t(w.id)];
    const int racer = there.racer;
    there.racer = UNCHECKED;
    u8 *p = shared_pointer(there, lane, a, bytes, write, line);
    there.racer = racer;
    b.progress += write;
    return p;
}

Clock known_in(const Warp &w, const Block &b) {
    if (&b == w.block) {
        return w.clock;
    }
    Clock c;
    c.others = w.clock.others;
    c.heard = w.clock.heard;
    c.fenced = w.clock.fenced;
    join(c.others[w.block->number], w.clock.seen);
    if (auto there = c.others.find(b.number); there != c.others.end()) {
        c.seen = there->second;
        c.proxied = there->second;
    }
    return c;
}

// mode: 1 where addresses are generic.
Next map_to_rank(Warp &w, const Instruction &i, u32 mask) {
    const u64 window = i.mode ? SHARED_WINDOW : 0;
    EACH(mask) {
        const u64 a = w.value(i.a, i.bytes, lane) - window;
        const u32 rank = w.at<u32>(i.b)[lane];
        if (a >= RANKS * WINDOW_BYTES || rank >= w.block->cluster->blocks.size()) {
            fault(Wrong::Cluster, int(lane), "mapa of 0x%llx to rank %u of a cluster of %zu",
                  (unsigned long long)(a + window), rank, w.block->cluster->blocks.size());
        }
        w.put(i.d, i.bytes, lane, window + (rank + 1) * WINDOW_BYTES + a % WINDOW_BYTES);
    }
    return Next::Go;
}

Next rank_of(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        const u64 a = w.value(i.a, i.bytes, lane) - (i.mode ? SHARED_WINDOW : 0);
        const u64 window = a / WINDOW_BYTES;
        w.at<u32>(i.d)[lane] = window ? u32(window - 1) : w.block->rank;
    }
    return Next::Go;
}

// mode: 1 arrives, 2 waits.
Next cluster_barrier(Warp &w, const Instruction &i, u32 mask) {
    Block &b = *w.block;
    Cluster &c = *b.cluster;
    if (i.mode == 1) {
        need_all(w, mask, "barrier.cluster.arrive");
        if (w.cluster_arrived) {
            fault(Wrong::Cluster, __builtin_ctz(mask),
                  "barrier.cluster.arrive twice, with no wait");
        }
        w.cluster_arrived = true;
        w.cluster_meeting = c.meetings;
        c.arrived++;
        if (b.launch->chosen.races) {
            join(c.told, w.clock.others);
            join(c.told[b.number], w.clock.seen);
            w.clock.seen[size_t(w.id)]++;
        }
        b.progress++;
        c.meet();
        return Next::Go;
    }
    need_all(w, mask, "barrier.cluster.wait");
    if (!w.cluster_arrived) {
        fault(Wrong::Cluster, __builtin_ctz(mask), "barrier.cluster.wait with no arrive");
    }
    if (c.meetings == w.cluster_meeting) {
        w.waiting = FOR_THE_CLUSTER;
        return Next::Yield;
    }
    w.cluster_arrived = false;
    join(w.clock.others, c.told);
    return Next::Go;
}
} // namespace emu
