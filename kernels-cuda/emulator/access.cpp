// Where the lanes of a load or store go, checked together where they lie side by side and quickly
// where they do not; what is not plainly right goes to checks.cpp.
#include <algorithm>

#include "access.h"

namespace emu {
void lane_addresses(const Warp &w, const Instruction &i, u64 *out) {
    if (i.wide) {
        const u64 *a = w.at<u64>(i.a);
        for (int lane = 0; lane < LANES; lane++) {
            out[lane] = a[lane] + u64(i.immediate);
        }
    } else {
        const u32 *a = w.at<u32>(i.a);
        for (int lane = 0; lane < LANES; lane++) {
            out[lane] = u32(a[lane] + u32(i.immediate));
        }
    }
}

namespace {
bool counts(const Block &b) {
    return !b.launch->chosen.counts.empty();
}

// Lanes that follow each other, each its bytes behind the one before.
struct Run {
    u32 first, lanes;
    bool together;
};
Run run_of(u32 mask, const u64 *a, u32 bytes) {
    Run r{u32(__builtin_ctz(mask)), u32(__builtin_popcount(mask)), false};
    if (mask >> r.first != (r.lanes == LANES ? FULL : (1u << r.lanes) - 1)) {
        return r;
    }
    u64 differ = 0;
    for (u32 k = 0; k < r.lanes; k++) {
        differ |= a[r.first + k] ^ (a[r.first] + k * bytes);
    }
    r.together = !differ;
    return r;
}

bool all_ones(const u8 *shadow, u64 n) {
    u64 x, wrong = 0;
    for (; n >= 8; n -= 8, shadow += 8) {
        memcpy(&x, shadow, 8);
        wrong |= x ^ 0x0101010101010101ull;
    }
    for (; n; n--) {
        wrong |= u64(*shadow++ ^ 1);
    }
    return !wrong;
}

void follow(const Run &r, u8 *at, u32 bytes, u8 **out) {
    for (u32 k = 0; k < r.lanes; k++) {
        out[r.first + k] = at + k * bytes;
    }
}

// The allocation that this instruction used last, where it is still there.
const Allocation *remembered(const Warp &w) {
    const Allocation &one = w.last[w.pc % std::size(w.last)];
    bool same = w.last_version == global_memory.version.load(std::memory_order_relaxed);
    return same && one.end > one.begin ? &one : nullptr;
}

// Each of these returns the lanes that are left for the thorough checks.
u32 global_together(const Warp &w, const Run &r, u32 mask, u64 a, u32 bytes, bool write, u8 **out) {
    const Allocation *one = remembered(w);
    const u64 total = u64(bytes) * r.lanes;
    if (!one || a < one->begin || a >= one->end || total > one->end - a) {
        return mask;
    }
    if (one->shadow) {
        u8 *shadow = one->shadow + (a - one->begin) / 4;
        const u64 n = (a + total - 1 - one->begin) / 4 - (a - one->begin) / 4 + 1;
        if (write) {
            memset(shadow, 1, n);
        } else if (!all_ones(shadow, n)) {
            return mask;
        }
    }
    follow(r, reinterpret_cast<u8 *>(a), bytes, out);
    return 0;
}

template <int BYTES> u32 global_apart(const Warp &w, u32 mask, const u64 *a, bool write, u8 **out) {
    constexpr u32 N = BYTES >= 4 ? BYTES / 4 : 1;
    const Allocation *one = remembered(w);
    if (!one || one->bytes() < BYTES) {
        return mask;
    }
    const u64 room = one->bytes() - BYTES;
    u32 left = 0;
    EACH(mask) {
        const u64 offset = a[lane] - one->begin;
        if (offset > room) {
            left |= 1u << lane;
            continue;
        }
        out[lane] = reinterpret_cast<u8 *>(a[lane]);
        if (one->shadow && write) {
            memset(one->shadow + offset / 4, 1, N);
        } else if (one->shadow && memchr(one->shadow + offset / 4, 0, N)) {
            left |= 1u << lane;
        }
    }
    return left;
}

u32 shared_together(Block &b, const Run &r, u32 mask, u64 a, u32 bytes, bool write, u8 **out) {
    const u64 offset = a - SHARED_START, total = u64(bytes) * r.lanes;
    if (offset > b.shared_bytes || total > b.shared_bytes - offset) {
        return mask;
    }
    u8 *shadow = b.shadow.data() + offset;
    if (write && !memchr(shadow, Pending, total)) {
        memset(shadow, Written, total);
    } else if (!all_ones(shadow, total)) {
        return mask;
    }
    follow(r, b.shared.data() + offset, bytes, out);
    return 0;
}

template <int BYTES> u32 shared_apart(Block &b, u32 mask, const u64 *a, u8 **out) {
    constexpr u64 ones = 0x0101010101010101ull >> (BYTES >= 8 ? 0 : 64 - 8 * BYTES);
    if (b.shared_bytes < BYTES) {
        return mask;
    }
    const u64 room = b.shared_bytes - BYTES;
    u32 left = 0;
    EACH(mask) {
        const u64 offset = a[lane] - SHARED_START;
        if (offset > room) {
            left |= 1u << lane;
            continue;
        }
        u64 x = 0, y = ones;
        memcpy(&x, b.shadow.data() + offset, std::min(BYTES, 8));
        if (BYTES == 16) {
            memcpy(&y, b.shadow.data() + offset + 8, 8);
        }
        out[lane] = b.shared.data() + offset;
        left |= u32(x != ones || y != ones) << lane;
    }
    return left;
}

template <class F> u32 with_size(u32 bytes, u32 mask, F f) {
    switch (bytes) {
    case 16: return f.template operator()<16>();
    case 8: return f.template operator()<8>();
    case 4: return f.template operator()<4>();
    case 2: return f.template operator()<2>();
    default: return mask;
    }
}

void locate_shared(Warp &w, const Instruction &i, u32 mask, const u64 *a, u32 bytes, bool write,
                   u8 **out) {
    Block &b = *w.block;
    u32 left = mask;
    if (!b.launch->chosen.races) {
        Run r = run_of(mask, a, bytes);
        left = r.together ? shared_together(b, r, mask, a[r.first], bytes, write, out)
                          : with_size(bytes, mask,
                                      [&]<int N>() { return shared_apart<N>(b, mask, a, out); });
    }
    EACH(left) {
        out[lane] = shared_pointer(w, int(lane), a[lane], bytes, write, i.line);
    }
    if (counts(b)) {
        count_wavefronts(w, a, bytes, mask);
    }
}

void locate_global(Warp &w, const Instruction &i, u32 mask, const u64 *a, u32 bytes, bool write,
                   u8 **out) {
    global_addresses(w, mask, a, bytes, write, out);
    if (w.block->launch->watches()) {
        watch_global(w, i, mask, a, bytes, write, out);
    }
    if (counts(*w.block)) {
        count_sectors(w, a, bytes, mask);
    }
}

void locate_local(Warp &w, u32 mask, const u64 *a, u32 bytes, u8 **out) {
    const u32 size = w.block->function->local_bytes;
    EACH(mask) {
        if (a[lane] > size || bytes > size - a[lane]) {
            fault(Wrong::Local, int(lane), "access of %u bytes at %llu of %u of local memory",
                  bytes, (unsigned long long)a[lane], size);
        }
        out[lane] = w.local + size_t(lane) * size + a[lane];
    }
}

void locate_parameter(Warp &w, u32 mask, const u64 *a, u32 bytes, u8 **out) {
    auto &p = w.block->launch->parameters;
    EACH(mask) {
        if (a[lane] > p.size() || bytes > p.size() - a[lane]) {
            fault(Wrong::Parameter, int(lane), "access of %u bytes at %llu of %zu of parameters",
                  bytes, (unsigned long long)a[lane], p.size());
        }
        out[lane] = p.data() + a[lane];
    }
}

Space space_of(u64 a) {
    return a - SHARED_WINDOW < SHARED_WINDOWS_BYTES ? Space::Shared
           : a - LOCAL_WINDOW < WINDOW_BYTES        ? Space::Local
                                                    : Space::Global;
}

void need_alignment(u32 mask, const u64 *a, u32 bytes, bool write) {
    u64 any = 0;
    for (u32 lane = 0; lane < LANES; lane++) {
        any |= mask >> lane & 1 ? a[lane] : 0;
    }
    if (!(any & (bytes - 1))) {
        return;
    }
    EACH(mask) {
        if (a[lane] & (bytes - 1)) {
            fault(Wrong::Misaligned, int(lane), "%s of %u bytes at 0x%llx",
                  write ? "write" : "read", bytes, (unsigned long long)a[lane]);
        }
    }
}
} // namespace

void global_addresses(Warp &w, u32 mask, const u64 *a, u32 bytes, bool write, u8 **out) {
    Run r = run_of(mask, a, bytes);
    u32 left = r.together ? global_together(w, r, mask, a[r.first], bytes, write, out)
                          : with_size(bytes, mask, [&]<int N>() {
                                return global_apart<N>(w, mask, a, write, out);
                            });
    EACH(left) {
        out[lane] = global_pointer(w, int(lane), a[lane], bytes, write);
    }
}

void locate(Warp &w, const Instruction &i, u32 mask, u64 *a, u32 bytes, bool write, u8 **out) {
    need_alignment(mask, a, bytes, write);
    Space space = i.space;
    if (space == Space::Generic) { // usually all lanes are in one
        space = space_of(a[__builtin_ctz(mask)]);
        u32 same = 0;
        EACH(mask) {
            same |= u32(space_of(a[lane]) == space) << lane;
        }
        if (same != mask) {
            locate(w, i, mask & ~same, a, bytes, write, out);
            mask = same;
        }
        const u64 window = space == Space::Shared  ? SHARED_WINDOW
                           : space == Space::Local ? LOCAL_WINDOW
                                                   : 0;
        EACH(mask) {
            a[lane] -= window;
        }
    }
    switch (space) {
    case Space::Shared: locate_shared(w, i, mask, a, bytes, write, out); break;
    case Space::Local: locate_local(w, mask, a, bytes, out); break;
    case Space::Param: locate_parameter(w, mask, a, bytes, out); break;
    default: locate_global(w, i, mask, a, bytes, write, out);
    }
}
} // namespace emu
