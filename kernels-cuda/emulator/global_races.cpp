#include "global_races.h"

#include <algorithm>

#include "block.h"
#include "fault.h"

namespace emu {
namespace {
constexpr u32 PLACE = 30; // the bit of a block's number from which on its launch's place stands

bool ordered(const Warp &w, u32 block, u32 warp, u32 epoch) {
    if (block == w.block->number) {
        return warp == u32(w.id) || w.clock.seen[warp] >= epoch;
    }
    const u32 behind = ((w.block->number >> PLACE) - (block >> PLACE)) % 4;
    if (behind == 1 || behind == 2) {
        return behind == 2 || w.clock.waited;
    }
    auto known = w.clock.others.find(block);
    return known != w.clock.others.end() && warp < known->second.size()
           && known->second[warp] >= epoch;
}
} // namespace

void GlobalRaces::add(const Launch &launch) {
    Place &p = launches[launch.place % 4];
    memcpy(p.grid, launch.grid, sizeof p.grid);
    p.function = launch.function;
}

GlobalRaces::Cell &GlobalRaces::cell(u64 number) {
    if (number / PAGE_CELLS != last) {
        last = number / PAGE_CELLS;
        Page &page = pages[last];
        if (!page) {
            page = std::make_unique<Cell[]>(PAGE_CELLS);
        }
        last_cells = page.get();
    }
    return last_cells[number % PAGE_CELLS];
}

std::string GlobalRaces::who(const Access &a) const {
    const Place &p = launches[a.block >> PLACE];
    const u32 *g = p.grid, index = a.block & ((1u << PLACE) - 1);
    auto [file, line] = p.function->module->source(a.line);
    return format("block (%u,%u,%u), warp %d at line %d", index % g[0], index / g[0] % g[1],
                  index / g[0] / g[1], a.warp, a.line)
           + (line ? format(" (%s:%d)", file.c_str(), line) : "");
}

void GlobalRaces::report(const Warp &w, int lane, u64 a, const char *what, const char *before,
                         const Access &other) const {
    const bool own = other.block == w.block->number;
    const bool dependent = (other.block ^ w.block->number) >> PLACE;
    fault(Wrong::GlobalRace, lane, "global 0x%llx: this %s is not ordered after the %s by %s: %s",
          (unsigned long long)a, what, before, who(other).c_str(),
          dependent ? "they are of two launches, of which one depends on the other, and no "
                      "griddepcontrol.wait stands between them"
          : own     ? "no barrier of the block stands between them"
                : "that takes a fence and an atomic there, and then an atomic and a fence here");
}

void GlobalRaces::access(const Warp &w, int lane, u64 address, u32 bytes, bool write, u8 order,
                         s32 line) {
    const u32 block = w.block->number, epoch = w.clock.seen[size_t(w.id)];
    const char *what = order & STRONG ? write ? "atomic write" : "strong read"
                       : write        ? "write"
                                      : "read";
    auto earlier = [&](const Access &a) { return ordered(w, a.block, a.warp, a.epoch); };
    for (u64 at = address & ~u64(3); at < address + bytes; at += 4) {
        const u64 from = std::max(at, address) - at, to = std::min(at + 4, address + bytes) - at;
        const u16 mask = u16((1u << to) - (1u << from));
        Cell &c = cell(at / 4);
        if (c.write.epoch && (c.write.mask & mask)) {
            if ((order & READ_ONLY) && !((c.write.block ^ block) >> PLACE)) {
                fault(Wrong::ReadOnly, lane,
                      "ld.global.nc of 0x%llx, which %s of the same launch has written",
                      (unsigned long long)at, who(c.write).c_str());
            }
            if (!earlier(c.write)) {
                report(w, lane, at, what, "write", c.write);
            }
        }
        for (Access &r : c.read) {
            if (write && !(order & STRONG) && r.epoch && (r.mask & mask) && !earlier(r)) {
                report(w, lane, at, what, "read", r);
            }
        }
        if (order & STRONG) {
            continue;
        }
        Access *slot = &c.write;
        if (!write) {
            slot = &c.read[epoch % 2];
            for (Access &r : c.read) {
                slot = !r.epoch || earlier(r) ? &r : slot;
            }
        }
        const bool more = slot->epoch == epoch && slot->block == block && slot->warp == w.id;
        *slot = {block, epoch, u16(w.id), u16(mask | (more ? slot->mask : 0)), line};
    }
}

// What was heard counts from now on.
void GlobalRaces::hear(Warp &w) {
    Clock &c = w.clock;
    if (auto here = c.heard.find(w.block->number); here != c.heard.end()) {
        join(c.seen, here->second);
    }
    join(c.others, c.heard);
    c.heard.clear();
}

// And what is known can be told.
void GlobalRaces::fence(Warp &w) {
    hear(w);
    Clock &c = w.clock;
    join(c.fenced, c.others);
    join(c.fenced[w.block->number], c.seen);
    c.seen[size_t(w.id)]++;
}

void GlobalRaces::synchronize(Warp &w, u64 address, u8 order, bool reads, bool writes) {
    if (order & BLOCK_SCOPE) {
        return;
    }
    Clock &c = w.clock;
    if (order & RELEASES) {
        fence(w);
    }
    auto known = told.find(address);
    if (reads && known != told.end()) {
        join(c.heard, known->second);
    }
    if (writes && !c.fenced.empty()) {
        join(told[address], c.fenced);
    }
    if (order & ACQUIRES) {
        hear(w);
    }
}
} // namespace emu
