// Races on global memory within a launch: what blocks, or warps of one, do to the same bytes with
// no order between them. Blocks are ordered by fences and atomics alone, as
//   stores; __threadfence(); atomicAdd(ticket)  ...  atomicAdd(ticket); __threadfence(); loads
// where a barrier may stand before either fence or atomic and hands on what its warps know.
#pragma once

#include <memory>
#include <unordered_map>

#include "clock.h"
#include "instruction.h"

namespace emu {
struct Launch;

class GlobalRaces {
  public:
    // Of launches that depend on each other, each at its place.
    void add(const Launch &launch);
    // Faults where the access, of lanes in a mask or of a copy, is not ordered after an earlier
    // one. Strong ones are compared with plain stores alone: a loop around atomicCAS begins with a
    // plain load.
    void access(const Warp &w, int lane, u64 address, u32 bytes, bool write, u8 order, s32 line);
    // An atomic or strong access hands on what its warp has fenced, and hears what others did.
    void synchronize(Warp &w, u64 address, u8 order, bool reads, bool writes);
    static void fence(Warp &w);
    static void hear(Warp &w);

  private:
    struct Access {
        u32 block, epoch = 0; // 0 is none; the block's upper bits have the launch's place
        u16 warp, mask;       // of the cell's four bytes
        s32 line;
    };
    struct Cell {
        Access write, read[2]; // the last ones, of two readers
    };
    static constexpr u64 PAGE_CELLS = 64;
    using Page = std::unique_ptr<Cell[]>;

    struct Place {
        u32 grid[3] = {};
        const Function *function = nullptr;
    };
    Place launches[4];                   // by the launch's place
    std::unordered_map<u64, Page> pages; // by address
    std::unordered_map<u64, Blocks> told;
    u64 last = ~u64(0);
    Cell *last_cells = nullptr;

    Cell &cell(u64 number);
    std::string who(const Access &a) const;
    [[noreturn]] void report(const Warp &w, int lane, u64 address, const char *what,
                             const char *before, const Access &a) const;
};
} // namespace emu
