// Faults on demand: QUIRE_EMULATOR_FAULTS is a list of WHAT:N=RESULT, as "launch:57=719",
// "alloc:3=2", "sync:9=hang", "cuMemcpyHtoDAsync:*=700", "device:lost".
//
// WHAT is a kind of call (alloc, free, copy, sync, module, context), "launch" for kernels, those of
// graphs too, "any" for every call, or a function's name. N counts from 1 since the script was set;
// * is always. RESULT is a CUresult, or "hang": nothing ends any more.
#pragma once

#include <string>

#include "driver.h"

namespace emu::driver {
constexpr int HANG = -1;

// Why a script is refused, or an empty text. Counting starts anew.
std::string set_faults(const std::string &script);
// What the script says about this call: 0, a result, or HANG.
int planted(const char *name, Call kind);
int planted_launch();
} // namespace emu::driver
