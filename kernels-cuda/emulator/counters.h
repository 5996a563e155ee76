// What a launch did, counted.
#pragma once

#include "instruction.h"

namespace emu {
// Of a line of PTX.
struct LineCounts {
    u64 instructions = 0, bytes = 0, sectors = 0; // of warps; of global memory
    u64 shared_wavefronts = 0;

    void add(const LineCounts &other);
};

// What all launches of a function have done, by line.
struct LineTotals {
    u64 launches = 0;
    std::vector<LineCounts> lines;
};

struct Counters {
    u64 instructions[CLASSES] = {};    // of warps
    u64 global_bytes = 0, sectors = 0; // of 32 bytes
    u64 shared_accesses = 0, shared_wavefronts = 0;
    u64 tensor_operations = 0; // two for a product and its addition
    u64 async_bytes = 0, barriers = 0, blocks = 0;
    u64 serialized_wgmma = 0; // waits that ptxas would have put in
    // From a function's first line on; empty where nobody wants them.
    std::vector<LineCounts> lines;
    s32 first_line = 0;

    LineCounts &at(s32 line) {
        return lines[size_t(line - first_line)];
    }
    void add(const Counters &other);
    u64 total() const;
};
} // namespace emu
