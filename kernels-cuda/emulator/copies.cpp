// cp.async: lands when it is waited for, or early.
#include <algorithm>

#include "operations.h"

namespace emu {
bool Block::lands_now() {
    const Landing l = launch->chosen.landing;
    return l == Landing::Early || (l == Landing::Any && (random() & 1));
}

static void land_lane(Warp &w, AsyncCopy &c, u32 lane) {
    c.mask &= ~(1u << lane);
    w.block->count.async_bytes += c.bytes;
    u8 data[16] = {};
    if (c.have[lane]) {
        memcpy(data, global_pointer(w, int(lane), c.from[lane], c.have[lane], false), c.have[lane]);
    }
    shared_land(*w.block, w.id, c.to[lane], data, c.bytes, c.line);
}

// count: 1 where register b says how many bytes are read, 2 where predicate c says that none are.
Next copy_async(Warp &w, const Instruction &i, u32 mask) {
    AsyncCopy c{};
    c.mask = mask;
    c.bytes = i.bytes;
    c.line = i.line;
    u32 reading = 0;
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
        if (have) {
            global_pointer(w, int(lane), from, have, false);
            reading |= 1u << lane;
        }
        shared_issue(w, int(lane), to, i.bytes);
    }
    Block &b = *w.block;
    if (reading && !b.launch->chosen.counts.empty()) {
        count_sectors(w, c.from, i.bytes, reading);
    }
    if (b.lands_now()) {
        EACH(mask) {
            land_lane(w, c, lane);
        }
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
        EACH(mask & c.mask) {
            const u32 group = c.group[lane];
            if (keep == ALL_GROUPS || (group != FULL && group + keep < w.copy_groups[lane])) {
                land_lane(w, c, lane);
            }
        }
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
        w.clock[size_t(w.id)]++;
    }
    return Next::Go;
}
} // namespace emu
