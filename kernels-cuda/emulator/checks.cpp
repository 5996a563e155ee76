// The thorough checks of an access, one lane at a time.
#include "operations.h"

namespace emu {
using Address64 = unsigned long long; // as printf wants it

static const Allocation &allocation(Warp &w, int lane, u64 a, u32 bytes, const char *what) {
    // Different instructions mostly use different buffers.
    Allocation &last = w.last[w.pc % std::size(w.last)];
    constexpr Allocation none{1, 0, nullptr};
    const u64 version = global_memory.version.load(std::memory_order_relaxed);
    if (w.last_version != version) {
        std::fill(std::begin(w.last), std::end(w.last), none);
        w.last_version = version;
    }
    if ((a < last.begin || a >= last.end) && !global_memory.find(a, last)) {
        last = none;
        fault(Wrong::GlobalBounds, lane, "%s of %u bytes at 0x%llx, outside of every allocation",
              what, bytes, Address64(a));
    }
    if (a + bytes > last.end) {
        fault(Wrong::GlobalBounds, lane,
              "%s of %u bytes at 0x%llx, across the end of its allocation (0x%llx + %llu)", what,
              bytes, Address64(a), Address64(last.begin), Address64(last.bytes()));
    }
    return last;
}

u8 *global_pointer(Warp &w, int lane, u64 a, u32 bytes, bool write, bool unwritten_too) {
    const Allocation &one = allocation(w, lane, a, bytes, write ? "write" : "read");
    if (one.shadow && bytes) {
        const u64 first = (a - one.begin) / 4, last = (a + bytes - 1 - one.begin) / 4;
        if (write) {
            memset(one.shadow + first, 1, last - first + 1);
        } else if (!unwritten_too && memchr(one.shadow + first, 0, last - first + 1)) {
            fault(Wrong::GlobalUnwritten, lane,
                  "read of %u bytes at 0x%llx (offset %llu), which was never written", bytes,
                  Address64(a), Address64(a - one.begin));
        }
    }
    return reinterpret_cast<u8 *>(a);
}

static bool in_shared(const Block &b, u64 a, u64 bytes) {
    u64 offset = a - SHARED_START;
    return offset <= b.shared_bytes && bytes <= b.shared_bytes - offset;
}

u8 *shared_pointer(Warp &w, int lane, u64 a, u32 bytes, bool write, s32 line) {
    Block &b = *w.block;
    const char *what = write ? "write" : "read";
    if (a >= WINDOW_BYTES) {
        return remote_pointer(w, lane, a, bytes, write, line);
    }
    if (!in_shared(b, a, bytes)) {
        fault(Wrong::SharedBounds, lane, "%s of %u bytes at 0x%llx: the block has 0x%x..0x%x", what,
              bytes, Address64(a), SHARED_START, SHARED_START + b.shared_bytes);
    }
    static constexpr u8 ones[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    u8 *shadow = b.shadow.data() + (a - SHARED_START);
    const bool plain = bytes <= sizeof ones && !memcmp(shadow, ones, bytes); // the usual case
    for (u32 k = 0; k < bytes && !plain; k++) {
        if (shadow[k] == Pending) {
            fault(Wrong::SharedPending, lane,
                  "%s of %u bytes at 0x%llx, into which an asynchronous copy is under way", what,
                  bytes, Address64(a));
        }
        if (write) {
            shadow[k] = Written;
        } else if (shadow[k] != Written) {
            fault(Wrong::SharedUnwritten, lane, "read of %u bytes at 0x%llx: %s", bytes,
                  Address64(a),
                  shadow[k] == IsMbarrier ? "an mbarrier lives there" : "never written");
        }
    }
    if (b.launch->chosen.races && w.racer != UNCHECKED) {
        race_access(b, w.racer, {u32(a - SHARED_START), bytes, write, line, lane});
    }
    return b.shared.data() + (a - SHARED_START);
}

void shared_issue(Warp &w, int lane, u64 a, u32 bytes) {
    Block &b = *w.block;
    if (!in_shared(b, a, bytes)) {
        fault(Wrong::SharedBounds, lane, "asynchronous copy of %u bytes to 0x%llx", bytes,
              Address64(a));
    }
    const u64 at = a - SHARED_START;
    if (memchr(b.shadow.data() + at, Pending, bytes)) {
        fault(Wrong::SharedPending, lane,
              "asynchronous copy to 0x%llx, while an earlier one into it is under way",
              Address64(a));
    }
    memset(b.shadow.data() + at, Pending, bytes);
    memset(b.shared.data() + at, 0xff, bytes);
}

void shared_land(Block &b, int thread, u64 a, const void *data, u32 bytes, s32 line) {
    const u64 at = a - SHARED_START;
    memcpy(b.shared.data() + at, data, bytes);
    memset(b.shadow.data() + at, Written, bytes);
    if (b.launch->chosen.races) {
        race_access(b, thread, {u32(at), bytes, true, line, 0, true});
    }
}

u64 to_shared(int lane, u64 a) {
    if (a - SHARED_WINDOW < SHARED_WINDOWS_BYTES) {
        return a - SHARED_WINDOW;
    }
    if (a < SHARED_WINDOWS_BYTES) {
        return a;
    }
    fault(Wrong::SharedBounds, lane, "0x%llx is no address of shared memory", Address64(a));
}
} // namespace emu
