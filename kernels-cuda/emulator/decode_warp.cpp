// What lanes and warps tell each other.
#include "decoder.h"

namespace emu::ptx {
void Decoder::barrier() {
    simple(block_barrier, Barrier);
    if (has("cluster")) {
        cluster_barrier();
        return;
    }
    if (has("warp")) {
        i.execute = warp_barrier;
        i.a = source(argument(0), 4);
        return;
    }
    size_t at = 0;
    i.mode = has("arrive") ? 1 : 0;
    if (has("red")) {
        i.mode = has("popc") ? 2 : has("and") ? 3 : 4;
        i.d = i.mode == 2 ? destination(argument(0), 4) : predicate(argument(0));
        at = 1;
    }
    i.a = source(argument(at), 4);
    i.count = 0;
    if (s->arguments.size() > at + 1 + (i.mode >= 2)) {
        i.b = source(argument(at + 1), 4);
        i.count = 1;
    }
    if (i.mode >= 2) {
        i.c = predicate(s->arguments.back());
        i.immediate = s->arguments.back().negated;
    }
}

void Decoder::shuffle() {
    simple(emu::shuffle, Shuffle);
    i.mode = has("up") ? 0 : has("down") ? 1 : has("bfly") ? 2 : 3;
    result_and_predicate(argument(0), 4);
    i.a = source(argument(1), 4);
    i.b = source(argument(2), 4);
    i.c = source(argument(3), 4);
    more().a.push_back(s->arguments.size() > 4 ? source(argument(4), 4) : constant(FULL, 4));
}

void Decoder::vote() {
    simple(emu::vote, Shuffle);
    i.mode = has("ballot") ? 0 : has("all") ? 1 : has("any") ? 2 : 3;
    i.d = i.mode ? predicate(argument(0)) : destination(argument(0), 4);
    i.a = predicate(argument(1));
    i.count = argument(1).negated;
    i.b = s->arguments.size() > 2 ? source(argument(2), 4) : constant(FULL, 4);
}

void Decoder::match() {
    simple(emu::match, Shuffle);
    i.mode = has("all");
    i.bytes = u8(type_bytes(last_type()));
    result_and_predicate(argument(0), 4);
    i.a = source(argument(1), i.bytes);
    i.b = source(argument(2), 4);
}

void Decoder::reduce() {
    static const std::pair<const char *, AtomicOp> ops[] = {
        {"add", AtomicOp::Add}, {"min", AtomicOp::Min}, {"max", AtomicOp::Max},
        {"and", AtomicOp::And}, {"or", AtomicOp::Or},   {"xor", AtomicOp::Xor},
    };
    simple(emu::reduce, Shuffle);
    std::string type = last_type();
    if (type[0] == 'f') {
        throw Unsupported{"redux.f32"};
    }
    i.execute = nullptr;
    for (auto &[name, op] : ops) {
        if (has(name)) {
            i.mode = u8(op);
            i.execute = emu::reduce;
        }
    }
    if (!i.execute) {
        throw Unsupported{"redux"};
    }
    i.count = type[0] == 's';
    i.d = destination(argument(0), 4);
    i.a = source(argument(1), 4);
    i.b = source(argument(2), 4);
}

void Decoder::elect() {
    simple(emu::elect, Shuffle);
    if (argument(0).kind != Argument::Pair) {
        throw Unsupported{"elect"};
    }
    result_and_predicate(argument(0), 4);
    i.a = source(argument(1), 4);
}

void Decoder::active_mask() {
    simple(emu::active_mask, Shuffle);
    i.d = destination(argument(0), 4);
}
} // namespace emu::ptx
