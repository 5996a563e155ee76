// What executes the opcodes that are no plain arithmetic by lanes, and what those share.
#pragma once

#include "block.h"

namespace emu {
#define OPERATION(name) Next name(Warp &, const Instruction &, u32 mask)
// control.cpp
OPERATION(branch);
OPERATION(branch_indexed);
OPERATION(leave_kernel);
OPERATION(trap);
OPERATION(nothing);
OPERATION(give_way);
OPERATION(call_host);
OPERATION(grid_wait);
// move.cpp
OPERATION(move_predicate);
OPERATION(predicate_logic);
OPERATION(pack);
OPERATION(unpack);
OPERATION(read_clock);
OPERATION(select16);
OPERATION(select32);
OPERATION(select64);
OPERATION(shift_window);
OPERATION(parameter_address);
OPERATION(is_space);
OPERATION(zero64);
// convert.cpp
OPERATION(convert);
// exchange.cpp
OPERATION(shuffle);
OPERATION(vote);
OPERATION(match);
OPERATION(reduce);
OPERATION(elect);
OPERATION(active_mask);
OPERATION(warp_barrier);
// barrier.cpp
OPERATION(block_barrier);
// cluster.cpp
OPERATION(cluster_barrier);
OPERATION(map_to_rank);
OPERATION(rank_of);
// loadstore.cpp, atomic.cpp
OPERATION(load);
OPERATION(load_parameter);
OPERATION(store);
OPERATION(atomic);
// watch.cpp
OPERATION(fence);
// mma.cpp, matrix.cpp, wgmma.cpp, wgmma_registers.cpp
OPERATION(mma);
OPERATION(load_matrix);
OPERATION(store_matrix);
OPERATION(move_matrix);
OPERATION(wgmma);
OPERATION(wgmma_fence);
OPERATION(wgmma_commit);
OPERATION(wgmma_wait);
// copies.cpp
OPERATION(copy_async);
OPERATION(copy_commit);
OPERATION(copy_wait);
OPERATION(copy_arrive);
// mbarrier.cpp
OPERATION(mbarrier_init);
OPERATION(mbarrier_invalidate);
OPERATION(mbarrier_arrive);
OPERATION(mbarrier_wait);
OPERATION(mbarrier_expect);
// bulk.cpp
OPERATION(bulk_load);
OPERATION(bulk_store);
OPERATION(bulk_commit);
OPERATION(bulk_wait);
// tensor_map.cpp
OPERATION(tensor_map_replace);
OPERATION(tensor_map_copy);
#undef OPERATION

// An opcode of plain arithmetic: what runs it, and the bytes of its lanes, the result's first.
struct Arithmetic {
    Execute execute;
    u8 bytes[4];
    int sources;
    Class kind;
};
// By opcode with the modifiers that matter, as "add.ftz.f32"; null for an unknown one.
const Arithmetic *find_arithmetic(const std::string &key);

// checks.cpp: the host's address of what a lane accesses.
u8 *global_pointer(Warp &, int lane, u64 address, u32 bytes, bool write,
                   bool unwritten_too = false);
u8 *shared_pointer(Warp &, int lane, u64 address, u32 bytes, bool write, s32 line);
// cluster.cpp
Block &home(Warp &, int lane, u64 &address);
u8 *remote_pointer(Warp &, int lane, u64 address, u32 bytes, bool write, s32 line);
// What the warp knows, as it is for a warp of that block.
Clock known_in(const Warp &, const Block &);
// The shared address of a generic one.
u64 to_shared(int lane, u64 generic);
// An asynchronous copy into shared memory starts, and lands.
void shared_issue(Warp &, int lane, u64 address, u32 bytes);
void shared_land(Block &, int thread, u64 address, const void *data, u32 bytes, s32 line);
// access.cpp: the addresses of all lanes, and the host's addresses for them. Generic addresses
// become those of their space.
void lane_addresses(const Warp &, const Instruction &, u64 *out);
void locate(Warp &, const Instruction &, u32 mask, u64 *addresses, u32 bytes, bool write, u8 **out);
// watch.cpp: what lanes, or a copy, are about to do to global memory.
void watch_global(Warp &, const Instruction &, u32 mask, const u64 *addresses, u32 bytes,
                  bool write, u8 *const *at);
struct CopyAccess {
    bool write;
    u8 order; // bits of Ordering
    s32 line;
};
void watch_copy(Warp &, int lane, u64 address, u32 bytes, CopyAccess access);
// counters.cpp
void count_sectors(Warp &, const u64 *addresses, u32 bytes, u32 mask);
// An access that took so many.
void count_shared(const Warp &, u64 wavefronts);
void count_wavefronts(Warp &, const u64 *addresses, u32 bytes, u32 mask);

// Faults unless all lanes take part.
void need_whole_warp(Warp &, u32 mask, Wrong wrong, const char *what);
void release_barrier(Block &, BarrierState &);
void touch_registers_of_wgmma(Warp &, const Instruction &);
void need_wgmma_fence(const Warp &, const Instruction &);
void run_wgmma(Warp &, const Wgmma &);
// Copies of these lanes land: all of them, or those but of the newest "keep" groups.
constexpr u32 ALL_GROUPS = FULL;
void land_copies(Warp &, u32 mask, u32 keep);
void land_stores(Warp &, u32 mask, u32 keep);
void land_load(Block &, const BulkCopy &);
// The copy engine tells an mbarrier that bytes have arrived.
void transfer_done(Block &, u32 mbarrier, u32 bytes);
void arrive(Warp &, int lane, u64 mbarrier, u32 count, s64 bytes, u64 *token);
void expect_one_more(Warp &, int lane, u64 mbarrier);
void check_mbarrier(Block &, int lane, u64 mbarrier);
} // namespace emu
