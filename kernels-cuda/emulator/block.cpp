// A block: its start, and who of its warps runs next.
#include "block.h"

#include <algorithm>

#include "operations.h"

namespace emu {
namespace {
// How often warps that spin may look again before they count as deadlocked.
constexpr int RETRIES = 2 * LANES;
// Now and then, one in so many decisions, the running warp gets another priority.
constexpr u32 CHANGES = 16;
constexpr u32 MULTIPROCESSORS = 4;

template <class F> void set_special(Warp &w, const Function &f, Special s, F value) {
    if (f.special[s]) {
        for (u32 lane = 0; lane < LANES; lane++) {
            w.at<u32>(f.special[s])[lane] = value(u32(w.id) * LANES + lane);
        }
    }
}
void set_special(Warp &w, const Function &f, Special s, u32 value) {
    set_special(w, f, s, [=](u32) { return value; });
}
} // namespace

void Block::prepare(Launch *l) {
    launch = l;
    function = l->function;
    const Function &f = *function;
    const u32 *b = l->block, *g = l->grid;
    num_threads = b[0] * b[1] * b[2];
    num_warps = (num_threads + LANES - 1) / LANES;
    shared_bytes = f.static_shared + l->dynamic_shared;
    count = Counters();
    if (!l->chosen.counts.empty()) {
        count.first_line = f.first_line;
        count.lines.resize(size_t(f.last_line - f.first_line + 1));
    }
    running = false;
    unseen.show();
    // Registers are poisoned with NaNs.
    const u32 stride = (f.register_bytes + 63) & ~63u;
    registers.assign(size_t(num_warps) * stride + 64, 0xff);
    predicates.assign(size_t(num_warps) * f.predicates, 0);
    locals.assign(size_t(num_warps) * f.local_bytes * LANES, 0xff);
    shared.resize(shared_bytes + 16);
    shadow.resize(shared_bytes + 16);
    warps.resize(num_warps);
    u8 *first = registers.data() + (64 - u64(registers.data()) % 64) % 64;
    for (u32 k = 0; k < num_warps; k++) {
        Warp &w = warps[k];
        w.block = this;
        w.id = w.racer = int(k);
        w.base[0] = first + size_t(k) * stride;
        w.base[1] = const_cast<u8 *>(f.constants.data());
        w.predicates = predicates.data() + size_t(k) * f.predicates;
        w.predicates[1] = FULL; // number 0 is never, number 1 always true
        w.code = f.code.data();
        w.local = locals.data() + size_t(k) * f.local_bytes * LANES;
        const u32 lanes = std::min(u32(LANES), num_threads - k * LANES);
        w.threads = lanes == LANES ? FULL : (1u << lanes) - 1;
        set_special(w, f, TidX, [=](u32 t) { return t % b[0]; });
        set_special(w, f, TidY, [=](u32 t) { return t / b[0] % b[1]; });
        set_special(w, f, TidZ, [=](u32 t) { return t / b[0] / b[1]; });
        for (u32 d = 0; d < 3; d++) {
            set_special(w, f, Special(NtidX + d), b[d]);
            set_special(w, f, Special(NctaX + d), g[d]);
        }
        set_special(w, f, WarpId, k);
        set_special(w, f, DynamicShared, l->dynamic_shared);
    }
}

void Block::start(u32 index) {
    const Settings &chosen = launch->chosen;
    const u32 *g = launch->grid;
    number = index | launch->place % 4 << 30;
    cta[0] = index % g[0];
    cta[1] = index / g[0] % g[1];
    cta[2] = index / g[0] / g[1];
    random.seed(chosen.seed * 1000003 + index);
    count.blocks++;
    memset(shared.data(), 0xff, shared_bytes);
    memset(shadow.data(), Unwritten, shared_bytes);
    std::fill(std::begin(barriers), std::end(barriers), BarrierState());
    loads.clear();
    unfinished = num_warps;
    parked = false;
    stuck_at = 0;
    progress = seen = 1;
    steps = 0;
    retries = 0;
    running = true;
    at = chosen.order == Order::Reverse ? 0 : num_warps - 1;
    if (chosen.races) {
        races.start(num_warps, shared_bytes);
    }
    for (Warp &w : warps) {
        w.pc = 0;
        w.rejoin = NOWHERE;
        w.active = w.alive = w.threads;
        w.paths.clear();
        w.others.clear();
        w.waiting = -1;
        w.spinning = w.finished = w.cluster_arrived = false;
        w.failed_at = 0;
        w.patience = 0;
        w.priority = u32(random());
        w.reduction = nullptr;
        w.copies.clear();
        w.stores.clear();
        w.wgmmas.clear();
        w.wgmma_groups = 0;
        w.wgmma_fenced = false;
        w.unfenced.clear();
        w.last_version = 0;
        memset(w.copy_groups, 0, sizeof w.copy_groups);
        memset(w.store_groups, 0, sizeof w.store_groups);
        if (chosen.races) {
            w.clock = {};
            w.clock.seen.assign(size_t(races.threads), 0);
            w.clock.seen[size_t(w.id)] = 1;
        }
        for (u32 d = 0; d < 3; d++) {
            set_special(w, *function, Special(CtaX + d), cta[d]);
        }
        for (u32 d = 0; d < 3; d++) {
            const u32 size = launch->cluster[d];
            set_special(w, *function, Special(ClusterX + d), cta[d] / size);
            set_special(w, *function, Special(NclusterX + d), g[d] / size);
            set_special(w, *function, Special(InClusterX + d), cta[d] % size);
            set_special(w, *function, Special(ClusterSizeX + d), size);
        }
        set_special(w, *function, ClusterRank, rank);
        set_special(w, *function, ClusterSize, launch->cluster_size());
        set_special(w, *function, SmId, index % MULTIPROCESSORS);
    }
}

static bool can_run(const Warp &w) {
    return !w.finished && w.waiting < 0 && !w.spinning;
}

Warp *Block::choose() {
    const Settings &chosen = launch->chosen;
    if (chosen.random() && (chosen.seed & 1)) {
        Warp *first = nullptr;
        for (Warp &w : warps) {
            if (can_run(w) && (!first || w.priority > first->priority)) {
                first = &w;
            }
        }
        if (first && random() % CHANGES == 0) {
            first->priority = u32(random());
        }
        return first;
    }
    const u32 skip = chosen.random() ? u32(random() % num_warps) : 0;
    for (u32 k = 1; k <= num_warps; k++) {
        const u32 step = chosen.order == Order::Reverse ? num_warps - k : k + skip;
        const u32 candidate = (at + step) % num_warps;
        if (can_run(warps[candidate])) {
            at = candidate;
            return &warps[candidate];
        }
    }
    return nullptr;
}

void Block::ended() {
    running = false;
    if (!loads.empty()) {
        fault(Wrong::Unfinished, 0, "the block ended while the bulk copy of line %d was under way",
              loads[0].line);
    }
    for (auto &s : barriers) {
        if (s.arrived) {
            fault(Wrong::Unfinished, 0, "the block ended while barrier %d had %u arrivals",
                  int(&s - barriers), s.arrived);
        }
    }
}

void Block::deadlock(Warp &first) {
    std::string who;
    for (Warp &w : warps) {
        if (!w.finished) {
            const int line = function->code[w.pc ? w.pc - 1 : 0].line;
            who += w.waiting == FOR_THE_CLUSTER
                       ? format(" warp %d at the barrier of its cluster (line %d);", w.id, line)
                   : w.waiting >= 0
                       ? format(" warp %d at barrier %d (line %d);", w.id, w.waiting, line)
                       : format(" warp %d at an mbarrier (line %d);", w.id, line);
        }
    }
    first.pc -= first.pc > 0;
    fault(Wrong::Deadlock, 0, "nobody can go on:%s", who.c_str());
}

void Block::nobody_can_run() {
    if (land_a_load()) {
        return;
    }
    if (cluster->blocks.size() > 1) { // another block may help
        const u64 now = cluster->progress();
        const bool moved = stuck_at != now;
        stuck_at = now;
        for (Warp &w : warps) {
            w.spinning &= !moved;
        }
        if (moved || !cluster->all_stuck_at(now)) {
            return;
        }
    }
    Warp *waiter = nullptr;
    bool spins = false;
    for (Warp &w : warps) {
        parked |= launch->early && w.waiting == FOR_THE_GRID;
    }
    if (parked) {
        return;
    }
    for (Warp &w : warps) {
        if (!w.finished && (!waiter || w.spinning)) {
            waiter = &w;
        }
        spins |= w.spinning && !w.finished;
    }
    if (!spins || retries++ >= RETRIES) {
        deadlock(*waiter);
    }
    for (Warp &w : warps) {
        if (w.spinning && !w.finished) {
            w.turn();
        }
        w.spinning = false;
    }
}

void Block::step() {
    Warp *current = &warps[0];
    try {
        if (!unfinished) {
            ended();
            return;
        }
        if (progress != seen) {
            seen = progress;
            retries = 0;
            for (Warp &w : warps) {
                w.spinning = false;
            }
        }
        Warp *next = choose();
        if (!next) {
            nobody_can_run();
            return;
        }
        current = next;
        if (current->run() == Next::Finished) {
            land_stores(*current, FULL, ALL_GROUPS);
            warp_finished(*current);
        }
        if (steps > launch->chosen.instructions) {
            fault(Wrong::Endless, 0, "gave up after %llu instructions of the block",
                  (unsigned long long)steps);
        }
    } catch (Fault &f) {
        running = false;
        std::lock_guard held(launch->lock);
        if (!launch->failure.result) {
            launch->failure = report(f, *current);
        }
        launch->stop = true;
    }
}

Report Block::report(const Fault &f, const Warp &w) const {
    Report r;
    r.kind = name(f.wrong);
    r.message = f.what;
    r.kernel = function->name;
    r.result = result_of(f.wrong);
    r.warp = w.id;
    const u32 t = u32(w.id) * LANES + u32(f.lane < 0 ? 0 : f.lane), *b = launch->block;
    memcpy(r.block, cta, sizeof cta);
    r.thread[0] = t % b[0];
    r.thread[1] = t / b[0] % b[1];
    r.thread[2] = t / b[0] / b[1];
    r.line = function->code[std::min<size_t>(w.pc, function->code.size() - 1)].line;
    r.text = function->module->line(r.line);
    std::tie(r.source, r.source_line) = function->module->source(r.line);
    return r;
}
} // namespace emu
