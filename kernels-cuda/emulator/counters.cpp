#include "counters.h"

#include <algorithm>

#include "operations.h"

namespace emu {
void LineCounts::add(const LineCounts &o) {
    instructions += o.instructions;
    bytes += o.bytes;
    sectors += o.sectors;
    shared_wavefronts += o.shared_wavefronts;
}

void Counters::add(const Counters &o) {
    for (int k = 0; k < CLASSES; k++) {
        instructions[k] += o.instructions[k];
    }
    global_bytes += o.global_bytes;
    sectors += o.sectors;
    shared_accesses += o.shared_accesses;
    shared_wavefronts += o.shared_wavefronts;
    tensor_operations += o.tensor_operations;
    async_bytes += o.async_bytes;
    barriers += o.barriers;
    blocks += o.blocks;
    serialized_wgmma += o.serialized_wgmma;
    first_line = o.first_line;
    lines.resize(std::max(lines.size(), o.lines.size()));
    for (size_t k = 0; k < o.lines.size(); k++) {
        lines[k].add(o.lines[k]);
    }
}
u64 Counters::total() const {
    u64 n = 0;
    for (u64 k : instructions) {
        n += k;
    }
    return n;
}

void count_sectors(Warp &w, const u64 *a, u32 bytes, u32 mask) {
    u64 sectors[LANES * 2];
    size_t n = 0;
    EACH(mask) {
        sectors[n++] = a[lane] / 32;
        sectors[n++] = (a[lane] + bytes - 1) / 32;
    }
    std::sort(sectors, sectors + n);
    const u64 moved = u64(bytes) * u64(__builtin_popcount(mask));
    const u64 touched = u64(std::unique(sectors, sectors + n) - sectors);
    Counters &c = w.block->count;
    c.sectors += touched;
    c.global_bytes += moved;
    c.at(w.code[w.pc].line).add({0, moved, touched, 0});
}

void count_shared(const Warp &w, u64 wavefronts) {
    Counters &c = w.block->count;
    c.shared_accesses++;
    c.shared_wavefronts += wavefronts;
    c.at(w.code[w.pc].line).shared_wavefronts += wavefronts;
}

// A wavefront serves 128 bytes: 32 lanes of 4 bytes, 16 of 8, 8 of 16, a word of each bank.
void count_wavefronts(Warp &w, const u64 *a, u32 bytes, u32 mask) {
    u64 all = 0;
    const u32 lanes = bytes >= 16 ? 8 : bytes == 8 ? 16 : 32;
    for (u32 group = 0; group < LANES; group += lanes) {
        u64 words[LANES];
        u32 banks[32] = {}, most = 0;
        size_t n = 0;
        for (u32 lane = group; lane < group + lanes; lane++) {
            for (u32 k = 0; mask >> lane & 1 && k < std::max(bytes, 4u); k += 4) {
                words[n++] = a[lane] / 4 + k / 4;
            }
        }
        std::sort(words, words + n);
        n = size_t(std::unique(words, words + n) - words);
        for (size_t k = 0; k < n; k++) {
            most = std::max(most, ++banks[words[k] % 32]);
        }
        all += most;
    }
    count_shared(w, all);
}

} // namespace emu
