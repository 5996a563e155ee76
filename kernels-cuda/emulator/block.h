// A launch, its blocks and their warps while they run.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <vector>

#include "counters.h"
#include "fault.h"
#include "global_races.h"
#include "held_stores.h"
#include "instruction.h"
#include "memory.h"
#include "races.h"
#include "report.h"
#include "settings.h"

namespace emu {
struct Block;

// The lanes that took a branch wait here until the others have come to the same point.
struct Path {
    u32 pc, rejoin, mask;
};

// Lanes of a warp that go on by themselves, since they might wait for each other.
struct Group {
    u32 pc, rejoin, active;
    std::vector<Path> paths;
    bool waits = false; // for lanes that are elsewhere
};

// Thrown by an instruction that needs lanes which another group has; the fault that it is if they
// cannot come.
struct Apart {
    Fault fault;
};

// A cp.async of a warp that has not landed.
struct AsyncCopy {
    u32 mask;
    u8 bytes;
    u32 to[LANES];
    u64 from[LANES];
    u8 have[LANES];   // bytes that are read; the rest becomes zero
    u32 group[LANES]; // FULL until committed
    s32 line;
};

// A bulk copy or a box of a tensor map.
struct BulkCopy {
    u32 shared;
    u64 global; // the tensor map's address where there is one
    u32 bytes, mbarrier, group;
    s32 coordinates[5];
    int dims, warp, lane;
    bool adds;
    s32 line;
    std::vector<u8> seen; // of a store, what was there when it began
};

struct Wgmma {
    const Instruction *instruction;
    u64 a, b; // descriptors
    bool adds, committed;
    u32 group;
};

constexpr int FOR_THE_GRID = 16, FOR_THE_CLUSTER = 17;

struct Warp {
    u8 *base[2]; // registers, constants
    u32 *predicates;
    const Instruction *code;
    u32 pc, rejoin, active, alive;
    std::vector<Path> paths;   // the current one is not among them
    std::vector<Group> others; // of lanes; mostly there are none
    Block *block;
    int id;
    int racer;   // who its accesses count as in Races, or UNCHECKED
    u32 threads; // mask of the lanes that there are
    u8 *local;
    u32 carry = 0;
    int patience;         // instructions until other lanes have their turn
    int waiting;          // for a barrier of that number, FOR_THE_GRID, FOR_THE_CLUSTER, or -1
    bool cluster_arrived; // and has not waited
    u64 cluster_meeting;
    bool spinning, finished;
    u64 failed_at; // the block's progress when it last waited for an mbarrier in vain
    u32 priority;
    const Instruction *reduction; // of the barrier that it waits for
    std::vector<AsyncCopy> copies;
    u32 copy_groups[LANES];
    std::vector<BulkCopy> stores;
    u32 store_groups[LANES];
    std::vector<Wgmma> wgmmas;
    u32 wgmma_groups;
    bool wgmma_fenced;
    std::map<u32, s32> unfenced; // registers of wgmma, and the line that wrote them
    Allocation last[8];          // by instruction, the allocation that it used last
    u64 last_version;
    Clock clock;

    template <class T> T *at(u32 operand) const {
        return reinterpret_cast<T *>(base[operand & 1] + (operand & ~1u));
    }
    u64 value(u32 operand, u8 bytes, u32 lane) const {
        return bytes == 8   ? at<u64>(operand)[lane]
               : bytes == 4 ? at<u32>(operand)[lane]
                            : at<u16>(operand)[lane];
    }
    void put(u32 operand, u8 bytes, u32 lane, u64 value) {
        if (bytes == 8)
            at<u64>(operand)[lane] = value;
        if (bytes == 4)
            at<u32>(operand)[lane] = u32(value);
        if (bytes == 2)
            at<u16>(operand)[lane] = u16(value);
    }
    void put_predicate(u32 predicate, u32 value, u32 mask) {
        predicates[predicate] = (predicates[predicate] & ~mask) | (value & mask);
    }
    u64 address(const Address &a, u32 lane) const {
        return a.wide ? at<u64>(a.at)[lane] + u64(a.offset)
                      : u64(u32(at<u32>(a.at)[lane] + u32(a.offset)));
    }
    u64 address(const Instruction &i, u32 lane) const {
        return address(Address{i.a, i.wide, i.immediate}, lane);
    }
    // Runs until it waits, gives up the core or ends.
    Next run();
    void pop();
    // Lanes that spin may wait for others of their warp: those have their turn.
    void turn();
    void leave(u32 mask);
    // Without the lanes of another group the instruction is a fault.
    [[noreturn]] void miss(const Fault &fault) const;
    // It waited in vain: when nothing has moved since the last time, it need not try again.
    void wait_in_vain();

  private:
    template <bool COUNTS> Next loop();
    void part();
    void next_group(bool this_waits);
    bool merge_all();
    bool all_wait() const;
    void meet(const Apart &apart);
    bool merge(const Group &group);
};

struct BarrierState {
    u32 arrived = 0, expected = 0, waiting = 0;
    u32 all = 1, any = 0, count = 0; // of a reduction
    Clock clock;
};

// What a byte of shared memory is.
enum Shadow : u8 { Unwritten, Written, Pending, IsMbarrier };

// Blocks that run together.
struct Cluster {
    std::vector<Block *> blocks; // by rank
    u32 arrived = 0;             // warps, at its barrier
    u64 meetings = 0;
    Blocks told; // by those that arrived

    void meet();
    u64 progress() const;
    bool all_stuck_at(u64 progress) const;
};

struct Launch;
struct Block {
    Launch *launch;
    const Function *function;
    u32 cta[3], number; // of the grid
    u32 shared_bytes = 0, num_warps = 0, num_threads = 0;
    std::vector<Warp> warps;
    std::vector<u8> registers, locals;
    std::vector<u32> predicates;
    std::vector<u8> shared, shadow;
    BarrierState barriers[16];
    std::vector<BulkCopy> loads;
    Cluster *cluster = nullptr;
    u32 rank = 0;
    u64 stuck_at = 0; // the progress of its cluster when nobody here could go on
    Races races;
    HeldStores unseen; // by other blocks
    std::mt19937_64 random;
    Counters count;
    u64 steps = 0, progress = 1, seen = 0;
    u32 unfinished = 0, at = 0;
    int retries = 0;
    bool running = false;
    bool parked = false; // nobody can go on before the launch before this one has ended
    u32 priority = 0;

    void prepare(Launch *launch);
    void start(u32 index);
    // One decision of the schedule: runs a warp until it gives up the core, or lets a copy land.
    void step();
    void warp_finished(Warp &warp);
    void grid_has_ended();
    void place_in_cluster(u32 rank);
    bool land_a_load();
    bool lands_now();

  private:
    Warp *choose();
    void ended();
    void nobody_can_run();
    [[noreturn]] void deadlock(Warp &first);
    Report report(const Fault &fault, const Warp &warp) const;
};

struct Launch {
    const Function *function;
    u32 grid[3], block[3], cluster[3] = {1, 1, 1};
    u32 dynamic_shared;
    std::vector<u8> parameters;
    Settings chosen; // as they were at the launch
    std::shared_ptr<GlobalRaces> races;
    // Of a dependent launch: blocks that began before the launch before it.
    std::vector<std::unique_ptr<Block>> begun;
    std::vector<std::unique_ptr<Cluster>> alone; // one for each of these
    bool early = false, prepared = false;
    u32 place = 0;                // among launches that depend on each other
    std::vector<HeldStores> late; // of blocks that have ended
    Counters count;
    std::atomic<u32> next{0};
    std::atomic<bool> stop{false};
    std::mutex lock;
    Report failure; // its result is 0 where all went well
    // Whether accesses of global memory are looked at more closely. Then one thread runs it.
    bool watches() const {
        return chosen.races || chosen.late_stores;
    }
    u32 cluster_size() const {
        return cluster[0] * cluster[1] * cluster[2];
    }
    u64 blocks() const {
        return u64(grid[0]) * grid[1] * grid[2];
    }
    ~Launch();
};

// Returns a CUresult. One launch runs at a time, on several threads.
int run_launch(Launch &launch);
// Some blocks of a dependent launch (programmatic stream serialization) run as far as they may
// before the launch in front of it has ended, which here has not even begun.
void begin_dependent(Launch &launch, Launch &before);
} // namespace emu

// Runs over the lanes of a mask, the number being "lane".
#define EACH(mask)                                                                                 \
    for (u32 left_ = (mask), lane = 0; left_ && (lane = u32(__builtin_ctz(left_)), true);          \
         left_ &= left_ - 1)
