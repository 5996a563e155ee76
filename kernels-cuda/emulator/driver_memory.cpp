// Memory of the card and of the host, copies and fills.
#include <cstdlib>

#include "driver.h"

namespace emu::driver {
namespace {
constexpr size_t PAGE = 4096;

void to_device(u64 to, const void *from, size_t bytes) {
    memcpy(reinterpret_cast<void *>(to), from, bytes);
    global_memory.mark_written(to, bytes);
}

int refuse(const char *what, u64 address, size_t bytes) {
    return invalid(format("%s of %zu bytes at 0x%llx: not within an allocation", what, bytes,
                          (unsigned long long)address));
}

// Whether a copy may read or write it later; of other memory of the host the driver takes care at
// once.
bool is_pinned(const void *p) {
    Allocation a;
    return global_memory.find(u64(p), a) && a.of_host;
}

int copy_in(u64 to, const void *from, size_t bytes, void *stream) {
    if (!global_memory.holds(to, bytes)) {
        return refuse("copy to the card", to, bytes);
    }
    count("bytesToDevice", bytes);
    if (settings.lazy && !is_pinned(from)) {
        const u8 *p = static_cast<const u8 *>(from);
        return submit_host(stream, [=, kept = std::vector<u8>(p, p + bytes)] {
            to_device(to, kept.data(), bytes);
        });
    }
    return submit_host(stream, [=] { to_device(to, from, bytes); });
}
// Of a stream that captures nothing is done.
int finish(void *stream) {
    std::shared_ptr<Queue> queue;
    {
        std::lock_guard held(state.lock);
        Stream *s = find_stream(stream);
        if (!s || s->capture) {
            return SUCCESS;
        }
        queue = s->queue;
    }
    catch_up(*queue, queue->pushed);
    return state.sticky;
}

int copy_out(void *to, u64 from, size_t bytes, void *stream) {
    if (!global_memory.holds(from, bytes)) {
        return refuse("copy from the card", from, bytes);
    }
    count("bytesToHost", bytes);
    const bool later = is_pinned(to);
    const int result =
        submit_host(stream, [=] { memcpy(to, reinterpret_cast<void *>(from), bytes); });
    return result || later ? result : finish(stream);
}
int copy_within(u64 to, u64 from, size_t bytes, void *stream) {
    if (!global_memory.holds(to, bytes)) {
        return refuse("copy to the card", to, bytes);
    }
    if (!global_memory.holds(from, bytes)) {
        return refuse("copy from the card", from, bytes);
    }
    return submit_host(stream, [=] { to_device(to, reinterpret_cast<void *>(from), bytes); });
}
// Either address may be the host's.
int copy_any(u64 to, u64 from, size_t bytes, void *stream) {
    return submit_host(stream, [=] { to_device(to, reinterpret_cast<void *>(from), bytes); });
}

template <class T> int fill(u64 at, T value, size_t n, void *stream) {
    if (n > SIZE_MAX / sizeof(T) || !global_memory.holds(at, n * sizeof(T))) {
        return refuse("fill", at, n * sizeof(T));
    }
    return submit_host(stream, [=] {
        if (value) {
            T *p = reinterpret_cast<T *>(at);
            std::fill(p, p + n, value);
        } else {
            global_memory.clear(at, n * sizeof(T));
        }
        global_memory.mark_written(at, n * sizeof(T));
    });
}

int allocate(u64 *out, size_t bytes) {
    std::lock_guard held(state.lock);
    if (!bytes) {
        return INVALID_VALUE;
    }
    *out = global_memory.allocate(bytes);
    if (!*out) {
        return OUT_OF_MEMORY;
    }
    current()->memory[*out] = bytes;
    return SUCCESS;
}
int release(u64 address) {
    catch_up_all();
    std::lock_guard held(state.lock);
    if (!address) {
        return SUCCESS;
    }
    for (Context *c : state.contexts) {
        if (c->memory.erase(address)) {
            global_memory.release(address);
            return SUCCESS;
        }
    }
    return invalid(
        format("free of 0x%llx, where no allocation begins", (unsigned long long)address));
}
int allocate_host(void **out, size_t bytes) {
    std::lock_guard held(state.lock);
    *out = bytes ? aligned_alloc(PAGE, (bytes + PAGE - 1) / PAGE * PAGE) : nullptr;
    if (!*out) {
        return bytes ? OUT_OF_MEMORY : INVALID_VALUE;
    }
    global_memory.adopt(u64(*out), bytes);
    current()->pinned[*out] = bytes;
    return SUCCESS;
}
} // namespace

API cuMemAlloc_v2(u64 *p, size_t bytes) {
    return call(__func__, Call::Alloc, [&] { return allocate(p, bytes); });
}
API cuMemAllocAsync(u64 *p, size_t bytes, void *) {
    return call(__func__, Call::Alloc, [&] { return allocate(p, bytes); });
}
API cuMemFree_v2(u64 p) {
    return call(__func__, Call::Free, [&] { return release(p); });
}
API cuMemFreeAsync(u64 p, void *) {
    return call(__func__, Call::Free, [&] { return release(p); });
}
API cuMemGetInfo_v2(size_t *free, size_t *total) {
    return call(__func__, Call::Other, [&] {
        *total = global_memory.limit();
        *free = *total - std::min(*total, global_memory.used());
        return SUCCESS;
    });
}
API cuMemGetAddressRange_v2(u64 *base, size_t *bytes, u64 p) {
    return call(__func__, Call::Other, [&] {
        Allocation a;
        if (!global_memory.find(p, a)) {
            return NOT_FOUND;
        }
        if (base) {
            *base = a.begin;
        }
        if (bytes) {
            *bytes = a.bytes();
        }
        return SUCCESS;
    });
}
API cuMemHostAlloc(void **p, size_t bytes, unsigned) {
    return call(__func__, Call::Alloc, [&] { return allocate_host(p, bytes); });
}
API cuMemAllocHost_v2(void **p, size_t bytes) {
    return call(__func__, Call::Alloc, [&] { return allocate_host(p, bytes); });
}
API cuMemFreeHost(void *p) {
    return call(__func__, Call::Free, [&]() -> int {
        catch_up_all();
        std::lock_guard held(state.lock);
        for (Context *c : state.contexts) {
            if (c->pinned.erase(p)) {
                global_memory.disown(u64(p));
                free(p);
                return SUCCESS;
            }
        }
        return invalid("free of host memory that the driver did not allocate");
    });
}
API cuMemHostGetDevicePointer_v2(u64 *d, void *p, unsigned) {
    return call(__func__, Call::Other, [&] {
        *d = u64(p);
        return SUCCESS;
    });
}
API cuMemHostRegister_v2(void *p, size_t bytes, unsigned) {
    return call(__func__, Call::Alloc, [&] {
        global_memory.adopt(u64(p), bytes);
        return SUCCESS;
    });
}
API cuMemHostUnregister(void *p) {
    return call(__func__, Call::Free, [&] {
        global_memory.disown(u64(p));
        return SUCCESS;
    });
}

API cuMemcpyHtoDAsync_v2(u64 to, const void *from, size_t bytes, void *stream) {
    return call(__func__, Call::Copy, [&] { return copy_in(to, from, bytes, stream); });
}
API cuMemcpyHtoD_v2(u64 to, const void *from, size_t bytes) {
    return call(__func__, Call::Copy, [&] { return copy_in(to, from, bytes, nullptr); });
}
API cuMemcpyDtoHAsync_v2(void *to, u64 from, size_t bytes, void *stream) {
    return call(__func__, Call::Copy, [&] { return copy_out(to, from, bytes, stream); });
}
API cuMemcpyDtoH_v2(void *to, u64 from, size_t bytes) {
    return call(__func__, Call::Copy, [&] {
        after_hang(Call::Sync);
        return copy_out(to, from, bytes, nullptr);
    });
}
API cuMemcpyDtoDAsync_v2(u64 to, u64 from, size_t bytes, void *stream) {
    return call(__func__, Call::Copy, [&] { return copy_within(to, from, bytes, stream); });
}
API cuMemcpyDtoD_v2(u64 to, u64 from, size_t bytes) {
    return call(__func__, Call::Copy, [&] { return copy_within(to, from, bytes, nullptr); });
}
API cuMemcpyAsync(u64 to, u64 from, size_t bytes, void *stream) {
    return call(__func__, Call::Copy, [&] { return copy_any(to, from, bytes, stream); });
}
API cuMemcpy(u64 to, u64 from, size_t bytes) {
    return call(__func__, Call::Copy, [&] { return copy_any(to, from, bytes, nullptr); });
}

API cuMemsetD8Async(u64 at, u8 v, size_t n, void *stream) {
    return call(__func__, Call::Copy, [&] { return fill(at, v, n, stream); });
}
API cuMemsetD16Async(u64 at, u16 v, size_t n, void *stream) {
    return call(__func__, Call::Copy, [&] { return fill(at, v, n, stream); });
}
API cuMemsetD32Async(u64 at, u32 v, size_t n, void *stream) {
    return call(__func__, Call::Copy, [&] { return fill(at, v, n, stream); });
}
API cuMemsetD8_v2(u64 at, u8 v, size_t n) {
    return call(__func__, Call::Copy, [&] { return fill(at, v, n, nullptr); });
}
API cuMemsetD16_v2(u64 at, u16 v, size_t n) {
    return call(__func__, Call::Copy, [&] { return fill(at, v, n, nullptr); });
}
API cuMemsetD32_v2(u64 at, u32 v, size_t n) {
    return call(__func__, Call::Copy, [&] { return fill(at, v, n, nullptr); });
}
} // namespace emu::driver
