// The card's global memory. A device address is an address of this process; what a kernel may touch
// is known by the table of allocations, what has been written by a shadow.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

#include "numbers.h"

namespace emu {
struct Allocation {
    u64 begin, end;
    u8 *shadow; // a byte for every four, 1 once written; null where everything counts as written
    bool of_host = false;
    u64 bytes() const {
        return end - begin;
    }
};

class GlobalMemory {
  public:
    // Memory that was never written. Returns 0 where there is none left.
    u64 allocate(size_t bytes);
    // Returns whether an allocation began there.
    bool release(u64 address);
    // Host memory that kernels may touch; it counts as written.
    void adopt(u64 address, size_t bytes);
    void disown(u64 address);
    bool find(u64 address, Allocation &out);
    bool holds(u64 address, size_t bytes);
    void mark_written(u64 address, size_t bytes);
    // Fills with zeros, of much memory without touching it.
    static void clear(u64 address, size_t bytes);
    void limit(size_t bytes);
    size_t limit() const {
        return most;
    }
    size_t used() const {
        return taken;
    }
    // Changes whenever a remembered allocation may have gone.
    std::atomic<u64> version{1};

  private:
    std::mutex lock;
    std::map<u64, Allocation> all;
    struct Owned {
        size_t bytes;
        u8 *shadow; // kept when everything is written, for kernels that look at it still
    };
    std::map<u64, Owned> owned;
    std::atomic<size_t> taken{0}, most{size_t(8) << 30};
};

// Never destroyed, for the process may use it while it exits.
extern GlobalMemory &global_memory;
} // namespace emu
