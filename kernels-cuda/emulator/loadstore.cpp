// ld and st.
#include "operations.h"

namespace emu {
namespace {
// S is in memory, D in the register.
template <class S, class D> void fill(D *d, u8 *const *at, u32 offset, u32 mask) {
    if (mask == FULL) {
        for (int lane = 0; lane < LANES; lane++) {
            S v;
            memcpy(&v, at[lane] + offset, sizeof v);
            d[lane] = D(v);
        }
        return;
    }
    EACH(mask) {
        S v;
        memcpy(&v, at[lane] + offset, sizeof v);
        d[lane] = D(v);
    }
}
template <class S>
void fill_register(Warp &w, u32 d, u8 width, u8 *const *at, u32 offset, u32 mask) {
    switch (width) {
    case 8: fill<S>(w.at<s64>(d), at, offset, mask); break;
    case 4: fill<S>(w.at<s32>(d), at, offset, mask); break;
    default: fill<S>(w.at<s16>(d), at, offset, mask);
    }
}

void fill_registers(Warp &w, const Instruction &i, u32 mask, u8 *const *at) {
    const bool is_signed = i.mode;
    for (u32 k = 0; k < i.count; k++) {
        const u32 d = i.more->r[k], offset = k * i.bytes;
        const u8 width = i.more->width[k];
        switch (i.bytes * 2 + is_signed) {
        case 2: fill_register<u8>(w, d, width, at, offset, mask); break;
        case 3: fill_register<s8>(w, d, width, at, offset, mask); break;
        case 4: fill_register<u16>(w, d, width, at, offset, mask); break;
        case 5: fill_register<s16>(w, d, width, at, offset, mask); break;
        case 8: fill_register<u32>(w, d, width, at, offset, mask); break;
        case 9: fill_register<s32>(w, d, width, at, offset, mask); break;
        default: fill<u64>(w.at<u64>(d), at, offset, mask);
        }
    }
}

template <class S, class R> void put(const R *r, u8 *const *at, u32 offset, u32 mask) {
    EACH(mask) {
        S v = S(r[lane]);
        memcpy(at[lane] + offset, &v, sizeof v);
    }
}
template <class S>
void put_register(Warp &w, u32 r, u8 width, u8 *const *at, u32 offset, u32 mask) {
    switch (width) {
    case 8: put<S>(w.at<u64>(r), at, offset, mask); break;
    case 4: put<S>(w.at<u32>(r), at, offset, mask); break;
    default: put<S>(w.at<u16>(r), at, offset, mask);
    }
}

// Whether the lane stores what is there already: several warps that write one value are no race
// worth a report.
bool changes_nothing(const Warp &w, const Instruction &i, u32 lane, u64 a) {
    const Block &b = *w.block;
    const u64 offset = a - SHARED_START;
    const u32 total = u32(i.bytes) * i.count;
    if (offset > b.shared_bytes || total > b.shared_bytes - offset) {
        return false;
    }
    for (u32 k = 0; k < total; k++) {
        if (b.shadow[offset + k] != Written) {
            return false;
        }
    }
    for (u32 k = 0; k < i.count; k++) {
        const u64 v = w.value(i.more->r[k], i.more->width[k], lane);
        if (memcmp(&v, b.shared.data() + offset + k * i.bytes, i.bytes)) {
            return false;
        }
    }
    return true;
}
} // namespace

Next load(Warp &w, const Instruction &i, u32 mask) {
    u64 a[LANES];
    u8 *at[LANES];
    lane_addresses(w, i, a);
    locate(w, i, mask, a, u32(i.bytes) * i.count, false, at);
    fill_registers(w, i, mask, at);
    return Next::Go;
}

// From a fixed place among the kernel's parameters.
Next load_parameter(Warp &w, const Instruction &i, u32 mask) {
    auto &p = w.block->launch->parameters;
    const u32 total = u32(i.bytes) * i.count;
    if (i.immediate < 0 || u64(i.immediate) + total > p.size()) {
        fault(Wrong::Parameter, 0, "access of %u bytes at %lld of %zu of parameters", total,
              (long long)i.immediate, p.size());
    }
    u8 *at[LANES];
    std::fill(std::begin(at), std::end(at), p.data() + i.immediate);
    fill_registers(w, i, mask, at);
    return Next::Go;
}

Next store(Warp &w, const Instruction &i, u32 mask) {
    u64 a[LANES];
    u8 *at[LANES];
    lane_addresses(w, i, a);
    if (w.block->launch->chosen.races && i.space == Space::Shared) {
        u32 same = 0;
        EACH(mask) {
            same |= u32(changes_nothing(w, i, lane, a[lane])) << lane;
        }
        mask &= ~same;
        if (!mask) {
            return Next::Go;
        }
    }
    locate(w, i, mask, a, u32(i.bytes) * i.count, true, at);
    for (u32 k = 0; k < i.count; k++) {
        const u32 r = i.more->r[k], offset = k * i.bytes;
        const u8 width = i.more->width[k];
        switch (i.bytes) {
        case 1: put_register<u8>(w, r, width, at, offset, mask); break;
        case 2: put_register<u16>(w, r, width, at, offset, mask); break;
        case 4: put_register<u32>(w, r, width, at, offset, mask); break;
        default: put<u64>(w.at<u64>(r), at, offset, mask);
        }
    }
    return Next::Go;
}
} // namespace emu
