#include "clock.h"

#include <algorithm>

namespace emu {
void join(Times &to, const Times &from) {
    to.resize(std::max(to.size(), from.size()));
    for (size_t k = 0; k < from.size(); k++) {
        to[k] = std::max(to[k], from[k]);
    }
}

void join(Blocks &to, const Blocks &from) {
    for (auto &[block, times] : from) {
        join(to[block], times);
    }
}

void join(Clock &to, const Clock &from) {
    join(to.seen, from.seen);
    join(to.proxied, from.proxied);
    join(to.others, from.others);
    join(to.fenced, from.fenced);
    join(to.heard, from.heard);
    to.waited |= from.waited;
}
} // namespace emu
