#include "driver_faults.h"

#include <cstdlib>

namespace emu::driver {
namespace {
struct Planted {
    std::string what;
    u64 at; // 0 for always
    int result;
    u64 seen = 0;
};
std::vector<Planted> &script = *new std::vector<Planted>;

const char *kind_name(Call kind) {
    switch (kind) {
    case Call::Alloc: return "alloc";
    case Call::Free: return "free";
    case Call::Copy: return "copy";
    case Call::Sync: return "sync";
    case Call::Module: return "module";
    case Call::Context: return "context";
    case Call::Launch:
    case Call::Query:
    case Call::Other: return "";
    }
    return "";
}

// A name with or without its version, as cuMemAlloc for cuMemAlloc_v2.
bool names(const std::string &what, const std::string &function) {
    return function == what
           || (function.compare(0, what.size() + 2, what + "_v") == 0
               && function.size() == what.size() + 3);
}

int due(Planted &p) {
    p.seen++;
    return p.at == 0 || p.at == p.seen ? p.result : 0;
}

bool number(const std::string &text, u64 &out) {
    char *end;
    out = strtoull(text.c_str(), &end, 10);
    return !text.empty() && !*end;
}

bool parse(const std::string &entry, Planted &p) {
    if (entry == "device:lost") {
        p = {"device", 0, UNKNOWN};
        return true;
    }
    const size_t colon = entry.find(':'), equals = entry.find('=');
    if (colon == std::string::npos || equals == std::string::npos || equals < colon) {
        return false;
    }
    p.what = entry.substr(0, colon);
    const std::string at = entry.substr(colon + 1, equals - colon - 1);
    const std::string result = entry.substr(equals + 1);
    u64 value = 0;
    const bool counted = at == "*" || (number(at, p.at) && p.at);
    p.at = at == "*" ? 0 : p.at;
    const bool known = result == "hang" || (number(result, value) && value && value < 1000);
    p.result = result == "hang" ? HANG : int(value);
    static const std::set<std::string> kinds = {"alloc",  "free",    "copy",   "sync",
                                                "module", "context", "launch", "any"};
    return counted && known && (kinds.count(p.what) || p.what.compare(0, 2, "cu") == 0);
}
} // namespace

std::string set_faults(const std::string &text) {
    std::vector<Planted> all;
    for (size_t at = 0; at < text.size();) {
        size_t end = text.find(',', at);
        end = end == std::string::npos ? text.size() : end;
        const std::string entry = text.substr(at, end - at);
        Planted p{"", 0, 0};
        if (!parse(entry, p)) {
            return "QUIRE_EMULATOR_FAULTS is a list of WHAT:N=RESULT, as launch:57=719, "
                   "alloc:3=2, sync:9=hang, or device:lost; \""
                   + entry + "\" is none";
        }
        all.push_back(p);
        at = end + 1;
    }
    std::lock_guard held(state.lock);
    script = all;
    return "";
}

int planted(const char *name, Call kind) {
    int result = 0;
    for (Planted &p : script) {
        if (p.what == "device" || p.what == "any" || p.what == kind_name(kind)
            || names(p.what, name)) {
            int r = due(p);
            result = result ? result : r;
        }
    }
    return result;
}

int planted_launch() {
    int result = 0;
    for (Planted &p : script) {
        if (p.what == "launch") {
            int r = due(p);
            result = result ? result : r;
        }
    }
    return result;
}
} // namespace emu::driver
