// What comes before what, in vector clocks.
#pragma once

#include <map>
#include <vector>

#include "numbers.h"

namespace emu {
using Times = std::vector<u32>;      // by thread of a block
using Blocks = std::map<u32, Times>; // by block of the grid

// What a warp, or another that accesses memory, knows to have happened. Barriers join all of it.
struct Clock {
    Times seen;    // in its own block
    Times proxied; // of that, what a fence.proxy.async has shown to the asynchronous proxy
    Blocks others; // in other blocks
    Blocks fenced; // what a fence has made ready to be told by an atomic, its own block included
    Blocks heard;  // told by the atomics of others; it counts from the next fence on
    bool waited = false; // for the launch before, by griddepcontrol.wait
};

void join(Times &to, const Times &from);
void join(Blocks &to, const Blocks &from);
void join(Clock &to, const Clock &from);
} // namespace emu
