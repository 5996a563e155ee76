// A small reader of PTX by recursive descent.
#pragma once

#include "ptx.h"

namespace emu::ptx {
class Tokens {
  public:
    explicit Tokens(const std::string &text) : p(text.data()), end(p + text.size()) {
    }
    int line = 1;

    [[noreturn]] void fail(const std::string &what);
    void space();
    bool peek(char c);
    bool take(char c);
    void need(char c);
    bool ended();
    // A name, a directive or an opcode with its modifiers.
    std::string word();
    void rest_of_line();
    void until(char c);
    void braces();
    std::string quoted();
    bool number(Argument &out);
    s64 whole_number();
    Argument argument();
    // Whether a directive follows; returns what restores the place.
    struct Place {
        const char *p;
        int line;
    };
    Place place() const {
        return {p, line};
    }
    void back(Place place) {
        p = place.p;
        line = place.line;
    }

  private:
    const char *p, *end;
    bool comment();
    Argument address();
    std::vector<Argument> list(char closing);
    bool hexadecimal(Argument &out, bool minus);
};

class Reader {
  public:
    Reader(Module &m) : module(m), in(m.text) {
    }
    Unit read();

  private:
    struct Declaration {
        std::string name, type;
        u64 count = 1;
        u32 alignment = 1, numbered = 0;
        std::vector<u8> values;
        bool external = false;
        Variable variable(State state) const;
    };
    Module &module;
    Tokens in;
    Unit unit;

    void directive(const std::string &word, bool &external);
    void routine(bool entry, bool external);
    void routine_directives(Routine &);
    void body(Routine &, int scope);
    void statement(Routine &, int scope, Statement, const std::string &word);
    bool label(Routine &, int scope, const std::string &name);
    void body_directive(Routine &, int scope, const std::string &word);
    std::vector<Declaration> declarations();
    void declared_as(Declaration &, u32 &alignment, u64 &vector);
    Declaration one_more(const Declaration &like, u32 alignment, u64 vector);
    std::vector<std::pair<std::string, Variable>> parameters();
    void values(Declaration &);
    void global_variables(bool external);
    void source_file();
    void location();
};
} // namespace emu::ptx
