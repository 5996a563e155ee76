// The loop of a warp, and lanes that part and meet again.
#include "block.h"
#include "operations.h"

namespace emu {
const char *const class_names[CLASSES] = {
    "integer", "float",   "convert", "move",  "control", "memory",  "shared",
    "atomic",  "shuffle", "tensor",  "async", "barrier", "nothing",
};

namespace {
// After so many instructions the other side of a branch has its turn.
constexpr int SLICE = 100000;

bool may_lose_the_core(const Instruction &i) {
    return i.kind >= Memory && i.kind != Nothing;
}
} // namespace

Next Warp::run() {
    Block &b = *block;
    const bool preempts = b.launch->chosen.random();
    int slice = SLICE;
    auto stop = [&](Next next) {
        b.steps += u64(SLICE - slice);
        return next;
    };
    for (;;) {
        if (pc == rejoin) {
            pop();
            continue;
        }
        const Instruction &i = code[pc];
        u32 mask = active & (predicates[i.guard] ^ (i.guard_negated ? FULL : 0));
        if (!mask && !i.always) {
            pc++;
            continue;
        }
        if (i.for_wgmma) {
            touch_registers_of_wgmma(*this, i);
        }
        b.count.instructions[i.kind]++;
        Next next = i.execute(*this, i, mask);
        if (next == Next::Go) {
            pc++;
        } else if (next == Next::Yield) {
            pc++;
            return stop(next);
        } else if (next != Next::Jumped) {
            return stop(next);
        }
        if (--slice == 0) {
            turn();
            return stop(Next::Jumped);
        }
        if (preempts && may_lose_the_core(i) && (b.random() & 3) == 0) {
            return stop(Next::Yield);
        }
    }
}

// Lanes that spin may wait for those of the other side of the innermost branch.
void Warp::turn() {
    if (paths.empty()) {
        return;
    }
    Path &other = paths.back();
    if (other.mask && other.rejoin == rejoin && other.pc != rejoin) {
        std::swap(other.pc, pc);
        std::swap(other.mask, active);
    }
}

void Warp::pop() {
    Path path;
    do {
        path = paths.back();
        paths.pop_back();
    } while (!path.mask);
    pc = path.pc;
    rejoin = path.rejoin;
    active = path.mask;
}

void Warp::leave(u32 mask) {
    alive &= ~mask;
    active &= ~mask;
    for (Path &path : paths) {
        path.mask &= ~mask;
    }
}

void Warp::wait_in_vain() {
    if (failed_at == block->progress) {
        spinning = true;
    } else {
        failed_at = block->progress;
    }
}
} // namespace emu
