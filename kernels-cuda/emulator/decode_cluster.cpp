// Clusters: addresses and the barrier.
#include "decoder.h"

namespace emu::ptx {
void Decoder::cluster_barrier() {
    simple(emu::cluster_barrier, Barrier);
    i.mode = has("arrive") ? 1 : has("wait") ? 2 : 0;
    if (!i.mode) {
        throw Unsupported{"barrier.cluster"};
    }
}

void Decoder::map_address() {
    const bool rank = s->opcode == "getctarank";
    simple(rank ? rank_of : map_to_rank, Move);
    i.mode = !has("shared::cluster");
    i.bytes = u8(type_bytes(last_type()));
    u8 width;
    i.d = destination(argument(0), rank ? 4 : i.bytes);
    i.a = source_any(argument(1), i.bytes, &width);
    if (!rank) {
        i.b = source(argument(2), 4);
    } else {
        i.bytes = width;
    }
}
} // namespace emu::ptx
