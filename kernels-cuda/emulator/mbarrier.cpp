// mbarriers: 8 bytes of shared memory that count arrivals and bytes.
#include "operations.h"

namespace emu {
namespace {
constexpr u32 MOST_ARRIVALS = 0xfffff, BYTES_BIAS = 1 << 22, BYTES_MASK = 0x7fffff;

struct Mbarrier {
    u32 expected, pending;
    s32 bytes;
    bool phase;

    static Mbarrier of(u64 v) {
        return {u32(v & MOST_ARRIVALS), u32(v >> 20 & MOST_ARRIVALS),
                s32(v >> 40 & BYTES_MASK) - s32(BYTES_BIAS), bool(v >> 63)};
    }
    u64 bits() const {
        return expected | u64(pending) << 20 | u64((u32(bytes) + BYTES_BIAS) & BYTES_MASK) << 40
               | u64(phase) << 63;
    }
    void complete() {
        if (pending == 0 && bytes == 0) {
            phase = !phase;
            pending = expected;
        }
    }
};

// Where an initialised one is.
u64 *cell(Block &b, int lane, u64 a) {
    const u64 offset = a - SHARED_START;
    if (a % 8 || offset > b.shared_bytes || b.shared_bytes - offset < 8
        || b.shadow[offset] != IsMbarrier) {
        fault(Wrong::Mbarrier, lane, "no mbarrier was initialised at 0x%llx",
              (unsigned long long)a);
    }
    return reinterpret_cast<u64 *>(b.shared.data() + offset);
}

// Changes the mbarrier and ends its phase if nothing is left to wait for.
template <class F> void change(Block &b, int lane, u64 a, F f) {
    u64 *place = cell(b, lane, a);
    Mbarrier m = Mbarrier::of(*place);
    f(m);
    m.complete();
    *place = m.bits();
    b.progress++;
}

u64 place(Warp &w, const Instruction &i, u32 lane) {
    return to_shared(int(lane), w.address(i, lane));
}
} // namespace

void check_mbarrier(Block &b, int lane, u64 a) {
    cell(b, lane, a);
}

void transfer_done(Block &b, u32 a, u32 bytes) {
    change(b, 0, a, [&](Mbarrier &m) { m.bytes -= s32(bytes); });
    if (b.launch->chosen.races) {
        join(b.races.mbarriers[a], b.races.copies);
    }
}

void arrive(Warp &w, int lane, u64 a, u32 count, s64 bytes, u64 *token) {
    Block &b = home(w, lane, a);
    change(b, lane, a, [&](Mbarrier &m) {
        if (token) {
            *token = m.bits();
        }
        if (count > m.pending) {
            fault(Wrong::Mbarrier, lane, "mbarrier at 0x%llx: %u arrivals more than it expects",
                  (unsigned long long)a, count - m.pending);
        }
        m.bytes += s32(bytes);
        m.pending -= count;
    });
    if (b.launch->chosen.races) {
        join(b.races.mbarriers[u32(a)], known_in(w, b));
    }
}

void expect_one_more(Warp &w, int lane, u64 a) {
    change(*w.block, lane, a, [](Mbarrier &m) { m.pending++; });
}

Next mbarrier_init(Warp &w, const Instruction &i, u32 mask) {
    Block &b = *w.block;
    EACH(mask) {
        const u64 a = place(w, i, lane), offset = a - SHARED_START;
        const u32 n = w.at<u32>(i.b)[lane];
        if (a % 8 || offset > b.shared_bytes || b.shared_bytes - offset < 8) {
            fault(Wrong::Mbarrier, int(lane), "mbarrier.init at 0x%llx", (unsigned long long)a);
        }
        if (!n || n > MOST_ARRIVALS) {
            fault(Wrong::Mbarrier, int(lane), "mbarrier.init for %u arrivals", n);
        }
        const u64 bits = Mbarrier{n, n, 0, false}.bits();
        memcpy(b.shared.data() + offset, &bits, 8);
        memset(b.shadow.data() + offset, IsMbarrier, 8);
    }
    return Next::Go;
}

Next mbarrier_invalidate(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        const u64 a = place(w, i, lane);
        cell(*w.block, int(lane), a);
        memset(w.block->shadow.data() + (a - SHARED_START), Unwritten, 8);
    }
    return Next::Go;
}

// mode: b is a number of bytes to expect, not of arrivals. count: whether there is a result.
Next mbarrier_arrive(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        const u32 v = w.at<u32>(i.b)[lane];
        u64 token;
        arrive(w, int(lane), place(w, i, lane), i.mode ? 1 : v, i.mode ? v : 0, &token);
        if (i.count) {
            w.at<u64>(i.d)[lane] = token;
        }
    }
    if (w.block->launch->chosen.races) {
        w.clock.seen[size_t(w.id)]++;
    }
    return Next::Go;
}

// mode: the bytes have arrived.
Next mbarrier_expect(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        const s32 v = w.at<s32>(i.b)[lane];
        u64 a = place(w, i, lane);
        Block &b = home(w, int(lane), a);
        if (i.mode) {
            transfer_done(b, u32(a), u32(v));
            continue;
        }
        u64 *at = cell(b, int(lane), a);
        Mbarrier m = Mbarrier::of(*at);
        m.bytes += v;
        *at = m.bits();
    }
    return Next::Go;
}

// mode: b has a parity, not a token.
Next mbarrier_wait(Warp &w, const Instruction &i, u32 mask) {
    Block &b = *w.block;
    u32 done = 0;
    EACH(mask) {
        const u64 a = place(w, i, lane);
        const bool phase = Mbarrier::of(*cell(b, int(lane), a)).phase;
        const bool waited_for = i.mode ? w.at<u32>(i.b)[lane] & 1 : w.at<u64>(i.b)[lane] >> 63;
        if (phase != waited_for) {
            done |= 1u << lane;
            if (b.launch->chosen.races) {
                join(w.clock, b.races.mbarriers[u32(a)]);
            }
        }
    }
    w.put_predicate(i.d, done, mask);
    if (done == mask) {
        return Next::Go;
    }
    w.wait_in_vain();
    return Next::Yield;
}
} // namespace emu
