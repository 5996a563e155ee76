// Races on shared memory: vector clocks, a cell for two bytes. Warps are the threads; behind them
// come the block's copy engine and a reader for each warpgroup's tensor core.
#pragma once

#include <map>
#include <vector>

#include "numbers.h"

namespace emu {
struct Block;
using Clock = std::vector<u32>;

struct Races {
    struct Cell {
        u32 written = 0;
        s16 writer = -1;
        s32 line = 0;
    };
    std::vector<Cell> cells;
    std::vector<u32> reads; // by cell and thread
    std::vector<s32> read_lines;
    int threads = 0;
    std::map<u32, Clock> mbarriers;
    Clock copies;
    std::vector<Clock> groups;

    void start(u32 warps, u32 shared_bytes);
};

void join(Clock &to, const Clock &from);
// For a thread's number: the copy engine; nobody, since atomic operations do not race.
constexpr int COPY_ENGINE = -1, UNCHECKED = -2;
// Faults where an access of the thread, from "at" bytes behind the start of shared memory, is not
// ordered after an earlier one that it conflicts with.
void race_access(Block &block, int thread, u32 at, u32 bytes, bool write, s32 line, int lane);
} // namespace emu
