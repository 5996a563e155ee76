// What a kernel can do wrong, and how an instruction says so.
#pragma once

#include <string>

namespace emu {
// The names of these in reports stand in fault.cpp, with the driver's result for each.
enum class Wrong {
    GlobalBounds,
    GlobalUnwritten,
    SharedBounds,
    SharedUnwritten,
    SharedPending,
    SharedRace,
    ProxyFence,
    GlobalRace,
    ReadOnly,
    Local,
    Parameter,
    Misaligned,
    Divergence,
    Barrier,
    Mbarrier,
    Shuffle,
    Wgmma,
    Copy,
    Cluster,
    TensorMap,
    Deadlock,
    Unfinished,
    Trap,
    Assertion,
    Endless,
    Unsupported,
};

// Thrown by an instruction; the block adds where it was.
struct Fault {
    Wrong wrong;
    std::string what;
    int lane;
};

const char *name(Wrong wrong);
// The CUresult that a launch ends with.
int result_of(Wrong wrong);

std::string format(const char *format, ...) __attribute__((format(printf, 1, 2)));
[[noreturn]] void fault(Wrong wrong, int lane, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
} // namespace emu
