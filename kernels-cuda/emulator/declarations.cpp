#include <algorithm>

#include "memory.h"
#include "reader.h"

namespace emu::ptx {
namespace {
struct Type {
    const char *name;
    u32 bytes;
    Kind kind;
};
constexpr Type types[] = {
    {"u8", 1, U8},         {"s8", 1, S8},         {"b8", 1, U8},         {"u16", 2, U16},
    {"s16", 2, S16},       {"b16", 2, U16},       {"u32", 4, U32},       {"s32", 4, S32},
    {"b32", 4, U32},       {"u64", 8, U64},       {"s64", 8, S64},       {"b64", 8, U64},
    {"f16", 2, F16},       {"bf16", 2, BF16},     {"f32", 4, F32},       {"f64", 8, F64},
    {"tf32", 4, TF32},     {"e4m3", 1, E4M3},     {"e5m2", 1, E5M2},     {"f16x2", 4, F16x2},
    {"bf16x2", 4, BF16x2}, {"e4m3x2", 2, E4M3x2}, {"e5m2x2", 2, E5M2x2}, {"b128", 16, NoKind},
    {"pred", 1, NoKind},   {"s4", 0, S4},         {"u4", 0, U4},
};
const Type *type(const std::string &name) {
    auto one = std::find_if(std::begin(types), std::end(types),
                            [&](const Type &t) { return name == t.name; });
    return one == std::end(types) ? nullptr : one;
}
} // namespace

u32 type_bytes(const std::string &name) {
    const Type *t = type(name);
    return t ? t->bytes : 0;
}
Kind kind_of(const std::string &name) {
    const Type *t = type(name);
    return t ? t->kind : NoKind;
}
int kind_bits(Kind kind) {
    if (kind == S4 || kind == U4) {
        return 4;
    }
    for (auto &t : types) {
        if (t.kind == kind) {
            return int(t.bytes * 8);
        }
    }
    return 0;
}

Variable Reader::Declaration::variable(State state) const {
    return {type, state, alignment, count * type_bytes(type)};
}

// What stands between .reg, .shared, .param … and the names.
void Reader::declared_as(Declaration &d, u32 &alignment, u64 &vector) {
    while (in.peek('.')) {
        std::string w = in.word();
        if (w == ".align") {
            alignment = u32(in.whole_number());
        } else if (w == ".v2" || w == ".v4") {
            vector = w == ".v2" ? 2 : 4;
        } else if (w == ".attribute") {
            in.argument();
        } else if (type_bytes(w.substr(1))) {
            d.type = w.substr(1);
        } else if (w != ".ptr" && w != ".global" && w != ".shared" && w != ".const"
                   && w != ".local") {
            in.fail("unknown declaration " + w);
        }
    }
}

Reader::Declaration Reader::one_more(const Declaration &like, u32 alignment, u64 vector) {
    Declaration d;
    d.type = like.type;
    d.name = in.word();
    d.count = vector;
    d.alignment = std::max({alignment, type_bytes(d.type), 1u});
    if (in.take('<')) {
        d.numbered = u32(in.whole_number());
        in.need('>');
    }
    while (in.take('[')) {
        Argument n;
        d.count = in.number(n) ? d.count * u64(n.bits) : 0;
        in.need(']');
    }
    return d;
}

std::vector<Reader::Declaration> Reader::declarations() {
    Declaration like;
    u32 alignment = 0;
    u64 vector = 1;
    declared_as(like, alignment, vector);
    std::vector<Declaration> all;
    do {
        all.push_back(one_more(like, alignment, vector));
        if (in.take('=')) {
            values(all.back());
        }
    } while (in.take(','));
    return all;
}

std::vector<std::pair<std::string, Variable>> Reader::parameters() {
    std::vector<std::pair<std::string, Variable>> all;
    in.need('(');
    while (!in.take(')')) {
        std::string w = in.word();
        if (w != ".reg" && w != ".param") {
            in.fail("unknown parameter " + w);
        }
        Declaration like;
        u32 alignment = 0;
        u64 vector = 1;
        declared_as(like, alignment, vector);
        Declaration d = one_more(like, alignment, vector);
        all.push_back({d.name, d.variable(State::Parameter)});
        in.take(',');
    }
    return all;
}

void Reader::values(Declaration &d) {
    if (in.take('{')) {
        if (!in.take('}')) {
            do {
                values(d);
            } while (in.take(','));
            in.need('}');
        }
        return;
    }
    u32 bytes = type_bytes(d.type);
    u64 bits;
    Argument n;
    if (in.number(n)) {
        bits = u64(n.bits);
        if (n.form == Argument::Decimal || n.form == Argument::Single) {
            bits = bytes == 8 ? bits_of(n.real) : bits_of(float(n.real));
        }
    } else {
        std::string name = in.word();
        if (name == "generic") {
            Argument group = in.argument();
            name = group.parts.empty() ? "" : group.parts[0].name;
        }
        auto global = module.globals.find(name);
        if (global == module.globals.end()) {
            in.fail("unknown initialiser " + name);
        }
        bits = global->second.address;
        while (in.take('+')) {
            bits += u64(in.whole_number());
        }
    }
    for (u32 i = 0; i < bytes; i++) {
        d.values.push_back(u8(bits >> (8 * i)));
    }
}

void Reader::global_variables(bool external) {
    for (auto &d : declarations()) {
        u64 bytes = std::max<u64>(d.count * type_bytes(d.type), d.values.size());
        if (module.globals.count(d.name)) {
            continue;
        }
        if (external) {
            module.globals[d.name] = {0, 0};
            continue;
        }
        u64 address = global_memory.allocate(std::max<u64>(bytes, 16));
        if (!address) {
            in.fail("no memory for " + d.name);
        }
        memset(reinterpret_cast<void *>(address), 0, bytes);
        memcpy(reinterpret_cast<void *>(address), d.values.data(), d.values.size());
        global_memory.mark_written(address, bytes);
        module.globals[d.name] = {address, bytes};
    }
    in.need(';');
}
} // namespace emu::ptx
