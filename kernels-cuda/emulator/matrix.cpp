// ldmatrix, stmatrix and movmatrix: tiles of 8 x 8 elements of 16 bits, a lane holding two
// neighbours of a row or, transposed, of a column.
#include <immintrin.h>

#include "operations.h"

namespace emu {
namespace {
// A row is four lanes of a register.
using Tile = u32[8][4];

void transpose(Tile &tile) {
    __m128i r[8], t[8];
    for (int k = 0; k < 8; k++) {
        r[k] = _mm_loadu_si128(reinterpret_cast<__m128i *>(tile[k]));
    }
    for (int k = 0; k < 4; k++) { // pairs of rows 2k and 2k + 1
        t[2 * k] = _mm_unpacklo_epi16(r[2 * k], r[2 * k + 1]);
        t[2 * k + 1] = _mm_unpackhi_epi16(r[2 * k], r[2 * k + 1]);
    }
    for (int half = 0; half < 2; half++) { // of the columns
        const __m128i a = t[half], b = t[half + 2], c = t[half + 4], d = t[half + 6];
        const __m128i ab[2] = {_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b)};
        const __m128i cd[2] = {_mm_unpacklo_epi32(c, d), _mm_unpackhi_epi32(c, d)};
        for (int k = 0; k < 2; k++) {
            r[4 * half + 2 * k] = _mm_unpacklo_epi64(ab[k], cd[k]);
            r[4 * half + 2 * k + 1] = _mm_unpackhi_epi64(ab[k], cd[k]);
        }
    }
    for (int k = 0; k < 8; k++) {
        _mm_storeu_si128(reinterpret_cast<__m128i *>(tile[k]), r[k]);
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
    if (w.block->launch->chosen.counts.empty()) {
        return;
    }
    // A row takes 4 of 32 banks.
    for (u32 tile = 0; tile < i.count; tile++) {
        u32 uses[8] = {}, most = 0;
        for (u32 row = 0; row < 8; row++) {
            u32 n = ++uses[a[8 * tile + row] / 16 % 8];
            most = n > most ? n : most;
        }
        count_shared(w, most);
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
        if (i.mode) {
            transpose(tile);
        }
        memcpy(w.at<u32>(i.more->r[t]), tile, sizeof tile);
    }
    return Next::Go;
}

Next store_matrix(Warp &w, const Instruction &i, u32 mask) {
    need_whole_warp(w, mask, Wrong::Divergence, "stmatrix");
    u64 a[LANES];
    row_addresses(w, i, a);
    for (u32 t = 0; t < i.count; t++) {
        Tile tile;
        memcpy(tile, w.at<u32>(i.more->r[t]), sizeof tile);
        if (i.mode) {
            transpose(tile);
        }
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
    memcpy(tile, w.at<u32>(i.a), sizeof tile);
    transpose(tile);
    memcpy(w.at<u32>(i.d), tile, sizeof tile);
    return Next::Go;
}
} // namespace emu
