// Tensor cores and the moves of their operands.
#include <cstdio>

#include "decoder.h"

namespace emu::ptx {
static bool shape(const Statement &s, int &m, int &n, int &k) {
    for (auto &x : s.modifiers) {
        if (x[0] == 'm' && sscanf(x.c_str(), "m%dn%dk%d", &m, &n, &k) == 3) {
            return true;
        }
    }
    return false;
}

void Decoder::mma() {
    simple(emu::mma, Tensor);
    Product &p = more().product;
    auto types = kinds();
    int m = 0;
    if (!shape(*s, m, p.n, p.k) || types.size() != 4 || m != 16 || p.n != 8 || has("sp")
        || has("b1")) {
        throw Unsupported{"shape of mma"};
    }
    p.d = types[0];
    p.a = types[1];
    p.b = types[2];
    const int bits = kind_bits(p.a);
    if (p.a == F64 || !(p.k * bits == 256 || p.k * bits == 128)) {
        throw Unsupported{"shape of mma"};
    }
    for (auto &x : list(argument(0)))
        extra->r.push_back(destination(x, 4));
    for (auto &x : list(argument(1)))
        extra->a.push_back(source(x, 4));
    for (auto &x : list(argument(2)))
        extra->b.push_back(source(x, 4));
    for (auto &x : list(argument(3)))
        extra->c.push_back(source(x, 4));
    const size_t accumulated = p.d == F16 ? 2 : 4;
    if (extra->a.size() != size_t(p.k * bits / 64) || extra->b.size() != size_t(p.k * bits / 128)
        || extra->r.size() != accumulated || extra->c.size() != accumulated) {
        throw Unsupported{"operands of mma"};
    }
}

void Decoder::matrix() {
    const bool loads = s->opcode == "ldmatrix";
    simple(loads ? load_matrix : store_matrix, SharedAccess);
    if (!has("m8n8") || !has("b16")) {
        throw Unsupported{"shape of " + s->opcode};
    }
    i.count = has("x4") ? 4 : has("x2") ? 2 : 1;
    i.mode = has("trans");
    spaces();
    for (auto &x : list(argument(loads ? 0 : 1))) {
        more().r.push_back(loads ? destination(x, 4) : source(x, 4));
    }
    main_address(argument(loads ? 1 : 0));
    if (extra->r.size() != i.count) {
        throw Unsupported{"operands of " + s->opcode};
    }
}

void Decoder::move_matrix() {
    simple(emu::move_matrix, Tensor);
    i.d = destination(argument(0), 4);
    i.a = source(argument(1), 4);
}

void Decoder::wgmma() {
    simple(nothing, Tensor);
    if (has("fence")) {
        i.execute = wgmma_fence;
        return;
    }
    if (has("commit_group")) {
        i.execute = wgmma_commit;
        return;
    }
    if (has("wait_group")) {
        i.execute = wgmma_wait;
        i.immediate = argument(0).bits;
        return;
    }
    i.execute = emu::wgmma;
    Product &p = more().product;
    auto types = kinds();
    int m = 0;
    if (!shape(*s, m, p.n, p.k) || types.size() != 3 || has("sp") || m != 64) {
        throw Unsupported{"shape of wgmma"};
    }
    p.d = types[0];
    p.a = types[1];
    p.b = types[2];
    for (auto &x : list(argument(0))) {
        extra->r.push_back(destination(x, 4));
        accumulators.insert(extra->r.back());
    }
    if (extra->r.size() != size_t(p.d == F16 ? p.n / 4 : p.n / 2)) {
        throw Unsupported{"accumulators of wgmma"};
    }
    used.clear();
    if (argument(1).kind == Argument::Vector) {
        for (auto &x : argument(1).parts) {
            extra->a.push_back(source(x, 4));
            pieces.insert(extra->a.back());
        }
    } else {
        i.a = source(argument(1), 8);
    }
    i.b = source(argument(2), 8);
    i.c = predicate(argument(3));
    size_t at = 4;
    auto flag = [&](s64 otherwise) {
        return at < s->arguments.size() ? s->arguments[at++].bits : otherwise;
    };
    if (p.d != S32) {
        p.sign = (flag(1) < 0 ? -1.f : 1.f) * (flag(1) < 0 ? -1.f : 1.f);
    }
    if (p.a == F16 || p.a == BF16) {
        p.a_transposed = extra->a.empty() && flag(0);
        p.b_transposed = flag(0);
    }
}

static bool copies_a_register(const Instruction &i) {
    return i.kind == Move && !i.more && i.d && !(i.a & 1);
}

void Decoder::registers_of_wgmma() {
    std::set<u32> all = accumulators;
    all.insert(pieces.begin(), pieces.end());
    for (size_t before = 0; before != all.size();) { // and all that is copied into them
        before = all.size();
        for (size_t n = 0; n < out.code.size() && before; n++) {
            for (u32 r : written_by[n]) {
                if (all.count(r) && copies_a_register(out.code[n])) {
                    all.insert(out.code[n].a);
                }
            }
        }
    }
    for (size_t n = 0; n < out.code.size(); n++) {
        WgmmaRegisters here;
        for (u32 r : used_by[n]) {
            if (accumulators.count(r)) {
                here.accumulators.push_back(r);
            }
        }
        for (u32 r : written_by[n]) {
            if (all.count(r)) {
                here.written.push_back(r);
            }
        }
        if (!here.accumulators.empty() || !here.written.empty()) {
            out.code[n].for_wgmma = true;
            out.of_wgmma[u32(n)] = here;
        }
    }
}
} // namespace emu::ptx
