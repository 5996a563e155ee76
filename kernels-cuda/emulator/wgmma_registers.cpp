// Registers that wgmma uses while it runs: nobody may touch its accumulators before it was waited
// for, and what others have written into them, or into A, needs a wgmma.fence.
#include <algorithm>

#include "operations.h"

namespace emu {
namespace {
// Copies hand on what was written; the compiler puts them where it likes.
void note_written(Warp &w, const Instruction &i, const std::vector<u32> &registers) {
    const bool copies = i.kind == Move && !i.more;
    for (u32 r : registers) {
        auto from = copies ? w.unfenced.find(i.a) : w.unfenced.end();
        if (!copies) {
            w.unfenced[r] = i.line;
        } else if (from != w.unfenced.end()) {
            w.unfenced[r] = from->second;
        } else {
            w.unfenced.erase(r);
        }
    }
}

void check(Warp &w, const Instruction &i, const std::vector<u32> &touched) {
    for (auto &g : w.wgmmas) {
        for (u32 a : g.instruction->more->r) {
            if (std::find(touched.begin(), touched.end(), a) == touched.end()) {
                continue;
            }
            if (i.kind != Move || i.d == a) {
                fault(Wrong::Wgmma, 0,
                      "an accumulator of the wgmma at line %d is used before wgmma.wait_group",
                      g.instruction->line);
            }
            // A copy of one: ptxas waits here, and warns.
            w.block->count.serialized_wgmma++;
            for (auto &x : w.wgmmas) {
                run_wgmma(w, x);
            }
            w.wgmmas.clear();
            return;
        }
    }
}
} // namespace

void touch_registers_of_wgmma(Warp &w, const Instruction &i) {
    const WgmmaRegisters &r = w.block->function->of_wgmma.at(u32(&i - w.code));
    if (!w.wgmmas.empty()) {
        check(w, i, r.accumulators);
    }
    note_written(w, i, r.written);
}

void need_wgmma_fence(const Warp &w, const Instruction &i) {
    if (!w.wgmma_fenced) {
        fault(Wrong::Wgmma, 0, "wgmma, and no wgmma.fence before the first one of the warp");
    }
    if (w.unfenced.empty()) {
        return;
    }
    for (auto *registers : {&i.more->r, &i.more->a}) {
        for (u32 r : *registers) {
            if (auto at = w.unfenced.find(r); at != w.unfenced.end()) {
                fault(Wrong::Wgmma, 0,
                      "wgmma uses a register that line %d wrote, and no wgmma.fence is between",
                      at->second);
            }
        }
    }
}

Next wgmma_fence(Warp &w, const Instruction &, u32 mask) {
    need_whole_warp(w, mask, Wrong::Divergence, "wgmma.fence");
    w.wgmma_fenced = true;
    w.unfenced.clear();
    return Next::Go;
}
} // namespace emu
