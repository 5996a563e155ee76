// The emulator's own calls, for programs that know where they run.
#include <cstdio>

#include "driver.h"
#include "driver_faults.h"

namespace emu::driver {
namespace {
// Contexts and what lives in them.
u64 alive() {
    u64 n = state.contexts.size();
    for (Context *c : state.contexts) {
        n += c->memory.size() + c->pinned.size() + c->streams.size() + c->events.size()
             + c->modules.size() + c->graphs.size();
    }
    return n;
}
} // namespace

// Sets what QUIRE_EMULATOR_NAME would, for what is launched from now on.
API quireEmulatorSet(const char *name, const char *value) {
    std::lock_guard held(state.lock);
    std::string wrong = settings.set(name, value);
    if (wrong.empty() && std::string(name) == "FAULTS") {
        wrong = set_faults(value);
    }
    if (!wrong.empty()) {
        return invalid(wrong);
    }
    global_memory.limit(settings.memory);
    return SUCCESS;
}

// How often a function of the driver was called, or bytesToDevice, bytesToHost, kernels (those of
// graphs too), instructions; "calls" is all that the driver was asked, as planted faults count,
// "alive" how many contexts there are, buffers, streams, events, modules and graphs in them.
API quireEmulatorCount(const char *name, u64 *out) {
    std::lock_guard held(state.lock);
    if (std::string(name) == "alive") {
        *out = alive();
        return SUCCESS;
    }
    auto known = state.calls.find(name);
    *out = known == state.calls.end() ? 0 : known->second;
    return SUCCESS;
}

// The last report in words, cut to the room that there is.
API quireEmulatorReport(char *out, int bytes) {
    snprintf(out, size_t(bytes), "%s", last_report().c_str());
    return SUCCESS;
}

// Settings become those of the environment again; what broke down or hangs works again, which no
// card does. Contexts stay.
API quireEmulatorReset() {
    std::lock_guard held(state.lock);
    settings = Settings();
    std::string wrong = read_environment();
    wrong = wrong.empty() ? set_faults(settings.faults) : wrong;
    global_memory.limit(settings.memory);
    state.sticky = 0;
    state.hung = false;
    return wrong.empty() ? SUCCESS : invalid(wrong);
}
} // namespace emu::driver
