// The emulator's own calls, for programs that know where they run.
#include <cstdio>

#include "driver.h"
#include "driver_faults.h"

namespace emu::driver {
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
// graphs too), instructions.
API quireEmulatorCount(const char *name, u64 *out) {
    std::lock_guard held(state.lock);
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
