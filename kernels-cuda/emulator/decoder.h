// From statements to instructions: names become offsets, opcodes the functions that execute them.
#pragma once

#include <map>
#include <set>

#include "fault.h"
#include "operations.h"
#include "ptx.h"

namespace emu::ptx {
// Thrown for a statement that the emulator does not know; the reason goes into the report.
struct Unsupported {
    std::string why;
};

inline u32 rounded_up(u32 value, u32 to) {
    return (value + to - 1) / to * to;
}
inline std::string scoped_name(int scope, const std::string &name) {
    return std::to_string(scope) + ":" + name;
}

class Decoder {
  public:
    Decoder(const Routine &r, const Unit &u, Module &m, Function &f)
        : routine(r), unit(u), module(m), out(f) {
    }
    void run(std::vector<std::string> &unknown);

    using Decode = void (Decoder::*)();

  private:
    struct Register {
        u32 at;
        u8 bytes;
        bool predicate;
    };
    struct Symbol {
        u64 address = 0;
        bool local = false;
    };
    const Routine &routine;
    const Unit &unit;
    Module &module;
    Function &out;
    std::map<std::string, Register> registers;
    std::map<std::string, u32> constants;
    std::map<std::string, u64> shared_at, local_at;
    u64 dynamic_shared_at = 0;
    std::set<u32> accumulators, pieces; // registers of wgmma, of D and of A

    // The statement that is decoded, its instruction, and the registers that it names.
    const Statement *s = nullptr;
    Instruction i;
    More *extra = nullptr;
    std::vector<u32> used, written;
    std::vector<std::vector<u32>> used_by, written_by;

    // decode_names.cpp, decode_registers.cpp
    const Variable *variable(const std::string &name, int &scope) const;
    std::string register_type(const std::string &name, int scope) const;
    Register *find_register(const std::string &name);
    u32 new_register(u32 bytes);
    u32 lanes(const void *values, u32 bytes);
    u32 constant(u64 value, u32 bytes);
    u32 special(Special which);
    bool special_register(const std::string &name, u8 &width, u32 &at);
    bool symbol(const std::string &name, Symbol &symbol);
    u64 local_variable(const std::string &key, const Variable &variable);
    u32 label(const std::string &name) const;
    u32 source(const Argument &a, u32 bytes, u8 *width = nullptr);
    // Registers of any width.
    u32 source_any(const Argument &a, u32 bytes, u8 *width);
    u32 immediate(const Argument &a, u32 bytes);
    u32 destination(const Argument &a, u32 bytes, u8 *width = nullptr);
    u32 predicate(const Argument &a);
    // "d" or "d|p" of a result with a predicate beside it, whose number goes to i.immediate.
    void result_and_predicate(const Argument &a, u32 bytes);
    Address address(const Argument &a);
    void main_address(const Argument &a);
    void layout();
    void layout_parameters();

    // decode.cpp
    const Argument &argument(size_t n) const;
    bool has(const char *modifier) const {
        return s->has(modifier);
    }
    More &more();
    std::vector<Argument> list(const Argument &a) const;
    void spaces();
    std::string last_type() const;
    std::vector<Kind> kinds() const;
    Rounding rounding() const;
    static const std::map<std::string, Decode> &opcodes();
    void statement();
    void simple(Execute execute, Class kind);

    // One for each opcode or family; the table in decode.cpp says which.
    void arithmetic();
    void set_predicate();
    void move();
    void move_special();
    void convert_type();
    void select();
    void logic();
    void convert_address();
    void is_space();
    void branch();
    void branch_table();
    void exit();
    void trap();
    void call();
    void barrier();
    void shuffle();
    void vote();
    void match();
    void reduce();
    void elect();
    void active_mask();
    void load();
    void store();
    void atomic();
    void mma();
    void matrix();
    void move_matrix();
    void wgmma();
    void copy();
    void copy_async();
    void bulk_copy();
    void mbarrier();
    void tensor_map();
    void policy();
    void sleep();
    void fence();
    void grid_control();
    void cluster_barrier();
    void map_address();
    void ordering();
    void ignored();

    // decode_tensor.cpp
    void registers_of_wgmma();
    // reconverge.cpp
    void reconverge();
};
} // namespace emu::ptx
