// The loop of a warp, and lanes that part and meet again.
#include "block.h"
#include "operations.h"

namespace emu {
const char *const class_names[CLASSES] = {
    "integer", "float",   "convert", "move",  "control", "memory",  "shared",
    "atomic",  "shuffle", "tensor",  "async", "barrier", "nothing",
};

namespace {
// After so many instructions other lanes of the warp have their turn; where they have parted
// already after fewer.
constexpr int SLICE = 100000, SHORT_SLICE = 200;

bool may_lose_the_core(const Instruction &i) {
    return i.kind >= Memory && i.kind != Nothing;
}
} // namespace

Next Warp::run() {
    for (;;) {
        try {
            return block->count.lines.empty() ? loop<false>() : loop<true>();
        } catch (const Apart &apart) { meet(apart); }
    }
}

template <bool COUNTS> Next Warp::loop() {
    Block &b = *block;
    const bool preempts = b.launch->chosen.random();
    if ((paths.empty() && others.empty()) || patience <= 0) {
        patience = others.empty() ? SLICE : SHORT_SLICE;
    }
    int slice = patience;
    auto stop = [&](Next next) {
        b.steps += u64(patience - slice);
        patience = slice;
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
        if constexpr (COUNTS) {
            b.count.at(i.line).instructions++;
        }
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

void Warp::turn() {
    u32 hidden = 0;
    for (const Path &path : paths) {
        hidden |= path.mask & ~active;
    }
    if (hidden) {
        part();
    } else if (!all_wait()) {
        next_group(false);
    }
}

// Whether the other groups wait for this one.
bool Warp::all_wait() const {
    for (const Group &g : others) {
        if (!g.waits) {
            return false;
        }
    }
    return true;
}

// These lanes, and those of the group that wait for them, go on each by themselves.
void Warp::part() {
    Group these{pc, rejoin, active, paths};
    for (Path &path : these.paths) {
        path.mask &= active;
    }
    for (Path &path : paths) {
        path.mask &= ~active;
    }
    others.push_back(std::move(these));
    pop();
}

// Those that can run come before those that wait for others.
void Warp::next_group(bool this_waits) {
    size_t k = 0;
    while (k + 1 < others.size() && others[k].waits) {
        k++;
    }
    Group mine{pc, rejoin, active, std::move(paths), this_waits};
    Group next = std::move(others[k]);
    others.erase(others.begin() + long(k));
    if (mine.active) {
        others.push_back(std::move(mine));
    }
    pc = next.pc;
    rejoin = next.rejoin;
    active = next.active;
    paths = std::move(next.paths);
    merge_all();
}

bool Warp::merge_all() {
    return std::erase_if(others, [&](const Group &g) { return merge(g); }) > 0;
}

// Whether the group has come to where this one is.
bool Warp::merge(const Group &g) {
    bool same = g.pc == pc && g.rejoin == rejoin && g.paths.size() == paths.size();
    for (size_t k = 0; same && k < paths.size(); k++) {
        same = paths[k].pc == g.paths[k].pc && paths[k].rejoin == g.paths[k].rejoin;
    }
    if (same) {
        active |= g.active;
        for (size_t k = 0; k < paths.size(); k++) {
            paths[k].mask |= g.paths[k].mask;
        }
    }
    return same;
}

// The group that runs needs lanes that are elsewhere: it waits until they have come.
void Warp::meet(const Apart &apart) {
    if (merge_all()) {
        return;
    }
    if (all_wait()) {
        throw apart.fault;
    }
    next_group(true);
}

void Warp::miss(const Fault &fault) const {
    if (!others.empty()) {
        throw Apart{fault};
    }
    throw fault;
}

void Warp::pop() {
    Path path;
    do {
        if (paths.empty()) { // all lanes of this group have ended
            active = 0;
            next_group(false);
            return;
        }
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
