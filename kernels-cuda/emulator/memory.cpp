#include "memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>

namespace emu {
namespace {
constexpr size_t ALIGNMENT = 512;
// Behind every allocation there is room that belongs to nobody, for accesses that run over.
constexpr size_t GAP = 256;
// Memory is poisoned with NaNs up to this size; beyond it the shadow must do, for time's sake.
constexpr size_t POISONED = size_t(1) << 20;
constexpr size_t PAGE = 4096;
} // namespace

GlobalMemory &global_memory = *new GlobalMemory;

u64 GlobalMemory::allocate(size_t bytes) {
    std::lock_guard held(lock);
    if (bytes > most || taken > most - bytes) {
        return 0;
    }
    size_t room = (bytes + GAP + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    u8 *memory = static_cast<u8 *>(aligned_alloc(ALIGNMENT, room));
    u8 *shadow = static_cast<u8 *>(calloc(bytes / 4 + 16, 1));
    if (!memory || !shadow) {
        free(memory);
        free(shadow);
        return 0;
    }
    memset(memory, 0xff, room > POISONED ? 0 : room);
    u64 address = u64(memory);
    all[address] = {address, address + bytes, shadow};
    owned[address] = {bytes, shadow};
    taken += bytes;
    version++;
    return address;
}

bool GlobalMemory::release(u64 address) {
    std::lock_guard held(lock);
    auto one = owned.find(address);
    if (one == owned.end()) {
        return false;
    }
    taken -= one->second.bytes;
    free(one->second.shadow);
    all.erase(address);
    owned.erase(one);
    version++;
    free(reinterpret_cast<void *>(address));
    return true;
}

void GlobalMemory::adopt(u64 address, size_t bytes) {
    std::lock_guard held(lock);
    all[address] = {address, address + bytes, nullptr, true};
    version++;
}

void GlobalMemory::disown(u64 address) {
    std::lock_guard held(lock);
    all.erase(address);
    version++;
}

bool GlobalMemory::find(u64 address, Allocation &out) {
    std::lock_guard held(lock);
    auto behind = all.upper_bound(address);
    if (behind == all.begin()) {
        return false;
    }
    const Allocation &one = std::prev(behind)->second;
    if (address >= one.end) {
        return false;
    }
    out = one;
    return true;
}

bool GlobalMemory::holds(u64 address, size_t bytes) {
    Allocation one;
    return bytes == 0 || (find(address, one) && bytes <= one.end - address);
}

void GlobalMemory::mark_written(u64 address, size_t bytes) {
    Allocation one;
    if (!bytes || !find(address, one) || !one.shadow) {
        return;
    }
    if (address == one.begin && bytes >= one.bytes()) {
        std::lock_guard held(lock);
        all[one.begin].shadow = nullptr;
        version++;
        return;
    }
    u64 first = (address - one.begin) / 4;
    u64 last = (std::min(address + bytes, one.end) - 1 - one.begin) / 4;
    memset(one.shadow + first, 1, last - first + 1);
}

// The pages inside go back to the system, which brings zeros where somebody looks again: a cache of
// gigabytes costs what of it is used.
void GlobalMemory::clear(u64 address, size_t bytes) {
    const u64 first = (address + PAGE - 1) & ~(PAGE - 1), last = (address + bytes) & ~(PAGE - 1);
    const bool much = bytes > POISONED;
    if (much && madvise(reinterpret_cast<void *>(first), last - first, MADV_DONTNEED) == 0) {
        memset(reinterpret_cast<void *>(address), 0, first - address);
        memset(reinterpret_cast<void *>(last), 0, address + bytes - last);
        return;
    }
    memset(reinterpret_cast<void *>(address), 0, bytes);
}

void GlobalMemory::limit(size_t bytes) {
    most = bytes;
}
} // namespace emu
