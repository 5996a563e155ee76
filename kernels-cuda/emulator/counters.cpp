#include "counters.h"

#include <algorithm>

#include "operations.h"

namespace emu {
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
    w.block->count.sectors += u64(std::unique(sectors, sectors + n) - sectors);
    w.block->count.global_bytes += u64(bytes) * u64(__builtin_popcount(mask));
}

// A wavefront serves 128 bytes: 32 lanes of 4 bytes, 16 of 8, 8 of 16, a word of each bank.
void count_wavefronts(Warp &w, const u64 *a, u32 bytes, u32 mask) {
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
        w.block->count.shared_wavefronts += most;
    }
    w.block->count.shared_accesses++;
}

} // namespace emu
