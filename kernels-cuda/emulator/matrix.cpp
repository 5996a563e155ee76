// ldmatrix, stmatrix and movmatrix: tiles of 8 x 8 elements of 16 bits, a lane holding two
// neighbours of a row or, transposed, of a column.
#include "operations.h"

namespace emu {
namespace {
using Tile = u16[8][8];

void to_lanes(const Tile &tile, u32 *lanes, bool transposed) {
    for (int lane = 0; lane < LANES; lane++) {
        const int outer = lane / 4, inner = lane % 4 * 2;
        lanes[lane] = transposed ? tile[inner][outer] | u32(tile[inner + 1][outer]) << 16
                                 : tile[outer][inner] | u32(tile[outer][inner + 1]) << 16;
    }
}
void from_lanes(const u32 *lanes, Tile &tile, bool transposed) {
    for (int lane = 0; lane < LANES; lane++) {
        const int outer = lane / 4, inner = lane % 4 * 2;
        (transposed ? tile[inner][outer] : tile[outer][inner]) = u16(lanes[lane]);
        (transposed ? tile[inner + 1][outer] : tile[outer][inner + 1]) = u16(lanes[lane] >> 16);
    }
}

// Eight lanes give the rows of each tile.
void row_addresses(const Warp &w, const Instruction &i, u64 *a) {
    for (u32 lane = 0; lane < 8u * i.count; lane++) {
        a[lane] = to_shared(int(lane), w.address(i, lane));
        if (a[lane] % 16) {
            fault(Wrong::Misaligned, int(lane), "row of a matrix at 0x%llx, not 16-byte aligned",
                  (unsigned long long)a[lane]);
        }
    }
    // A row takes 4 of 32 banks.
    for (u32 tile = 0; tile < i.count; tile++) {
        u32 uses[8] = {}, most = 0;
        for (u32 row = 0; row < 8; row++) {
            u32 n = ++uses[a[8 * tile + row] / 16 % 8];
            most = n > most ? n : most;
        }
        w.block->count.shared_wavefronts += most;
        w.block->count.shared_accesses++;
    }
}
} // namespace

Next load_matrix(Warp &w, const Instruction &i, u32 mask) {
    need_whole_warp(w, mask, Wrong::Divergence, "ldmatrix");
    u64 a[LANES];
    row_addresses(w, i, a);
    for (u32 t = 0; t < i.count; t++) {
        Tile tile;
        for (u32 row = 0; row < 8; row++) {
            const u32 lane = 8 * t + row;
            memcpy(tile[row], shared_pointer(w, int(lane), a[lane], 16, false, i.line), 16);
        }
        to_lanes(tile, w.at<u32>(i.more->r[t]), i.mode);
    }
    return Next::Go;
}

Next store_matrix(Warp &w, const Instruction &i, u32 mask) {
    need_whole_warp(w, mask, Wrong::Divergence, "stmatrix");
    u64 a[LANES];
    row_addresses(w, i, a);
    for (u32 t = 0; t < i.count; t++) {
        Tile tile;
        from_lanes(w.at<u32>(i.more->r[t]), tile, i.mode);
        for (u32 row = 0; row < 8; row++) {
            const u32 lane = 8 * t + row;
            memcpy(shared_pointer(w, int(lane), a[lane], 16, true, i.line), tile[row], 16);
        }
    }
    return Next::Go;
}

Next move_matrix(Warp &w, const Instruction &i, u32 mask) {
    need_whole_warp(w, mask, Wrong::Divergence, "movmatrix");
    Tile tile;
    from_lanes(w.at<u32>(i.a), tile, false);
    to_lanes(tile, w.at<u32>(i.d), true);
    return Next::Go;
}
} // namespace emu
