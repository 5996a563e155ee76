// Races on shared memory: vector clocks, a cell for two bytes. Warps are the threads; behind them
// come the block's copy engine and a reader for each warpgroup's tensor core, which belong to the
// asynchronous proxy.
#pragma once

#include <map>
#include <vector>

#include "clock.h"

namespace emu {
struct Block;

struct Races {
    struct Cell {
        u32 written = 0;
        s16 writer = -1;
        bool generic = false; // by a store, which other proxies see after a fence alone
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

// For a thread's number: the copy engine; nobody, since atomic operations do not race.
constexpr int COPY_ENGINE = -1, UNCHECKED = -2;

struct Touch {
    u32 at, bytes; // from the start of shared memory
    bool write;
    s32 line;
    int lane;
    bool lands = false; // a cp.async that lands, which is no store
};
// Faults where an access of the thread is not ordered after an earlier one that it conflicts with,
// or where the asynchronous proxy meets a store without a fence between them.
void race_access(Block &block, int thread, const Touch &access);
// Faults where a store in that place has not been shown to the asynchronous proxy.
void need_proxy_fence(Block &block, const Clock &mine, const Touch &access);
} // namespace emu
