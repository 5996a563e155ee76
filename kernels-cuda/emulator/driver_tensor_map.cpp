// cuTensorMapEncodeTiled: the descriptor, checked as the card's driver checks it.
#include "driver.h"
#include "tensor_map.h"

namespace emu::driver {
namespace {
constexpr u64 MOST_STRIDE = 1ull << 40, MOST_SIZE = 1ull << 32;
constexpr u32 MOST_BOX = 256, MOST_STEP = 8;

std::string wrong_with(const TensorMap &t, const u64 *size, const u64 *stride, const u32 *box,
                       const u32 *step) {
    for (u32 d = 0; d < t.rank; d++) {
        if (!size[d] || size[d] > MOST_SIZE) {
            return format("size %u", d);
        }
        if (!box[d] || box[d] > MOST_BOX) {
            return format("box %u", d);
        }
        if (!step[d] || step[d] > MOST_STEP) {
            return format("step %u", d);
        }
        if (d && (stride[d - 1] % 16 || stride[d - 1] >= MOST_STRIDE)) {
            return format("stride %u", d - 1);
        }
    }
    const u32 inner = box[0] * t.element_bytes();
    if (inner % 16 || (t.swizzle && inner > (16u << t.swizzle))) {
        return format("an inner box of %u bytes with swizzle %d", inner, t.swizzle);
    }
    return "";
}
} // namespace

API cuTensorMapEncodeTiled(void *out, int type, u32 rank, void *base, const u64 *size,
                           const u64 *stride, const u32 *box, const u32 *step, int interleave,
                           int swizzle, int, int fill) {
    return call(__func__, Call::Other, [&]() -> int {
        if (!map_element_bytes(type) || rank < 1 || rank > MOST_DIMS || interleave || swizzle < 0
            || swizzle > 3 || u64(base) % 16 || u64(out) % 64) {
            return invalid("cuTensorMapEncodeTiled: type, rank, layout or alignment");
        }
        TensorMap t{};
        t.magic = MAP_MAGIC;
        t.type = u8(type);
        t.rank = u8(rank);
        t.swizzle = u8(swizzle);
        t.base = u64(base);
        t.fill = u8(fill);
        if (std::string what = wrong_with(t, size, stride, box, step); !what.empty()) {
            return invalid("cuTensorMapEncodeTiled: " + what);
        }
        for (u32 d = 0; d < rank; d++) {
            t.size[d] = u32(size[d]);
            t.box[d] = u16(box[d]);
            t.step[d] = u8(step[d]);
            if (d) {
                t.stride[d - 1] = stride[d - 1];
            }
        }
        memset(out, 0, MAP_BYTES);
        memcpy(out, &t, sizeof t);
        return SUCCESS;
    });
}
} // namespace emu::driver
