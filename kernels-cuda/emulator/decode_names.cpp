// What names and operands of a statement stand for: symbols, labels, sources, destinations.
#include <algorithm>
#include <stdexcept>

#include "decoder.h"

namespace emu::ptx {
const Variable *Decoder::variable(const std::string &name, int &scope) const {
    for (; scope >= 0; scope = routine.scopes[size_t(scope)].parent) {
        auto &variables = routine.scopes[size_t(scope)].variables;
        if (auto v = variables.find(name); v != variables.end()) {
            return &v->second;
        }
    }
    auto v = unit.shared.find(name);
    return v == unit.shared.end() ? nullptr : &v->second;
}

u64 Decoder::local_variable(const std::string &key, const Variable &v) {
    auto [l, made] = local_at.try_emplace(key);
    if (made) {
        l->second = rounded_up(out.local_bytes, v.alignment);
        out.local_bytes = u32(l->second + std::max<u64>(v.bytes, v.alignment));
    }
    return l->second;
}

bool Decoder::symbol(const std::string &name, Symbol &symbol) {
    int scope = s->scope;
    if (const Variable *v = variable(name, scope)) {
        switch (v->state) {
        case State::Shared: symbol.address = shared_at.at(scoped_name(scope, name)); return true;
        case State::DynamicShared: symbol.address = dynamic_shared_at; return true;
        case State::Local:
            symbol = {local_variable(scoped_name(scope, name), *v), true};
            return true;
        case State::Parameter:
            for (size_t k = 0; k < routine.parameters.size(); k++) {
                if (routine.parameters[k].first == name) {
                    symbol.address = out.parameters[k].offset;
                    return true;
                }
            }
        }
    }
    auto g = module.globals.find(name);
    if (g == module.globals.end()) {
        return false;
    }
    symbol.address = g->second.address;
    return true;
}

u32 Decoder::label(const std::string &name) const {
    for (int scope = s->scope; scope >= 0; scope = routine.scopes[size_t(scope)].parent) {
        auto &labels = routine.scopes[size_t(scope)].labels;
        if (auto l = labels.find(name); l != labels.end()) {
            return l->second;
        }
    }
    throw Unsupported{"no label " + name};
}

u32 Decoder::immediate(const Argument &a, u32 bytes) {
    u64 bits = u64(a.bits);
    bool real = a.form != Argument::Whole;
    if (real && bytes == 8 && a.form != Argument::Double) {
        bits = bits_of(a.real);
    } else if (real && bytes == 4 && a.form != Argument::Single) {
        bits = bits_of(float(a.real));
    }
    return constant(bits, std::max(bytes, 2u));
}

u32 Decoder::source_any(const Argument &a, u32 bytes, u8 *width) {
    if (a.kind == Argument::Immediate) {
        *width = u8(std::max(bytes, 2u));
        return immediate(a, bytes);
    }
    if (a.kind != Argument::Name) {
        throw Unsupported{"operand"};
    }
    if (Register *r = find_register(a.name)) {
        if (r->predicate) {
            throw Unsupported{"a predicate as operand"};
        }
        *width = r->bytes;
        return r->at;
    }
    u32 at;
    *width = u8(std::max(bytes, 4u));
    if (special_register(a.name, *width, at)) {
        return at;
    }
    Symbol v;
    if (symbol(a.name, v)) {
        *width = u8(bytes);
        return constant(v.address, bytes);
    }
    throw Unsupported{"unknown name " + a.name};
}

u32 Decoder::source(const Argument &a, u32 bytes, u8 *width) {
    u8 is;
    u32 at = source_any(a, bytes, &is);
    if (is != std::max(bytes, 2u)) {
        throw Unsupported{format("%s has %u bytes, %u expected", a.name.c_str(), is, bytes)};
    }
    if (width) {
        *width = is;
    }
    return at;
}

u32 Decoder::destination(const Argument &a, u32 bytes, u8 *width) {
    if (a.kind == Argument::Sink) {
        if (width) {
            *width = u8(std::max(2u, bytes));
        }
        return new_register(bytes);
    }
    Register *r = a.kind == Argument::Name ? find_register(a.name) : nullptr;
    if (!r || r->predicate) {
        throw Unsupported{"destination"};
    }
    if (width) {
        *width = r->bytes;
    } else if (r->bytes != std::max(2u, bytes)) {
        throw Unsupported{format("%s has %u bytes, %u expected", a.name.c_str(), r->bytes, bytes)};
    }
    written.push_back(r->at);
    return r->at;
}

u32 Decoder::predicate(const Argument &a) {
    if (a.kind == Argument::Sink) {
        return out.predicates++;
    }
    if (a.kind == Argument::Immediate) {
        return a.bits ? 1 : 0;
    }
    Register *r = a.kind == Argument::Name ? find_register(a.name) : nullptr;
    if (!r || !r->predicate) {
        throw Unsupported{"a predicate is expected"};
    }
    return r->at;
}

void Decoder::result_and_predicate(const Argument &a, u32 bytes) {
    i.immediate = -1;
    if (a.kind == Argument::Pair) {
        i.d = destination(a.parts[0], bytes);
        i.immediate = predicate(a.parts[1]);
    } else {
        i.d = destination(a, bytes);
    }
}

Address Decoder::address(const Argument &a) {
    if (a.kind != Argument::Address) {
        throw Unsupported{"an address is expected"};
    }
    if (a.name.empty()) {
        return {constant(0, 8), true, a.bits};
    }
    if (Register *r = find_register(a.name)) {
        if (r->predicate || r->bytes < 4) {
            throw Unsupported{"address register"};
        }
        return {r->at, r->bytes == 8, a.bits};
    }
    Symbol v;
    if (!symbol(a.name, v)) {
        throw Unsupported{"unknown symbol " + a.name};
    }
    if (v.local && i.space == Space::Param) {
        i.space = Space::Local; // arguments of a call
    }
    return {constant(v.address, 8), true, a.bits};
}

void Decoder::main_address(const Argument &a) {
    Address main = address(a);
    i.a = main.at;
    i.wide = main.wide;
    i.immediate = main.offset;
}

void Decoder::layout_parameters() {
    for (auto &[name, v] : routine.parameters) {
        u32 offset = rounded_up(out.parameter_bytes, v.alignment);
        out.parameters.push_back({offset, u32(v.bytes)});
        out.parameter_bytes = offset + u32(v.bytes);
    }
}

static void names_in(const Argument &a, std::set<std::string> &names) {
    names.insert(a.name);
    for (auto &part : a.parts) {
        names_in(part, names);
    }
}

// Static shared variables come one after the other, dynamic ones behind them all.
void Decoder::layout() {
    layout_parameters();
    std::set<std::string> named;
    for (auto &statement_ : routine.statements) {
        for (auto &a : statement_.arguments) {
            names_in(a, named);
        }
    }
    u32 at = 0, dynamic_alignment = 16;
    auto place = [&](int scope, const std::string &name, const Variable &v) {
        if (v.state == State::DynamicShared) {
            dynamic_alignment = std::max(dynamic_alignment, v.alignment);
        } else if (v.state == State::Shared) {
            at = rounded_up(at, v.alignment);
            shared_at[scoped_name(scope, name)] = SHARED_START + at;
            at += u32(v.bytes);
        }
    };
    for (auto &[name, v] : unit.shared) {
        if (named.count(name)) {
            place(-1, name, v);
        }
    }
    for (size_t scope = 0; scope < routine.scopes.size(); scope++) {
        for (auto &[name, v] : routine.scopes[scope].variables) {
            place(int(scope), name, v);
        }
    }
    out.static_shared = rounded_up(at, dynamic_alignment);
    dynamic_shared_at = SHARED_START + out.static_shared;
}
} // namespace emu::ptx
