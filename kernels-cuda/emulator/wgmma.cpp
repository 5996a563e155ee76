// wgmma: products of a warpgroup. Each warp has 16 of the 64 rows; operands lie in shared memory,
// where descriptors say, A also in registers.
#include <algorithm>

#include "fragments.h"
#include "operations.h"
#include "sums.h"

namespace emu {
namespace {
constexpr int MOST_N = 256;

// A matrix in shared memory, as its descriptor has it.
struct Operand {
    u64 start, leading, stride;
    u32 span; // pieces of 16 bytes in a swizzled row, 1 without a swizzle
    bool mn_major;

    Operand(u64 descriptor, bool transposed)
        : start((descriptor & 0x3fff) << 4), leading((descriptor >> 16 & 0x3fff) << 4),
          stride((descriptor >> 32 & 0x3fff) << 4), mn_major(transposed) {
        const u32 spans[] = {1, 8, 4, 2};
        span = spans[descriptor >> 62];
    }
    // Of a piece: outer is its row, or its k where rows are contiguous; inner counts pieces along
    // the contiguous dimension.
    u64 piece(u32 outer, u32 inner) const {
        const u64 row = start + outer % 8 * span * PIECE;
        if (span == 1) {
            return row
                   + (mn_major ? outer / 8 * leading + inner * stride
                               : outer / 8 * stride + inner * leading);
        }
        const u64 a = row + outer / 8 * stride + inner / span * leading + inner % span * PIECE;
        return a ^ (a >> 7 & (span - 1)) << 4;
    }
};

const u8 *read(Warp &w, const Operand &o, u32 outer, u32 inner, s32 line) {
    return shared_pointer(w, 0, o.piece(outer, inner), PIECE, false, line);
}

// Calls f(outer, inner) for every piece that a warp reads of A, and of B.
template <class F> void pieces_of_a(const Warp &w, const Operand &a, int k, F f) {
    const u32 quarter = u32(w.id) % 4;
    for (u32 outer = 0; outer < (a.mn_major ? u32(k) : u32(ROWS)); outer++) {
        for (u32 q = 0; q < 2; q++) {
            a.mn_major ? f(outer, quarter * 2 + q) : f(quarter * ROWS + outer, q);
        }
    }
}
template <class F> void pieces_of_b(const Operand &b, const Product &p, F f) {
    for (u32 outer = 0; outer < u32(b.mn_major ? p.k : p.n); outer++) {
        for (u32 q = 0; q < (b.mn_major ? u32(p.n) / 8 : 2); q++) {
            f(outer, q);
        }
    }
}

template <class T> void load_a(Warp &w, const Wgmma &g, T (*a)[MOST_K]) {
    const More &m = *g.instruction->more;
    const Product &p = m.product;
    const u32 per = u32(per_piece(p.a)), quarter = u32(w.id) % 4;
    const s32 line = g.instruction->line;
    for (size_t r = 0; r < m.a.size(); r++) {
        for (u32 q = 0; q < 8; q++) {
            decode(p.a, w.at<u32>(m.a[r]) + 4 * q, &a[q + 8 * (r & 1)][(r >> 1) * per]);
        }
    }
    if (!m.a.empty()) {
        return;
    }
    Operand o(g.a, p.a_transposed);
    pieces_of_a(w, o, p.k, [&](u32 outer, u32 inner) {
        const u8 *piece = read(w, o, outer, inner, line);
        if (!o.mn_major) {
            decode(p.a, piece, &a[outer - quarter * ROWS][inner * per]);
            return;
        }
        T rows[8];
        decode(p.a, piece, rows);
        for (u32 x = 0; x < 8; x++) {
            a[(inner - quarter * 2) * 8 + x][outer] = rows[x];
        }
    });
}

template <class T> void load_b(Warp &w, const Wgmma &g, T *b, int stride) {
    const Product &p = g.instruction->more->product;
    const s32 line = g.instruction->line;
    const int per = per_piece(p.b);
    Operand o(g.b, p.b_transposed);
    if (o.mn_major) {
        pieces_of_b(o, p, [&](u32 k, u32 q) {
            decode(p.b, read(w, o, k, q, line), b + int(k) * stride + int(q) * 8);
        });
        return;
    }
    for (int n = 0; n < p.n; n += 8) {
        for (int q = 0; q < 2; q++) {
            const void *pieces[8];
            for (int j = 0; j < 8; j++) {
                pieces[j] = read(w, o, u32(n + j), u32(q), line);
            }
            decode_columns(p.b, pieces, b + q * per * stride + n, stride);
        }
    }
}

// Calls f with each accumulator register of a lane and the place of its first number.
template <class T, class F> void accumulators(Warp &w, const More &m, T *c, int stride, F f) {
    const bool pairs = m.product.d == F16;
    for (u32 j = 0; j < m.r.size(); j++) {
        u32 *lanes = w.at<u32>(m.r[j]);
        const u32 lower = pairs ? j % 2 : j / 2 % 2;
        const u32 column = pairs ? j / 2 * 8 : j / 4 * 8 + j % 2;
        for (u32 lane = 0; lane < LANES; lane++) {
            f(lanes[lane], c + int(lane / 4 + 8 * lower) * stride + int(column + lane % 4 * 2));
        }
    }
}

template <class T> void multiply(Warp &w, const Wgmma &g) {
    static thread_local T a[ROWS][MOST_K], b[MOST_K / 2 * MOST_N], c[ROWS * MOST_N];
    const More &m = *g.instruction->more;
    const Product &p = m.product;
    const int stride = p.n;
    load_a(w, g, a);
    load_b(w, g, b, stride);
    for (int row = 0; row < ROWS && p.sign < 0; row++) {
        for (int k = 0; k < p.k; k++) {
            a[row][k] = -a[row][k];
        }
    }
    memset(c, 0, sizeof c);
    if (g.adds) {
        accumulators(w, m, c, stride, [&](u32 &d, T *x) {
            if (p.d == F16) {
                x[0] = T(from_f16(u16(d)));
                x[1] = T(from_f16(u16(d >> 16)));
            } else {
                memcpy(x, &d, 4);
            }
        });
    }
    add_products(w.block->launch->chosen.sums, a[0], b, c, p.k, p.n, stride);
    accumulators(w, m, c, stride, [&](u32 &d, T *x) {
        if (p.d == F16) {
            d = u32(to_f16(float(x[0]))) | u32(to_f16(float(x[1]))) << 16;
        } else {
            memcpy(&d, x, 4);
        }
    });
    w.block->count.tensor_operations += u64(2 * ROWS) * u64(p.n) * u64(p.k);
}

// The card may read operands from the moment of issue: they must be there by then.
void check_operands(Warp &w, const Wgmma &g) {
    const More &m = *g.instruction->more;
    const s32 line = g.instruction->line;
    if (m.a.empty()) {
        Operand a(g.a, m.product.a_transposed);
        pieces_of_a(w, a, m.product.k, [&](u32 o, u32 q) { read(w, a, o, q, line); });
    }
    Operand b(g.b, m.product.b_transposed);
    pieces_of_b(b, m.product, [&](u32 o, u32 q) { read(w, b, o, q, line); });
}
} // namespace

void run_wgmma(Warp &w, const Wgmma &g) {
    if (g.instruction->more->product.d == S32) {
        multiply<s32>(w, g);
    } else {
        multiply<float>(w, g);
    }
}

Next wgmma(Warp &w, const Instruction &i, u32 mask) {
    need_whole_warp(w, mask, Wrong::Divergence, "wgmma");
    Block &b = *w.block;
    if (b.num_warps < 4) {
        fault(Wrong::Wgmma, 0, "wgmma needs a warpgroup of 128 threads");
    }
    need_wgmma_fence(w, i);
    Wgmma g{&i,
            i.more->a.empty() ? w.at<u64>(i.a)[0] : 0,
            w.at<u64>(i.b)[0],
            (w.predicates[i.c] & 1) != 0,
            false,
            0};
    const Landing landing = b.launch->chosen.landing;
    const bool late = landing == Landing::Late
                      || (landing == Landing::Any && (!w.wgmmas.empty() || (b.random() & 1)));
    const bool races = b.launch->chosen.races;
    const u32 group = u32(w.id) / 4, reader = b.num_warps + 1 + group;
    // For this read the group's clock is the issuing warp's alone: no barrier of another may help.
    Clock before;
    if (races) {
        Clock &c = b.races.groups[group];
        before = c;
        const u32 own = c.seen[reader] + 1;
        c = w.clock;
        c.seen.resize(before.seen.size());
        c.seen[reader] = own;
        w.racer = int(reader);
    }
    if (late) {
        check_operands(w, g);
        w.wgmmas.push_back(g);
    } else {
        run_wgmma(w, g);
    }
    if (races) {
        join(b.races.groups[group], before);
        w.racer = w.id;
    }
    return Next::Go;
}

Next wgmma_commit(Warp &w, const Instruction &, u32 mask) {
    need_whole_warp(w, mask, Wrong::Divergence, "wgmma.commit_group");
    w.block->progress++;
    for (auto &g : w.wgmmas) {
        if (!g.committed) {
            g.committed = true;
            g.group = w.wgmma_groups;
        }
    }
    w.wgmma_groups++;
    return Next::Go;
}

// A wgmma is its warpgroup's: it starts when all four warps have issued it; all quarters are done
// when the wait of one returns, for kernels let one thread release a stage after its own wait.
Next wgmma_wait(Warp &w, const Instruction &i, u32 mask) {
    need_whole_warp(w, mask, Wrong::Divergence, "wgmma.wait_group");
    Block &b = *w.block;
    const u32 keep = u32(i.immediate), need = w.wgmma_groups > keep ? w.wgmma_groups - keep : 0;
    const u32 first = u32(w.id) & ~3u, end = std::min(first + 4, b.num_warps);
    for (u32 k = first; k < end; k++) {
        if (!b.warps[k].finished && b.warps[k].wgmma_groups < need) {
            w.wait_in_vain();
            return Next::Retry;
        }
    }
    const bool races = b.launch->chosen.races;
    const u32 reader = b.num_warps + 1 + first / 4;
    if (races) {
        join(b.races.groups[first / 4], w.clock);
        b.races.groups[first / 4].seen[reader]++;
    }
    for (u32 k = first; k < end; k++) {
        Warp &o = b.warps[k];
        size_t n = 0;
        o.racer = int(reader);
        while (n < o.wgmmas.size() && o.wgmmas[n].committed && o.wgmmas[n].group < need) {
            run_wgmma(o, o.wgmmas[n++]);
        }
        o.racer = o.id;
        if (n) {
            o.wgmmas.erase(o.wgmmas.begin(), o.wgmmas.begin() + long(n));
            b.progress++;
        }
    }
    if (races) {
        join(w.clock, b.races.groups[first / 4]);
    }
    return Next::Go;
}
} // namespace emu
