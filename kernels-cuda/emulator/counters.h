// What a launch did, counted.
#pragma once

#include "instruction.h"

namespace emu {
struct Counters {
    u64 instructions[CLASSES] = {};    // of warps
    u64 global_bytes = 0, sectors = 0; // of 32 bytes
    u64 shared_accesses = 0, shared_wavefronts = 0;
    u64 tensor_operations = 0; // two for a product and its addition
    u64 async_bytes = 0, barriers = 0, blocks = 0;
    u64 serialized_wgmma = 0; // waits that ptxas would have put in

    void add(const Counters &other);
    u64 total() const;
};
} // namespace emu
