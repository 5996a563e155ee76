// The tensor maps of cuTensorMapEncodeTiled; the 128 bytes are the emulator's own.
#pragma once

#include <algorithm>

#include "operations.h"

namespace emu {
constexpr u32 MAP_MAGIC = 0x50414d54, MAP_BYTES = 128, MOST_DIMS = 5;

struct TensorMap {
    u32 magic;
    u8 type, rank, interleave, swizzle, fill;
    u8 step[MOST_DIMS];
    u16 box[MOST_DIMS];
    u32 size[MOST_DIMS];
    u64 base, stride[MOST_DIMS - 1];

    u32 element_bytes() const;
    u32 box_bytes() const;
};
static_assert(sizeof(TensorMap) <= MAP_BYTES);

// CUtensorMapDataType.
enum MapType : u8 {
    MapU8,
    MapU16,
    MapU32,
    MapS32,
    MapU64,
    MapS64,
    MapF16,
    MapF32,
    MapF64,
    MapBF16
};
u32 map_element_bytes(int type); // 0 for what is no type

const TensorMap &tensor_map(Warp &, int lane, u64 address);

// Calls f(shared address, global pointer or null outside of the tensor, bytes) for the box at the
// coordinates, in pieces of 16 bytes or less.
template <class F> void each_piece(const TensorMap &t, u32 shared, const s32 *coordinates, F f) {
    const u32 element = t.element_bytes(), inner = t.box[0] * element;
    const u32 spans[] = {0, 1, 3, 7}, span = spans[t.swizzle & 3];
    u32 rows = 1;
    for (int d = 1; d < t.rank; d++) {
        rows *= t.box[d];
    }
    for (u32 row = 0; row < rows; row++) {
        u64 base = t.base;
        bool inside = true;
        u32 left = row;
        for (int d = 1; d < t.rank; d++) {
            const s64 x = s64(coordinates[d]) + s64(left % t.box[d]) * t.step[d];
            left /= t.box[d];
            inside &= x >= 0 && x < s64(t.size[d]);
            base += u64(x) * t.stride[d - 1];
        }
        for (u32 o = 0; o < inner; o += 16) {
            const u32 bytes = std::min(16u, inner - o);
            const u64 linear = u64(shared) + row * inner + o;
            const u32 at = u32(linear ^ (linear >> 7 & span) << 4);
            const s64 x = s64(coordinates[0]) + s64(o / element);
            const s64 end = x + s64(bytes / element);
            auto global = [&](s64 column) {
                return reinterpret_cast<u8 *>(base + u64(column) * element);
            };
            if (inside && x >= 0 && end <= s64(t.size[0])) {
                f(at, global(x), bytes);
            } else if (!inside || x >= s64(t.size[0]) || end <= 0) {
                f(at, static_cast<u8 *>(nullptr), bytes);
            } else {
                for (s64 y = x; y < end; y++) {
                    const bool in = y >= 0 && y < s64(t.size[0]);
                    f(at + u32(y - x) * element, in ? global(y) : nullptr, element);
                }
            }
        }
    }
}
} // namespace emu
