// PTX as text: what the reader hands to the decoder, names unresolved.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "instruction.h"

namespace emu::ptx {
struct Argument {
    // Pair: a|b. Group: (a, b). An address is a name and an offset, or an offset alone.
    enum Kind { Name, Immediate, Vector, Address, Sink, Pair, Group } kind = Name;
    // What an immediate's bits are. A decimal number takes the width of its use.
    enum Form { Whole, Single, Double, Decimal } form = Whole;
    std::string name;
    s64 bits = 0;
    double real = 0;
    bool negated = false;
    std::vector<Argument> parts;
};

struct Statement {
    std::string opcode;
    std::vector<std::string> modifiers;
    std::vector<Argument> arguments;
    std::string guard;
    bool guard_negated = false;
    int line = 0, scope = 0;
    bool has(const char *modifier) const;
};

enum class State : u8 { Parameter, Shared, DynamicShared, Local };

struct Variable {
    std::string type;
    State state;
    u32 alignment = 1;
    u64 bytes = 0;
};

// A pair of braces.
struct Scope {
    int parent;
    std::map<std::string, std::string> registers; // name to type
    std::map<std::string, std::string> families;  // prefix to type
    std::map<std::string, u32> labels;
    std::map<std::string, Variable> variables;
    std::map<std::string, std::vector<std::string>> tables; // of branch targets
};

struct Routine {
    std::string name;
    bool entry = false;
    std::vector<std::pair<std::string, Variable>> parameters;
    std::vector<Scope> scopes;
    std::vector<Statement> statements;
    u32 required_cluster[3] = {0, 0, 0}, required_threads[3] = {0, 0, 0}, max_threads = 1024;
};

struct Unit {
    std::vector<Routine> routines;
    std::map<std::string, Variable> shared;
};

// Bytes of a type's value, 0 for what is no type.
u32 type_bytes(const std::string &type);
Kind kind_of(const std::string &type);
int kind_bits(Kind kind);

// Reads a module's text into the unit; globals, files and locations go into the module at once.
// Throws std::runtime_error.
Unit read(Module &module);
// Adds the function to the module; what it has that is unknown goes into "unknown".
void decode(const Routine &routine, const Unit &unit, Module &module,
            std::vector<std::string> &unknown);
} // namespace emu::ptx
