// Loads, stores and atomics.
#include "decoder.h"

namespace emu::ptx {
void Decoder::ordering() {
    const bool acquires = has("acquire") || has("acq_rel");
    const bool releases = has("release") || has("acq_rel");
    const bool strong = acquires || releases || has("volatile") || has("relaxed") || has("mmio")
                        || i.kind == Atomic;
    i.order = u8((strong ? STRONG : 0) | (acquires ? ACQUIRES : 0) | (releases ? RELEASES : 0)
                 | (has("cta") ? BLOCK_SCOPE : 0) | (has("nc") ? READ_ONLY : 0));
}

// Those that order blocks, or stores before the asynchronous proxy.
void Decoder::fence() {
    const bool proxy = has("proxy"), block = has("cta") || has("cluster");
    const bool memory = s->opcode == "membar" || has("sc") || has("acq_rel");
    simple(nothing, Nothing);
    if ((proxy && has("async")) || (memory && !proxy && !block)) {
        i.execute = emu::fence;
        i.mode = proxy;
    }
}

void Decoder::load() {
    std::string type = last_type();
    spaces();
    i.bytes = u8(type_bytes(type));
    if (i.bytes > 8) {
        throw Unsupported{"registers of 128 bits"};
    }
    i.kind = i.space == Space::Shared ? SharedAccess : Memory;
    i.mode = type[0] == 's';
    ordering();
    auto to = list(argument(0));
    i.count = u8(to.size());
    for (auto &d : to) {
        u8 width;
        more().r.push_back(destination(d, i.bytes, &width));
        more().width.push_back(width);
    }
    main_address(argument(1));
    i.execute = emu::load;
    if (i.space == Space::Param && (i.a & 1)) {
        i.execute = load_parameter;
        i.kind = Move;
        s64 base;
        memcpy(&base, out.constants.data() + (i.a & ~1u), 8);
        i.immediate += base;
    }
}

void Decoder::store() {
    spaces();
    i.bytes = u8(type_bytes(last_type()));
    if (i.bytes > 8) {
        throw Unsupported{"registers of 128 bits"};
    }
    i.kind = i.space == Space::Shared ? SharedAccess : Memory;
    ordering();
    main_address(argument(0));
    auto from = list(argument(1));
    i.count = u8(from.size());
    for (auto &v : from) {
        u8 width;
        more().r.push_back(source_any(v, i.bytes, &width));
        more().width.push_back(width);
    }
    i.execute = emu::store;
}

void Decoder::atomic() {
    static const std::map<std::string, AtomicOp> ops = {
        {"add", AtomicOp::Add},         {"min", AtomicOp::Min}, {"max", AtomicOp::Max},
        {"and", AtomicOp::And},         {"or", AtomicOp::Or},   {"xor", AtomicOp::Xor},
        {"inc", AtomicOp::Inc},         {"dec", AtomicOp::Dec}, {"exch", AtomicOp::Exchange},
        {"cas", AtomicOp::CompareSwap},
    };
    if (has("async")) {
        throw Unsupported{"red.async"};
    }
    simple(nullptr, Atomic);
    ordering();
    spaces();
    for (auto &m : s->modifiers) {
        if (auto op = ops.find(m); op != ops.end()) {
            i.mode = u8(op->second);
            i.execute = emu::atomic;
        }
    }
    std::string type = last_type();
    i.bytes = u8(type_bytes(type));
    if (!i.execute || i.bytes < 2 || i.bytes > 8) {
        throw Unsupported{"atomic operation or type"};
    }
    more().kind = kind_of(type);
    const size_t at = s->opcode == "atom" ? 1 : 0; // red has no result
    auto values = list(argument(at + 1));
    if (values.size() != 1) {
        throw Unsupported{"atomic operation on a vector"};
    }
    i.b = source(values[0], i.bytes);
    if (AtomicOp(i.mode) == AtomicOp::CompareSwap) {
        i.c = source(argument(at + 2), i.bytes);
    }
    main_address(argument(at));
    i.count = u8(at);
    if (at) {
        i.d = destination(argument(0), i.bytes);
    }
}
} // namespace emu::ptx
