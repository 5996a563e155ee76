#include "held_stores.h"

#include <algorithm>
#include <cstring>

namespace emu {
namespace {
constexpr size_t MOST = 4096; // words of a block; the card has no room for more either
constexpr u32 ONE_IN = 8;

// Calls f with each aligned word of a range and the mask of the range's bits in it.
template <class F> void each_word(u64 address, u32 bytes, F f) {
    for (u64 at = address & ~u64(7); at < address + bytes; at += 8) {
        const u64 from = std::max(at, address) - at, to = std::min(at + 8, address + bytes) - at;
        f(at, (to == 8 ? ~u64(0) : (u64(1) << 8 * to) - 1) & ~((u64(1) << 8 * from) - 1));
    }
}
u64 word_at(u64 address) {
    u64 v;
    memcpy(&v, reinterpret_cast<const void *>(address), sizeof v);
    return v;
}
} // namespace

void HeldStores::hold(u64 address, u32 bytes) {
    each_word(address, bytes, [&](u64 at, u64 bits) {
        auto [place, is_new] = places.try_emplace(at, words.size());
        if (is_new) {
            words.push_back({at, 0, 0});
        }
        Word &w = words[place->second];
        bits &= ~w.held;
        w.other |= word_at(at) & bits;
        w.held |= bits;
    });
    while (words.size() > MOST) {
        drop(words.size() * 7 / 11 % MOST);
    }
}

void HeldStores::drop(size_t k) {
    places.erase(words[k].address);
    if (k + 1 < words.size()) {
        words[k] = words.back();
        places[words[k].address] = k;
    }
    words.pop_back();
}

void HeldStores::show(u64 address, u32 bytes) {
    each_word(address, bytes, [&](u64 at, u64 bits) {
        auto place = places.find(at);
        if (place != places.end()) {
            Word &w = words[place->second];
            w.held &= ~bits;
            w.other &= ~bits;
            if (!w.held) {
                drop(place->second);
            }
        }
    });
}

void HeldStores::show() {
    words.clear();
    places.clear();
}

void HeldStores::show_some(std::mt19937_64 &random) {
    for (size_t k = words.size(); k--;) {
        if (random() % ONE_IN == 0) {
            drop(k);
        }
    }
}

void HeldStores::swap() {
    for (Word &w : words) {
        const u64 now = word_at(w.address), next = (now & ~w.held) | w.other;
        memcpy(reinterpret_cast<void *>(w.address), &next, sizeof next);
        w.other = now & w.held;
    }
}
} // namespace emu
