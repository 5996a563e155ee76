// What loads, stores and asynchronous copies have in common.
#pragma once

#include "operations.h"

namespace emu {
// The host's addresses of what lanes access in global memory, checked but not counted.
void global_addresses(Warp &, u32 mask, const u64 *addresses, u32 bytes, bool write, u8 **out);
} // namespace emu
