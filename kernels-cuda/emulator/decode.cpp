// The table of opcodes, and how a routine becomes a function.
#include <cstring>

#include "decoder.h"

namespace emu::ptx {
const Argument &Decoder::argument(size_t n) const {
    if (n >= s->arguments.size()) {
        throw Unsupported{"too few operands"};
    }
    return s->arguments[n];
}

More &Decoder::more() {
    if (!extra) {
        out.more.push_back(std::make_unique<More>());
        extra = out.more.back().get();
        i.more = extra;
    }
    return *extra;
}

std::vector<Argument> Decoder::list(const Argument &a) const {
    return a.kind == Argument::Vector ? a.parts : std::vector<Argument>{a};
}

void Decoder::spaces() {
    for (auto &m : s->modifiers) {
        std::string space = m.substr(0, m.find(':'));
        if (space == "global")
            i.space = Space::Global;
        if (space == "shared")
            i.space = Space::Shared;
        if (space == "const")
            i.space = Space::Const;
        if (space == "param")
            i.space = Space::Param;
        if (space == "local")
            i.space = Space::Local;
    }
}

std::string Decoder::last_type() const {
    for (size_t n = s->modifiers.size(); n--;) {
        if (type_bytes(s->modifiers[n])) {
            return s->modifiers[n];
        }
    }
    throw Unsupported{"no type"};
}

std::vector<Kind> Decoder::kinds() const {
    std::vector<Kind> all;
    for (auto &m : s->modifiers) {
        if (kind_of(m) != NoKind) {
            all.push_back(kind_of(m));
        }
    }
    return all;
}

Rounding Decoder::rounding() const {
    if (has("rz") || has("rzi"))
        return Rounding::Zero;
    if (has("rm") || has("rmi"))
        return Rounding::Down;
    if (has("rp") || has("rpi"))
        return Rounding::Up;
    return has("rna") ? Rounding::NearestAway : Rounding::Nearest;
}

void Decoder::simple(Execute execute, Class kind) {
    i.execute = execute;
    i.kind = kind;
}

void Decoder::statement() {
    auto known = opcodes().find(s->opcode);
    if (known == opcodes().end()) {
        arithmetic();
    } else {
        (this->*known->second)();
    }
}

void Decoder::run(std::vector<std::string> &unknown) {
    layout();
    for (auto &statement_ : routine.statements) {
        s = &statement_;
        i = Instruction();
        i.line = s->line;
        extra = nullptr;
        used.clear();
        written.clear();
        try {
            u16 guard = 1;
            if (!s->guard.empty()) {
                Argument g;
                g.name = s->guard;
                guard = u16(predicate(g));
            }
            statement();
            i.guard = guard;
            i.guard_negated = s->guard_negated;
        } catch (Unsupported &u) {
            unknown.push_back(format("PTX line %d: %s (%s)", s->line, module.line(s->line).c_str(),
                                     u.why.c_str()));
            i.execute = emu::trap;
        }
        out.code.push_back(i);
        const bool is_wgmma = i.execute == emu::wgmma;
        used_by.push_back(is_wgmma ? std::vector<u32>() : used);
        written_by.push_back(is_wgmma ? std::vector<u32>() : written);
    }
    Instruction last;
    last.execute = leave_kernel;
    last.kind = Control;
    last.line = out.code.empty() ? 0 : out.code.back().line;
    out.first_line = out.code.empty() ? 0 : out.code[0].line;
    out.last_line = last.line;
    out.code.push_back(last);
    used_by.push_back({});
    written_by.push_back({});
    registers_of_wgmma();
    out.local_bytes = (out.local_bytes + 15) & ~15u;
    if (unknown.empty()) {
        reconverge();
    }
}

void decode(const Routine &routine, const Unit &unit, Module &m,
            std::vector<std::string> &unknown) {
    auto f = std::make_unique<Function>();
    f->name = routine.name;
    f->module = &m;
    memcpy(f->required_threads, routine.required_threads, sizeof f->required_threads);
    memcpy(f->required_cluster, routine.required_cluster, sizeof f->required_cluster);
    f->max_threads = routine.max_threads;
    Decoder(routine, unit, m, *f).run(unknown);
    m.functions[routine.name] = std::move(f);
}

void Decoder::policy() {
    i.execute = zero64;
    i.d = destination(argument(0), 8);
}
void Decoder::sleep() {
    simple(give_way, Nothing);
}
void Decoder::grid_control() {
    simple(has("wait") ? grid_wait : nothing, has("wait") ? Barrier : Nothing);
}
// What changes no value here: hints, register counts.
void Decoder::ignored() {
    simple(nothing, Nothing);
}

// What is not here is arithmetic, whose opcodes stand in arithmetic_*.cpp.
const std::map<std::string, Decoder::Decode> &Decoder::opcodes() {
    using D = Decoder;
    static const std::map<std::string, Decode> table = {
        {"activemask", &D::active_mask},
        {"and", &D::logic},
        {"applypriority", &D::ignored},
        {"atom", &D::atomic},
        {"bar", &D::barrier},
        {"barrier", &D::barrier},
        {"bra", &D::branch},
        {"brkpt", &D::trap},
        {"brx", &D::branch_table},
        {"call", &D::call},
        {"cp", &D::copy},
        {"createpolicy", &D::policy},
        {"cvt", &D::convert_type},
        {"cvta", &D::convert_address},
        {"discard", &D::ignored},
        {"elect", &D::elect},
        {"exit", &D::exit},
        {"fence", &D::fence},
        {"griddepcontrol", &D::grid_control},
        {"getctarank", &D::map_address},
        {"isspacep", &D::is_space},
        {"ld", &D::load},
        {"ldmatrix", &D::matrix},
        {"ldu", &D::load},
        {"mapa", &D::map_address},
        {"match", &D::match},
        {"mbarrier", &D::mbarrier},
        {"membar", &D::fence},
        {"mma", &D::mma},
        {"mov", &D::move},
        {"movmatrix", &D::move_matrix},
        {"nanosleep", &D::sleep},
        {"not", &D::logic},
        {"or", &D::logic},
        {"pmevent", &D::ignored},
        {"prefetch", &D::ignored},
        {"prefetchu", &D::ignored},
        {"red", &D::atomic},
        {"redux", &D::reduce},
        {"ret", &D::exit},
        {"selp", &D::select},
        {"setmaxnreg", &D::ignored},
        {"setp", &D::set_predicate},
        {"shfl", &D::shuffle},
        {"st", &D::store},
        {"stmatrix", &D::matrix},
        {"tensormap", &D::tensor_map},
        {"testp", &D::set_predicate},
        {"trap", &D::trap},
        {"vote", &D::vote},
        {"wgmma", &D::wgmma},
        {"xor", &D::logic},
    };
    return table;
}
} // namespace emu::ptx
