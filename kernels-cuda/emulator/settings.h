// What a user of the emulator chooses: variables QUIRE_EMULATOR_NAME, read when the driver is first
// called, or quireEmulatorSet(name, value) at any time.
#pragma once

#include <string>
#include <string_view>

#include "numbers.h"

namespace emu {
// In which order blocks and warps run. Random: four blocks in flight a thread, warps lose the core
// at memory instructions; odd seeds give warps priorities that change now and then, so that one may
// lag far behind, even seeds take any warp.
enum class Order : u8 { Forward, Reverse, Random };
// When asynchronous copies land, and wgmma computes: at the last moment or at the first.
enum class Landing : u8 { Late, Early, Any };
// How a tensor core adds: product after product; pairs of pairs; or as an H200 was seen to.
enum class Sums : u8 { InOrder, Pairs, Card };

struct Settings {
    Order order = Order::Forward;
    u64 seed = 1;
    Landing landing = Landing::Late;
    Sums sums = Sums::InOrder;
    bool races = false;
    bool late_stores = false; // other blocks see them at a fence or at the end, some sooner
    bool lazy = false;        // streams do nothing before they must
    int card = 90;
    int threads; // as many as the machine has
    u64 memory = u64(8) << 30;
    u64 instructions = 5000000000ull; // of one block, before it counts as an endless loop
    std::string report, counts;       // files that get lines of JSON
    std::string faults;               // a script of driver faults, see driver_faults.h

    Settings();
    // Why a value is refused, or an empty text.
    std::string set(std::string_view name, const std::string &value);
    bool random() const {
        return order == Order::Random;
    }
    int resident_blocks() const {
        return random() ? 4 : 1;
    }
};

// The settings of this process, and what was wrong with its environment.
extern Settings &settings;
std::string read_environment();
} // namespace emu
