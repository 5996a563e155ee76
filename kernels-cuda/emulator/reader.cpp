#include "reader.h"

#include <stdexcept>

#include "memory.h"

namespace emu::ptx {
bool Statement::has(const char *modifier) const {
    for (auto &m : modifiers) {
        if (m == modifier) {
            return true;
        }
    }
    return false;
}

Unit read(Module &module) {
    return Reader(module).read();
}

Unit Reader::read() {
    bool external = false;
    while (!in.ended()) {
        directive(in.word(), external);
    }
    return std::move(unit);
}

void Reader::directive(const std::string &w, bool &external) {
    if (w == ".extern") {
        external = true;
    } else if (w == ".visible" || w == ".weak" || w == ".common") {
        return;
    } else if (w == ".entry" || w == ".func") {
        routine(w == ".entry", external);
        external = false;
    } else if (w == ".global" || w == ".const") {
        global_variables(external);
        external = false;
    } else if (w == ".shared") {
        for (auto &d : declarations()) {
            unit.shared[d.name] =
                d.variable(external || !d.count ? State::DynamicShared : State::Shared);
        }
        in.need(';');
        external = false;
    } else if (w == ".target") {
        module.target = in.word();
        in.rest_of_line();
    } else if (w == ".file") {
        source_file();
    } else if (w == ".section") {
        in.braces();
    } else if (w == ".version" || w == ".address_size" || w == ".pragma" || w == ".alias") {
        in.rest_of_line();
    } else {
        in.fail("unknown directive " + w);
    }
}

void Reader::source_file() {
    int number = int(in.whole_number());
    module.files[number] = in.quoted();
    in.rest_of_line();
}

void Reader::location() {
    int file = int(in.whole_number()), number = int(in.whole_number());
    module.locations[in.line] = {file, number};
    in.rest_of_line();
}

void Reader::routine(bool entry, bool external) {
    Routine r;
    r.entry = entry;
    while (!entry && in.peek('.')) {
        in.word();
    }
    if (!entry && in.peek('(')) {
        r.parameters = parameters();
    }
    r.name = in.word();
    if (in.peek('(')) {
        for (auto &p : parameters()) {
            r.parameters.push_back(p);
        }
    }
    routine_directives(r);
    if (in.take(';') || external) {
        return;
    }
    in.need('{');
    r.scopes.push_back({-1, {}, {}, {}, {}, {}});
    for (auto &p : r.parameters) {
        r.scopes[0].variables[p.first] = p.second;
    }
    body(r, 0);
    unit.routines.push_back(std::move(r));
}

void Reader::routine_directives(Routine &r) {
    while (in.peek('.')) {
        std::string w = in.word();
        if (w == ".noreturn" || w == ".explicitcluster") {
            continue;
        }
        u32 v[3] = {1, 1, 1};
        int i = 0;
        do {
            u32 n = u32(in.whole_number());
            v[i] = n;
        } while (++i < 3 && in.take(','));
        if (w == ".reqntid") {
            memcpy(r.required_threads, v, sizeof v);
        }
        if (w == ".reqnctapercluster") {
            memcpy(r.required_cluster, v, sizeof v);
        }
        if (w == ".reqntid" || w == ".maxntid") {
            r.max_threads = v[0] * v[1] * v[2];
        }
    }
}

void Reader::body(Routine &r, int scope) {
    for (;;) {
        if (in.ended()) {
            in.fail("unexpected end");
        }
        if (in.take('}')) {
            return;
        }
        if (in.take('{')) {
            r.scopes.push_back({scope, {}, {}, {}, {}, {}});
            body(r, int(r.scopes.size()) - 1);
            continue;
        }
        Statement s;
        s.scope = scope;
        if (in.take('@')) {
            s.guard_negated = in.take('!');
            s.guard = in.word();
            in.space();
        }
        s.line = in.line;
        std::string w = in.word();
        if (w[0] == '.') {
            body_directive(r, scope, w);
        } else if (!s.guard.empty() || !in.peek(':')) {
            statement(r, scope, std::move(s), w);
        } else {
            label(r, scope, w);
        }
    }
}

// A label may stand before a table of branch targets.
bool Reader::label(Routine &r, int scope, const std::string &name) {
    in.need(':');
    r.scopes[size_t(scope)].labels[name] = u32(r.statements.size());
    if (!in.peek('.')) {
        return true;
    }
    Tokens::Place before = in.place();
    std::string w = in.word();
    if (w == ".branchtargets") {
        auto &table = r.scopes[size_t(scope)].tables[name];
        do {
            table.push_back(in.word());
        } while (in.take(','));
        in.need(';');
    } else if (w == ".callprototype") {
        in.until(';');
        in.need(';');
    } else {
        in.back(before);
    }
    return true;
}

void Reader::statement(Routine &r, int, Statement s, const std::string &w) {
    size_t dot = w.find('.');
    s.opcode = w.substr(0, dot);
    while (dot != std::string::npos) {
        size_t next = w.find('.', dot + 1);
        size_t length = next == std::string::npos ? next : next - dot - 1;
        s.modifiers.push_back(w.substr(dot + 1, length));
        dot = next;
    }
    if (!in.take(';')) {
        do {
            s.arguments.push_back(in.argument());
        } while (in.take(','));
        in.need(';');
    }
    r.statements.push_back(std::move(s));
}

void Reader::body_directive(Routine &r, int scope, const std::string &w) {
    Scope &here = r.scopes[size_t(scope)];
    if (w == ".loc") {
        location();
    } else if (w == ".reg") {
        for (auto &d : declarations()) {
            (d.numbered ? here.families : here.registers)[d.name] = d.type;
        }
        in.need(';');
    } else if (w == ".local" || w == ".param" || w == ".shared") {
        for (auto &d : declarations()) {
            here.variables[d.name] = d.variable(w == ".shared" ? State::Shared : State::Local);
        }
        in.need(';');
    } else if (w == ".pragma" || w == ".file" || w == ".section") {
        in.rest_of_line();
    } else {
        in.fail("unknown directive " + w);
    }
}
} // namespace emu::ptx

namespace emu {
std::unique_ptr<Module> parse_module(const std::string &ptx) {
    auto m = std::make_unique<Module>();
    m->text = ptx;
    for (size_t i = 0; i < ptx.size();) {
        size_t end = ptx.find('\n', i);
        end = end == std::string::npos ? ptx.size() : end;
        m->lines.push_back(ptx.substr(i, end - i));
        i = end + 1;
    }
    emu::ptx::Unit unit = emu::ptx::read(*m);
    std::vector<std::string> unknown;
    for (auto &r : unit.routines) {
        if (r.entry) {
            emu::ptx::decode(r, unit, *m, unknown);
        }
    }
    if (!unknown.empty()) {
        std::string all = "the emulator does not know";
        for (auto &u : unknown) {
            all += "\n  " + u;
        }
        throw std::runtime_error(all);
    }
    return m;
}

Module::~Module() {
    for (auto &g : globals) {
        global_memory.release(g.second.address);
    }
}

std::string Module::line(int number) const {
    if (number < 1 || size_t(number) > lines.size()) {
        return "";
    }
    const std::string &l = lines[size_t(number) - 1];
    size_t first = l.find_first_not_of(" \t");
    return first == std::string::npos ? "" : l.substr(first);
}

std::pair<std::string, int> Module::source(int line) const {
    auto behind = locations.upper_bound(line);
    if (behind == locations.begin()) {
        return {"", 0};
    }
    auto [file, number] = std::prev(behind)->second;
    auto name = files.find(file);
    return {name == files.end() ? "?" : name->second, number};
}
} // namespace emu
