#include <cctype>
#include <cstdlib>
#include <stdexcept>

#include "fault.h"
#include "reader.h"

namespace emu::ptx {
static bool is_digit(char c) {
    return isdigit(static_cast<unsigned char>(c));
}
static bool is_hex(char c) {
    return isxdigit(static_cast<unsigned char>(c));
}
static bool in_word(char c) {
    return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '.' || c == '%';
}

void Tokens::fail(const std::string &what) {
    throw std::runtime_error(format("PTX line %d: %s", line, what.c_str()));
}

bool Tokens::comment() {
    if (end - p < 2 || p[0] != '/' || (p[1] != '/' && p[1] != '*')) {
        return false;
    }
    if (p[1] == '/') {
        rest_of_line();
        return true;
    }
    for (p += 2; end - p >= 2 && !(p[0] == '*' && p[1] == '/'); p++) {
        line += *p == '\n';
    }
    p = end - p >= 2 ? p + 2 : end;
    return true;
}

void Tokens::space() {
    while (p < end) {
        if (isspace(static_cast<unsigned char>(*p))) {
            line += *p++ == '\n';
        } else if (!comment()) {
            return;
        }
    }
}

bool Tokens::ended() {
    space();
    return p >= end || !*p;
}
bool Tokens::peek(char c) {
    space();
    return p < end && *p == c;
}
bool Tokens::take(char c) {
    bool there = peek(c);
    p += there;
    return there;
}
void Tokens::need(char c) {
    if (!take(c)) {
        fail(format("expected '%c' before '%.*s'", c, int(std::min<long>(20, end - p)), p));
    }
}

std::string Tokens::word() {
    space();
    const char *s = p;
    while (p < end) {
        if (in_word(*p)) {
            p++;
        } else if (p > s && end - p > 2 && p[0] == ':' && p[1] == ':' && p[2] != ':') {
            p += 2;
        } else {
            break;
        }
    }
    if (s == p) {
        fail(format("unexpected '%.*s'", int(std::min<long>(20, end - p)), p));
    }
    return {s, size_t(p - s)};
}

void Tokens::rest_of_line() {
    while (p < end && *p != '\n') {
        p++;
    }
}
void Tokens::until(char c) {
    while (p < end && *p != c) {
        line += *p++ == '\n';
    }
}
// Skips a section.
void Tokens::braces() {
    until('{');
    int depth = 0;
    do {
        if (p >= end) {
            fail("unexpected end");
        }
        depth += *p == '{' ? 1 : *p == '}' ? -1 : 0;
        line += *p++ == '\n';
    } while (depth);
}
std::string Tokens::quoted() {
    need('"');
    const char *s = p;
    until('"');
    std::string text(s, size_t(p - s));
    need('"');
    return text;
}

// 0f3F800000 and 0d3FF0000000000000.
bool Tokens::hexadecimal(Argument &a, bool minus) {
    char form = char(tolower(static_cast<unsigned char>(p[1])));
    if (p[0] != '0' || (form != 'f' && form != 'd') || !is_hex(p[2])) {
        return false;
    }
    size_t digits = form == 'f' ? 8 : 16;
    u64 bits = strtoull(std::string(p + 2, digits).c_str(), nullptr, 16);
    p += 2 + digits;
    if (form == 'f') {
        a.form = Argument::Single;
        a.bits = s64(bits ^ (minus ? 0x80000000ull : 0));
        a.real = float_of(u32(a.bits));
    } else {
        a.form = Argument::Double;
        a.bits = s64(bits ^ (minus ? 1ull << 63 : 0));
        a.real = double_of(u64(a.bits));
    }
    return true;
}

bool Tokens::number(Argument &a) {
    space();
    Place start = place();
    bool minus = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) {
        p++;
        space();
    }
    if (p >= end || !is_digit(*p)) {
        back(start);
        return false;
    }
    a.kind = Argument::Immediate;
    if (hexadecimal(a, minus)) {
        return true;
    }
    bool hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X');
    const char *q = p + (hex ? 2 : 0);
    while (hex ? is_hex(*q) : is_digit(*q)) {
        q++;
    }
    if (!hex && *q == '.') {
        char *behind;
        a.real = strtod(p, &behind) * (minus ? -1 : 1);
        a.form = Argument::Decimal;
        p = behind;
        return true;
    }
    a.bits = s64(strtoull(p, nullptr, 0));
    a.bits = minus ? -a.bits : a.bits;
    p = q + (*q == 'U');
    return true;
}

s64 Tokens::whole_number() {
    Argument a;
    if (!number(a)) {
        fail("a number is expected");
    }
    return a.bits;
}

std::vector<Argument> Tokens::list(char closing) {
    std::vector<Argument> parts;
    if (!take(closing)) {
        do {
            parts.push_back(argument());
        } while (take(','));
        need(closing);
    }
    return parts;
}

Argument Tokens::address() {
    Argument a, offset;
    a.kind = Argument::Address;
    if (number(offset)) {
        a.bits = offset.bits;
    } else {
        a.name = word();
        while (peek('+') || peek('-')) {
            if (peek('+')) {
                p++;
            }
            a.bits += whole_number();
        }
    }
    while (take(',')) {
        a.parts.push_back(argument());
    }
    need(']');
    return a;
}

Argument Tokens::argument() {
    Argument a;
    if (take('{')) {
        a.kind = Argument::Vector;
        a.parts = list('}');
        return a;
    }
    if (take('(')) {
        a.kind = Argument::Group;
        a.parts = list(')');
        return a;
    }
    if (take('[')) {
        return address();
    }
    if (number(a)) {
        return a;
    }
    a.negated = take('!');
    a.name = word();
    a.kind = a.name == "_" ? Argument::Sink : Argument::Name;
    if (take('|')) {
        Argument pair;
        pair.kind = Argument::Pair;
        pair.parts = {a, argument()};
        return pair;
    }
    return a;
}
} // namespace emu::ptx
