#include "settings.h"

#include <cstdlib>
#include <thread>

#include "fault.h"

namespace emu {
namespace {
bool number(const std::string &value, u64 &out) {
    char *end = nullptr;
    out = strtoull(value.c_str(), &end, 10);
    return !value.empty() && value[0] >= '0' && value[0] <= '9' && !*end;
}

template <class T> struct Choice {
    const char *name;
    T value;
};
template <class T, size_t N>
std::string choose(const std::string &value, const Choice<T> (&choices)[N], T &out) {
    std::string known;
    for (auto &choice : choices) {
        if (value == choice.name) {
            out = choice.value;
            return "";
        }
        known += (known.empty() ? "" : ", ") + std::string(choice.name);
    }
    return "is one of " + known;
}

std::string at_least_one(const std::string &value, u64 &out) {
    u64 v;
    if (!number(value, v) || !v) {
        return "is a whole number of 1 or more";
    }
    out = v;
    return "";
}

std::string schedule(Settings &s, const std::string &value) {
    u64 seed;
    if (number(value, seed)) {
        s.order = Order::Random;
        s.seed = seed;
        s.landing = Landing::Any;
        return "";
    }
    const Choice<Order> orders[] = {{"forward", Order::Forward}, {"reverse", Order::Reverse}};
    s.landing = Landing::Late;
    return choose(value, orders, s.order).empty()
               ? ""
               : "is forward, reverse, or the seed of a random schedule";
}

std::string threads(Settings &s, const std::string &value) {
    u64 n = 0;
    std::string wrong = at_least_one(value, n);
    s.threads = int(n > 256 ? 256 : n);
    return wrong;
}
} // namespace

std::string Settings::set(std::string_view name, const std::string &value) {
    std::string wrong = "is no setting of the emulator";
    const Choice<bool> flags[] = {{"0", false}, {"1", true}};
    const Choice<bool> stores[] = {{"now", false}, {"late", true}};
    const Choice<bool> streams[] = {{"now", false}, {"lazy", true}};
    const Choice<int> cards[] = {{"80", 80}, {"86", 86}, {"90", 90}};
    const Choice<Landing> landings[] = {
        {"late", Landing::Late}, {"early", Landing::Early}, {"any", Landing::Any}};
    const Choice<Sums> models[] = {
        {"order", Sums::InOrder}, {"pairs", Sums::Pairs}, {"card", Sums::Card}};
    if (name == "SCHEDULE")
        wrong = schedule(*this, value);
    if (name == "COPIES")
        wrong = choose(value, landings, landing);
    if (name == "SUMS")
        wrong = choose(value, models, sums);
    if (name == "RACES")
        wrong = choose(value, flags, races);
    if (name == "STORES")
        wrong = choose(value, stores, late_stores);
    if (name == "STREAMS")
        wrong = choose(value, streams, lazy);
    if (name == "CARD")
        wrong = choose(value, cards, card);
    if (name == "THREADS")
        wrong = emu::threads(*this, value);
    if (name == "MEMORY")
        wrong = at_least_one(value, memory);
    if (name == "INSTRUCTIONS")
        wrong = at_least_one(value, instructions);
    if (name == "REPORT")
        report = value, wrong = "";
    if (name == "COUNTS")
        counts = value, wrong = "";
    if (name == "FAULTS")
        faults = value, wrong = ""; // read by the driver
    return wrong.empty() ? ""
                         : format("QUIRE_EMULATOR_%.*s=%s: %.*s %s", int(name.size()), name.data(),
                                  value.c_str(), int(name.size()), name.data(), wrong.c_str());
}

Settings::Settings() : threads(int(std::max(1u, std::thread::hardware_concurrency()))) {
}
Settings &settings = *new Settings;

std::string read_environment() {
    for (const char *name : {"SCHEDULE", "COPIES", "SUMS", "RACES", "STORES", "STREAMS", "CARD",
                             "THREADS", "MEMORY", "INSTRUCTIONS", "REPORT", "COUNTS", "FAULTS"}) {
        const char *value = getenv((std::string("QUIRE_EMULATOR_") + name).c_str());
        if (value && *value) {
            if (std::string wrong = settings.set(name, value); !wrong.empty()) {
                return wrong;
            }
        }
    }
    return "";
}
} // namespace emu
