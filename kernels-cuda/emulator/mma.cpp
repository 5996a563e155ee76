// mma.sync m16n8, with the fragments of the PTX ISA.
#include "fragments.h"
#include "operations.h"
#include "sums.h"

namespace emu {
namespace {
// Lanes 4g to 4g + 3 of a register hold a piece of row g of A, or of column g of B. Accumulators
// are pairs of columns: registers 2h and 2h + 1 have rows 8h to 8h + 7, in f16 one has both.
void load_accumulators(const Warp &w, const More &m, float *c) {
    for (u32 r = 0; r < m.c.size(); r++) {
        const u32 *lanes = w.at<u32>(m.c[r]);
        for (u32 lane = 0; lane < LANES; lane++) {
            if (m.product.d == F16) {
                c[64 * r + 2 * lane] = from_f16(u16(lanes[lane]));
                c[64 * r + 2 * lane + 1] = from_f16(u16(lanes[lane] >> 16));
            } else {
                c[64 * (r / 2) + 2 * lane + r % 2] = float_of(lanes[lane]);
            }
        }
    }
}
void store_accumulators(const Warp &w, const More &m, const float *c) {
    for (u32 r = 0; r < m.r.size(); r++) {
        u32 *lanes = w.at<u32>(m.r[r]);
        for (u32 lane = 0; lane < LANES; lane++) {
            if (m.product.d == F16) {
                const float *pair = c + 64 * r + 2 * lane;
                lanes[lane] = u32(to_f16(pair[0])) | u32(to_f16(pair[1])) << 16;
            } else {
                lanes[lane] = bits_of(c[64 * (r / 2) + 2 * lane + r % 2]);
            }
        }
    }
}
void load_accumulators(const Warp &w, const More &m, s32 *c) {
    for (u32 r = 0; r < m.c.size(); r++) {
        for (u32 lane = 0; lane < LANES; lane++) {
            c[64 * (r / 2) + 2 * lane + r % 2] = w.at<s32>(m.c[r])[lane];
        }
    }
}
void store_accumulators(const Warp &w, const More &m, const s32 *c) {
    for (u32 r = 0; r < m.r.size(); r++) {
        for (u32 lane = 0; lane < LANES; lane++) {
            w.at<s32>(m.r[r])[lane] = c[64 * (r / 2) + 2 * lane + r % 2];
        }
    }
}

template <class T> void product(Warp &w, const More &m) {
    const Product &p = m.product;
    const int per = per_piece(p.a);
    alignas(64) T a[ROWS][MOST_K], b[MOST_K][8], c[ROWS * 8];
    for (size_t r = 0; r < m.a.size(); r++) {
        const u32 *lanes = w.at<u32>(m.a[r]);
        for (u32 g = 0; g < 8; g++) {
            decode(p.a, lanes + 4 * g, &a[g + 8 * (r & 1)][(r >> 1) * size_t(per)]);
        }
    }
    for (size_t r = 0; r < m.b.size(); r++) {
        const u32 *lanes = w.at<u32>(m.b[r]);
        const void *pieces[8];
        for (u32 g = 0; g < 8; g++) {
            pieces[g] = lanes + 4 * g;
        }
        decode_columns(p.b, pieces, b[r * size_t(per)], 8);
    }
    load_accumulators(w, m, c);
    add_products(w.block->launch->chosen.sums, a[0], b[0], c, p.k, 8, 8);
    store_accumulators(w, m, c);
}
} // namespace

Next mma(Warp &w, const Instruction &i, u32 mask) {
    need_whole_warp(w, mask, Wrong::Divergence, "mma.sync");
    const More &m = *i.more;
    if (m.product.d == S32) {
        product<s32>(w, m);
    } else {
        product<float>(w, m);
    }
    w.block->count.tensor_operations += u64(2 * ROWS * 8) * u64(m.product.k);
    return Next::Go;
}
} // namespace emu
