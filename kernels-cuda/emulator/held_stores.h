// Stores of a block to global memory that other blocks do not see yet. The block runs on what it
// has stored; while another runs, memory has what it had before.
#pragma once

#include <random>
#include <unordered_map>
#include <vector>

#include "numbers.h"

namespace emu {
class HeldStores {
  public:
    // To be called before the block stores there.
    void hold(u64 address, u32 bytes);
    // From now on everybody sees what is in these bytes, in all of them, or in some by chance.
    void show(u64 address, u32 bytes);
    void show();
    void show_some(std::mt19937_64 &random);
    // Takes out of memory what is held, or puts it back.
    void swap();
    bool empty() const {
        return words.empty();
    }

  private:
    struct Word { // eight bytes of memory, some of which are held
        u64 address, held, other;
    };
    std::vector<Word> words;
    std::unordered_map<u64, size_t> places;

    void drop(size_t k);
};
} // namespace emu
