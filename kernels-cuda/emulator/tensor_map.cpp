#include "tensor_map.h"

#include <map>

namespace emu {
u32 map_element_bytes(int type) {
    static const u8 bytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
    return type >= 0 && type < int(std::size(bytes)) ? bytes[type] : 0;
}
u32 TensorMap::element_bytes() const {
    return map_element_bytes(type);
}
u32 TensorMap::box_bytes() const {
    u32 n = element_bytes();
    for (int d = 0; d < rank; d++) {
        n *= box[d];
    }
    return n;
}

const TensorMap &tensor_map(Warp &w, int lane, u64 a) {
    auto *t =
        reinterpret_cast<const TensorMap *>(global_pointer(w, lane, a, MAP_BYTES, false, true));
    if (t->magic != MAP_MAGIC) {
        fault(Wrong::TensorMap, lane, "no tensor map is at 0x%llx", (unsigned long long)a);
    }
    return *t;
}

// Maps that a kernel makes lie in global or in shared memory.
static u8 *map_memory(Warp &w, const Instruction &i, u32 lane) {
    const u64 a = w.address(i, lane);
    if (i.space == Space::Shared || a - SHARED_WINDOW < WINDOW_BYTES || a < WINDOW_BYTES) {
        return shared_pointer(w, int(lane), to_shared(int(lane), a), MAP_BYTES, true, i.line);
    }
    return global_pointer(w, int(lane), a, MAP_BYTES, true);
}

// PTX numbers element types in another order than the driver does.
static u8 map_type(u64 ptx) {
    static const u8 types[] = {0, 1, 2, 3, 4, 5, 6, 7, 10, 8, 9, 11, 12};
    return ptx < std::size(types) ? types[ptx] : 255;
}

Next tensor_map_replace(Warp &w, const Instruction &i, u32 mask) {
    using Set = void (*)(TensorMap &, u32, u64);
    static const std::map<std::string, Set> fields = {
        {"global_address", [](TensorMap &t, u32, u64 v) { t.base = v; }},
        {"rank", [](TensorMap &t, u32, u64 v) { t.rank = u8(v + 1); }},
        {"box_dim", [](TensorMap &t, u32 d, u64 v) { t.box[d] = u16(v); }},
        {"global_dim", [](TensorMap &t, u32 d, u64 v) { t.size[d] = u32(v); }},
        {"global_stride", [](TensorMap &t, u32 d, u64 v) { t.stride[d % 4] = v; }},
        {"element_stride", [](TensorMap &t, u32 d, u64 v) { t.step[d] = u8(v); }},
        {"elemtype", [](TensorMap &t, u32, u64 v) { t.type = map_type(v); }},
        {"interleave_layout", [](TensorMap &t, u32, u64 v) { t.interleave = u8(v); }},
        {"swizzle_mode", [](TensorMap &t, u32, u64 v) { t.swizzle = u8(v); }},
        {"fill_mode", [](TensorMap &t, u32, u64 v) { t.fill = u8(v); }},
    };
    auto field = fields.find(i.more->text);
    EACH(mask) {
        if (field == fields.end() || u32(i.more->index) >= MOST_DIMS) {
            fault(Wrong::Unsupported, int(lane), "tensormap.replace.%s", i.more->text.c_str());
        }
        u8 *at = map_memory(w, i, lane);
        TensorMap t;
        memcpy(&t, at, sizeof t);
        if (t.magic != MAP_MAGIC) {
            t = {};
            t.magic = MAP_MAGIC;
            std::fill(std::begin(t.step), std::end(t.step), u8(1));
        }
        field->second(t, u32(i.more->index), w.value(i.b, i.more->width[0], lane));
        memcpy(at, &t, sizeof t);
    }
    return Next::Go;
}

// The whole warp copies one map out of shared memory.
Next tensor_map_copy(Warp &w, const Instruction &i, u32 mask) {
    const u32 lane = u32(__builtin_ctz(mask));
    const u64 from = to_shared(int(lane), w.address(i.more->transfer.other, lane));
    const u8 *map = shared_pointer(w, int(lane), from, MAP_BYTES, false, i.line);
    memcpy(global_pointer(w, int(lane), w.address(i, lane), MAP_BYTES, true), map, MAP_BYTES);
    return Next::Go;
}
} // namespace emu
