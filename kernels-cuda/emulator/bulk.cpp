// Bulk copies and boxes of tensor maps. Late, one lands when no warp of its block can go on.
#include "tensor_map.h"

namespace emu {
namespace {
void begin_copy(BulkCopy &c, Warp &w, const Instruction &i, u32 lane) {
    const More &m = *i.more;
    c.lane = int(lane);
    c.warp = w.id;
    c.line = i.line;
    c.group = FULL;
    c.dims = m.transfer.dims;
    c.adds = m.transfer.adds;
    c.shared = u32(to_shared(int(lane), w.address(i, lane)));
    c.global = w.address(m.transfer.other, lane);
    if (!c.dims) {
        c.bytes = w.at<u32>(m.c[0])[lane];
        if (c.global % 16 || c.bytes % 16) {
            fault(Wrong::Misaligned, int(lane), "bulk copy of %u bytes at 0x%llx: not of 16 bytes",
                  c.bytes, (unsigned long long)c.global);
        }
        return;
    }
    const TensorMap &t = tensor_map(w, int(lane), c.global);
    if (t.rank != c.dims) {
        fault(Wrong::TensorMap, int(lane), "tensor map of rank %d in a copy of %d dimensions",
              t.rank, c.dims);
    }
    c.bytes = t.box_bytes();
    for (int d = 0; d < c.dims; d++) {
        c.coordinates[d] = w.at<s32>(m.r[size_t(d)])[lane];
    }
}

void add_elements(const TensorMap &t, u8 *to, const u8 *from, u32 bytes, int lane) {
    for (u32 k = 0; k < bytes; k += t.element_bytes()) {
        u32 x = 0, y = 0;
        memcpy(&x, to + k, t.element_bytes());
        memcpy(&y, from + k, t.element_bytes());
        switch (t.type) {
        case MapU32:
        case MapS32: x += y; break;
        case MapF32: x = bits_of(float_of(x) + float_of(y)); break;
        case MapF16: x = to_f16(from_f16(u16(x)) + from_f16(u16(y))); break;
        case MapBF16: x = to_bf16(from_bf16(u16(x)) + from_bf16(u16(y))); break;
        default: fault(Wrong::Unsupported, lane, "reduction of type %d", t.type);
        }
        memcpy(to + k, &x, t.element_bytes());
    }
}

// It may read its source until it is waited for.
void begin_store(Warp &w, BulkCopy &c) {
    const u8 *from = shared_pointer(w, c.lane, c.shared, c.bytes, false, c.line);
    c.seen.assign(from, from + c.bytes);
    if (w.block->launch->chosen.races) {
        need_proxy_fence(*w.block, w.clock,
                         {c.shared - SHARED_START, c.bytes, false, c.line, c.lane});
    }
}

// What is there already is no race worth a report.
void watch_store(Warp &w, const BulkCopy &c, const u8 *to, const u8 *from, u32 bytes) {
    if (c.adds || memcmp(to, from, bytes)) {
        watch_copy(w, c.lane, u64(to), bytes, {true, c.adds ? u8(STRONG) : u8(0), c.line});
    }
}

void land_store(Warp &w, const BulkCopy &c) {
    w.block->count.async_bytes += c.bytes;
    const u8 *now = shared_pointer(w, c.lane, c.shared, c.bytes, false, c.line);
    if (memcmp(now, c.seen.data(), c.bytes)) {
        fault(Wrong::Copy, c.lane,
              "shared 0x%x was written before the bulk store of line %d, which reads it, was "
              "waited for",
              c.shared, c.line);
    }
    if (!c.dims) {
        const u8 *from = shared_pointer(w, c.lane, c.shared, c.bytes, false, c.line);
        u8 *to = global_pointer(w, c.lane, c.global, c.bytes, true);
        watch_store(w, c, to, from, c.bytes);
        memcpy(to, from, c.bytes);
        return;
    }
    const TensorMap &t = tensor_map(w, c.lane, c.global);
    each_piece(t, c.shared, c.coordinates, [&](u32 a, u8 *to, u32 bytes) {
        if (!to) {
            return;
        }
        const u8 *from = shared_pointer(w, c.lane, a, bytes, false, c.line);
        global_pointer(w, c.lane, u64(to), bytes, true);
        watch_store(w, c, to, from, bytes);
        if (c.adds) {
            add_elements(t, to, from, bytes, c.lane);
        } else {
            memcpy(to, from, bytes);
        }
    });
}
} // namespace

void land_load(Block &b, const BulkCopy &c) {
    Warp &w = b.warps[size_t(c.warp)];
    if (b.launch->chosen.races) {
        b.races.copies.seen[b.num_warps]++;
    }
    if (c.dims) {
        const TensorMap &t = tensor_map(w, c.lane, c.global);
        u8 outside[16];
        memset(outside, t.fill ? 0xff : 0, sizeof outside);
        each_piece(t, c.shared, c.coordinates, [&](u32 a, u8 *from, u32 bytes) {
            if (from) {
                global_pointer(w, c.lane, u64(from), bytes, false);
                watch_copy(w, c.lane, u64(from), bytes, {false, 0, c.line});
            }
            shared_land(b, COPY_ENGINE, a, from ? from : outside, bytes, c.line);
        });
    } else {
        const u8 *from = global_pointer(w, c.lane, c.global, c.bytes, false);
        shared_land(b, COPY_ENGINE, c.shared, from, c.bytes, c.line);
    }
    b.count.async_bytes += c.bytes;
    b.count.global_bytes += c.bytes;
    b.count.sectors += c.bytes / 32;
    if (!b.count.lines.empty()) {
        b.count.at(c.line).add({0, c.bytes, c.bytes / 32, 0});
    }
    transfer_done(b, c.mbarrier, c.bytes);
}

namespace {
// A copy into the shared memory of one block.
void begin_load(Block &b, Warp &w, const BulkCopy &c) {
    check_mbarrier(b, c.lane, c.mbarrier);
    const u32 alignment = c.dims ? 128 : 16;
    if (c.shared % alignment) {
        fault(Wrong::Misaligned, c.lane, "bulk copy to shared 0x%x: not %u-byte aligned", c.shared,
              alignment);
    }
    shared_issue(b.warps[size_t(w.id)], c.lane, c.shared, c.bytes);
    if (b.launch->chosen.races) {
        join(b.races.copies, known_in(w, b));
        race_access(b, COPY_ENGINE, {c.shared - SHARED_START, c.bytes, true, c.line, c.lane});
    }
    if (b.lands_now()) {
        land_load(b, c);
    } else {
        b.loads.push_back(c);
    }
    b.progress++;
}
} // namespace

// mode: into all blocks of the cluster whose ranks are in a mask, each at the same place.
Next bulk_load(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        BulkCopy c{};
        begin_copy(c, w, i, lane);
        u64 to = c.shared, at = to_shared(int(lane), w.address(i.more->transfer.mbarrier, lane));
        Block &b = home(w, int(lane), to);
        if (&home(w, int(lane), at) != &b) {
            fault(Wrong::Cluster, int(lane),
                  "bulk copy to one block, with the mbarrier of another");
        }
        c.shared = u32(to);
        c.mbarrier = u32(at);
        if (!c.dims) {
            global_pointer(w, int(lane), c.global, c.bytes, false);
            watch_copy(w, int(lane), c.global, c.bytes, {false, 0, i.line});
        }
        if (!i.mode) {
            begin_load(b, w, c);
            continue;
        }
        auto &blocks = w.block->cluster->blocks;
        const u32 ranks = w.at<u16>(i.more->b[0])[lane];
        if (!ranks || ranks >> blocks.size()) {
            fault(Wrong::Cluster, int(lane), "multicast to ranks 0x%x of a cluster of %zu", ranks,
                  blocks.size());
        }
        for (u32 r = 0; r < blocks.size(); r++) {
            if (ranks >> r & 1) {
                u64 there = (r + 1) * WINDOW_BYTES;
                begin_load(home(w, int(lane), there), w, c);
            }
        }
    }
    return Next::Go;
}

bool Block::land_a_load() {
    if (loads.empty()) {
        return false;
    }
    size_t k = launch->chosen.random() ? random() % loads.size() : 0;
    BulkCopy c = loads[k];
    loads.erase(loads.begin() + long(k));
    land_load(*this, c);
    progress++;
    return true;
}

Next bulk_store(Warp &w, const Instruction &i, u32 mask) {
    EACH(mask) {
        BulkCopy c{};
        begin_copy(c, w, i, lane);
        begin_store(w, c);
        if (w.block->lands_now()) {
            land_store(w, c);
        } else {
            w.stores.push_back(c);
        }
    }
    return Next::Go;
}

Next bulk_commit(Warp &w, const Instruction &, u32 mask) {
    for (auto &c : w.stores) {
        if (c.group == FULL && (mask >> c.lane & 1)) {
            c.group = w.store_groups[c.lane];
        }
    }
    EACH(mask) {
        w.store_groups[lane]++;
    }
    return Next::Go;
}

void land_stores(Warp &w, u32 mask, u32 keep) {
    std::vector<BulkCopy> left;
    for (auto &c : w.stores) {
        const bool old =
            keep == ALL_GROUPS || (c.group != FULL && c.group + keep < w.store_groups[c.lane]);
        if ((mask >> c.lane & 1) && old) {
            land_store(w, c);
        } else {
            left.push_back(c);
        }
    }
    w.stores.swap(left);
}

Next bulk_wait(Warp &w, const Instruction &i, u32 mask) {
    land_stores(w, mask, u32(i.immediate));
    return Next::Go;
}
} // namespace emu
