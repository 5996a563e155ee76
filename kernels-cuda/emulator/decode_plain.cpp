// Arithmetic, moves, conversions and control flow.
#include "decoder.h"

namespace emu::ptx {
void Decoder::arithmetic() {
    std::string key = s->opcode;
    for (auto &m : s->modifiers) {
        // These change no bit here: what is approximate on a card is computed as well as floats do.
        if (m != "rn" && m != "approx" && m != "full" && m != "noftz" && m != "uni") {
            key += "." + m;
        }
    }
    const Arithmetic *known = find_arithmetic(key);
    if (!known) {
        throw Unsupported{"opcode " + key};
    }
    simple(known->execute, known->kind);
    i.d = destination(argument(0), known->bytes[0]);
    u32 *sources[3] = {&i.a, &i.b, &i.c};
    for (int k = 0; k < known->sources; k++) {
        *sources[k] = source(argument(size_t(k) + 1), known->bytes[k + 1]);
    }
    if (s->opcode == "lop3") {
        i.immediate = argument(4).bits;
    } else if (s->opcode == "bfi") {
        i.immediate = source(argument(4), 4);
    }
}

void Decoder::set_predicate() {
    std::string key = s->opcode, combine;
    for (auto &m : s->modifiers) {
        if (m == "and" || m == "or" || m == "xor") {
            combine = m;
        } else {
            key += "." + m;
        }
    }
    const Arithmetic *known = find_arithmetic(key);
    if (!known) {
        throw Unsupported{"opcode " + key};
    }
    simple(known->execute, Integer);
    i.immediate = -1;
    const Argument &d = argument(0);
    if (d.kind == Argument::Pair) {
        i.d = predicate(d.parts[0]);
        i.immediate = predicate(d.parts[1]);
    } else {
        i.d = predicate(d);
    }
    i.a = source(argument(1), known->bytes[1]);
    i.b = s->opcode == "testp" ? i.a : source(argument(2), known->bytes[1]);
    if (!combine.empty()) {
        i.mode = combine == "and" ? 1 : combine == "or" ? 2 : 3;
        i.c = predicate(argument(3));
        i.count = argument(3).negated ? 2 : 1;
    }
}

static bool begins(const std::string &text, const char *with) {
    return text.rfind(with, 0) == 0;
}

void Decoder::move() {
    std::string type = last_type();
    const Argument &d = argument(0), &from = argument(1);
    u32 bytes = type_bytes(type);
    i.kind = Move;
    i.bytes = u8(bytes);
    if (type == "pred") {
        i.execute = move_predicate;
        i.d = predicate(d);
        i.a = predicate(from);
        i.mode = from.negated;
    } else if (d.kind == Argument::Vector) {
        i.execute = unpack;
        i.a = source(from, bytes);
        for (auto &part : d.parts) {
            more().r.push_back(destination(part, bytes / u32(d.parts.size())));
        }
    } else if (from.kind == Argument::Vector) {
        i.execute = pack;
        i.d = destination(d, bytes);
        for (auto &part : from.parts) {
            more().r.push_back(source(part, bytes / u32(from.parts.size())));
        }
    } else if (begins(from.name, "%clock") || begins(from.name, "%globaltimer")) {
        i.execute = read_clock;
        i.d = destination(d, bytes);
        i.mode = from.name.find("_hi") != std::string::npos;
        i.count = from.name[1] == 'g';
    } else {
        i.execute = find_arithmetic(format("mov.%u", bytes * 8))->execute;
        i.d = destination(d, bytes);
        i.a = source(from, bytes);
    }
}

void Decoder::convert_type() {
    std::vector<std::string> types;
    for (auto &m : s->modifiers) {
        if (kind_of(m) != NoKind) {
            types.push_back(m);
        }
    }
    if (types.size() < 2) {
        throw Unsupported{"types of a conversion"};
    }
    simple(convert, Convert);
    Conversion &c = more().conversion;
    c.to = kind_of(types[0]);
    c.from = kind_of(types[1]);
    c.rounding = rounding();
    c.saturate = has("sat");
    c.integral = has("rni") || has("rzi") || has("rmi") || has("rpi");
    c.relu = has("relu");
    c.finite = has("satfinite");
    c.flush = has("ftz");
    i.d = destination(argument(0), 4, &c.to_bytes);
    u32 bytes = type_bytes(types[1]);
    i.a = source_any(argument(1), bytes, &c.from_bytes);
    i.b = s->arguments.size() > 2 ? source_any(argument(2), bytes, &c.from_bytes) : i.a;
}

void Decoder::select() {
    u32 bytes = type_bytes(last_type());
    i.d = destination(argument(0), bytes);
    i.a = source(argument(1), bytes);
    i.b = source(argument(2), bytes);
    i.c = predicate(argument(3));
    i.execute = bytes == 2 ? select16 : bytes == 4 ? select32 : select64;
}

void Decoder::logic() {
    if (!has("pred")) {
        arithmetic();
        return;
    }
    const std::string &o = s->opcode;
    i.execute = predicate_logic;
    i.d = predicate(argument(0));
    i.a = predicate(argument(1));
    i.b = o == "not" ? i.a : predicate(argument(2));
    i.mode = o == "and" ? 0 : o == "or" ? 1 : o == "xor" ? 2 : 3;
    i.count = u8(argument(1).negated | (o != "not" && argument(2).negated) << 1);
}

void Decoder::convert_address() {
    u32 bytes = type_bytes(last_type());
    i.d = destination(argument(0), bytes);
    i.a = source(argument(1), bytes);
    i.kind = Move;
    i.bytes = u8(bytes);
    spaces();
    bool to = has("to");
    if (i.space == Space::Shared || i.space == Space::Local) {
        s64 window = s64(i.space == Space::Shared ? SHARED_WINDOW : LOCAL_WINDOW);
        i.execute = shift_window;
        i.immediate = to ? -window : window;
    } else if (i.space == Space::Param) {
        i.execute = parameter_address;
        i.mode = to;
    } else {
        i.execute = find_arithmetic(format("mov.%u", bytes * 8))->execute;
    }
}

void Decoder::is_space() {
    i.execute = emu::is_space;
    spaces();
    i.d = predicate(argument(0));
    u8 width;
    i.a = source_any(argument(1), 8, &width);
    i.wide = width == 8;
}

void Decoder::branch() {
    simple(emu::branch, Control);
    i.target = label(argument(0).name);
    i.always = true;
}

void Decoder::branch_table() {
    simple(branch_indexed, Control);
    i.a = source(argument(0), 4);
    for (int scope = s->scope; scope >= 0; scope = routine.scopes[size_t(scope)].parent) {
        auto &tables = routine.scopes[size_t(scope)].tables;
        if (auto t = tables.find(argument(1).name); t != tables.end()) {
            for (auto &name : t->second) {
                more().r.push_back(label(name));
            }
            return;
        }
    }
    throw Unsupported{"no table of branch targets"};
}

void Decoder::exit() {
    simple(leave_kernel, Control);
}
void Decoder::trap() {
    simple(emu::trap, Control);
}

// Of functions only those of the device's library that print and assert.
void Decoder::call() {
    simple(call_host, Control);
    size_t at = argument(0).kind == Argument::Group ? 1 : 0;
    const std::string &name = argument(at).name;
    if (name != "vprintf" && name != "__assertfail") {
        throw Unsupported{"call of " + name};
    }
    more().text = name;
    if (s->arguments.size() > at + 1) {
        for (auto &p : s->arguments[at + 1].parts) {
            Symbol v;
            symbol(p.name, v);
            more().r.push_back(u32(v.address));
        }
    }
}
} // namespace emu::ptx
