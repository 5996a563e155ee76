// cp.async: lands when it is waited for, or early.
#include <algorithm>

#include "access.h"

namespace emu {
bool Block::lands_now() {
    const Landing l = launch->chosen.landing;
    return l == Landing::Early || (l == Landing::Any && (random() & 1));
}

namespace {
constexpr u64 WRITTEN_BYTES = 0x0101010101010101ull, PENDING_BYTES = 0x0202020202020202ull;

// What was to be checked was checked when the copy was issued.
void land_lanes(Warp &w, AsyncCopy &c, u32 lanes) {
    Block &b = *w.block;
    const bool races = b.launch->chosen.races;
    c.mask &= ~lanes;
    b.count.async_bytes += c.bytes * u64(__builtin_popcount(lanes));
    EACH(lanes) {
        const u8 *from = reinterpret_cast<const u8 *>(c.from[lane]);
        const u32 at = c.to[lane] - SHARED_START;
        if (c.bytes == 16 && c.have[lane] == 16 && !races) {
            memcpy(&b.shared[at], from, 16);
            memcpy(&b.shadow[at], &WRITTEN_BYTES, 8);
            memcpy(&b.shadow[at + 8], &WRITTEN_BYTES, 8);
            continue;
        }
        u8 data[16] = {};
        memcpy(data, from, c.have[lane]);
        shared_land(b, w.id, c.to[lane], data, c.bytes, c.line);
    }
}

// Shared memory that nothing is under way into, and that no mbarrier lives in, is the usual case.
void issue(Warp &w, u32 lane, u64 to, u32 bytes) {
    Block &b = *w.block;
    const u64 at = to - SHARED_START;
    if (bytes == 16 && at + 16 <= b.shared_bytes) {
        u64 x, y;
        memcpy(&x, &b.shadow[at], 8);
        memcpy(&y, &b.shadow[at + 8], 8);
        if (!((x | y) & PENDING_BYTES)) {
            memcpy(&b.shadow[at], &PENDING_BYTES, 8);
            memcpy(&b.shadow[at + 8], &PENDING_BYTES, 8);
            memset(&b.shared[at], 0xff, 16);
            return;
        }
    }
    shared_issue(w, int(lane), to, bytes);
}
} // namespace

// count: 1 where register b says how many bytes are read, 2 where predicate c says that none are.
Next copy_async(Warp &w, const Instruction &i, u32 mask) {
    AsyncCopy c;
    c.mask = mask;
    c.bytes = i.bytes;
    c.line = i.line;
    u32 whole = 0, reading = 0;
    EACH(mask) {
        u32 have = i.bytes;
        if (i.count == 1) {
            have = std::min(have, w.at<u32>(i.b)[lane]);
        } else if (i.count == 2 && w.predicates[i.c] >> lane & 1) {
            have = 0;
        }
        const u64 to = to_shared(int(lane), w.address(i, lane));
        const u64 from = w.address(i.more->transfer.other, lane);
        if (to % i.bytes || (have && from % i.bytes)) {
            fault(Wrong::Misaligned, int(lane), "cp.async of %u bytes from 0x%llx to 0x%llx",
                  i.bytes, (unsigned long long)from, (unsigned long long)to);
        }
        c.to[lane] = u32(to);
        c.from[lane] = from;
        c.have[lane] = u8(have);
        c.group[lane] = FULL;
        whole |= u32(have == i.bytes) << lane;
        reading |= u32(have > 0) << lane;
    }
    u8 *at[LANES];
    if (whole) {
        global_addresses(w, whole, c.from, i.bytes, false, at);
    }
    EACH(reading & ~whole) {
        global_pointer(w, int(lane), c.from[lane], c.have[lane], false);
    }
    EACH(mask) {
        issue(w, lane, c.to[lane], i.bytes);
    }
    Block &b = *w.block;
    EACH(b.launch->watches() ? reading : 0) {
        watch_copy(w, int(lane), c.from[lane], c.have[lane], {false, 0, i.line});
    }
    if (reading && !b.launch->chosen.counts.empty()) {
        count_sectors(w, c.from, i.bytes, reading);
    }
    if (b.lands_now()) {
        land_lanes(w, c, mask);
    } else {
        w.copies.push_back(c);
    }
    return Next::Go;
}

Next copy_commit(Warp &w, const Instruction &, u32 mask) {
    for (auto &c : w.copies) {
        EACH(mask & c.mask) {
            if (c.group[lane] == FULL) {
                c.group[lane] = w.copy_groups[lane];
            }
        }
    }
    EACH(mask) {
        w.copy_groups[lane]++;
    }
    return Next::Go;
}

void land_copies(Warp &w, u32 mask, u32 keep) {
    for (auto &c : w.copies) {
        u32 lanes = 0;
        EACH(mask & c.mask) {
            const u32 group = c.group[lane];
            const bool old = group != FULL && group + keep < w.copy_groups[lane];
            lanes |= u32(keep == ALL_GROUPS || old) << lane;
        }
        land_lanes(w, c, lanes);
    }
    std::erase_if(w.copies, [](const AsyncCopy &c) { return !c.mask; });
}

Next copy_wait(Warp &w, const Instruction &i, u32 mask) {
    land_copies(w, mask, i.mode ? ALL_GROUPS : u32(i.immediate));
    return Next::Go;
}

// mode: whether the mbarrier counts this arrival already.
Next copy_arrive(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        land_copies(w, 1u << lane, ALL_GROUPS);
        const u64 a = to_shared(int(lane), w.address(i, lane));
        if (!i.mode) {
            expect_one_more(w, int(lane), a);
        }
        arrive(w, int(lane), a, 1, 0, nullptr);
    }
    if (w.block->launch->chosen.races) {
        w.clock.seen[size_t(w.id)]++;
    }
    return Next::Go;
}
} // namespace emu
