// Contexts, the current one of each thread, and what is left in them.
#include <algorithm>
#include <cstdlib>

#include "driver.h"

namespace emu::driver {
std::string Context::leftovers() const {
    std::string text;
    auto add = [&](size_t n, const std::string &what) {
        if (n) {
            text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + what;
        }
    };
    size_t bytes = 0, host = 0;
    for (auto &m : memory) {
        bytes += m.second;
    }
    for (auto &p : pinned) {
        host += p.second;
    }
    add(memory.size(), "buffers of " + std::to_string(bytes) + " bytes");
    add(pinned.size(), "pinned buffers of " + std::to_string(host) + " bytes");
    add(streams.size(), "streams");
    add(events.size(), "events");
    add(modules.size(), "modules");
    add(graphs.size(), "graphs");
    return text;
}

void Context::clear() {
    for (auto &m : memory) {
        global_memory.release(m.first);
    }
    for (auto &p : pinned) {
        global_memory.disown(u64(p.first));
        free(p.first);
    }
    graphs.clear();
    streams.clear();
    events.clear();
    modules.clear();
    memory.clear();
    pinned.clear();
}

namespace {
int leave(Context *c) {
    // After a breakdown nothing can be given back.
    if (std::string left = c->leftovers(); !left.empty() && !state.sticky) {
        left = "a context was destroyed with " + left;
        if (c->memory.empty() && c->pinned.empty()) {
            note("leak", left); // what else there is goes with its context, by the driver's rules
        } else {
            publish("leak", left, SUCCESS);
        }
    }
    c->clear();
    state.contexts.erase(c);
    if (state.primary == c) {
        state.primary = nullptr;
    }
    auto &stack = context_stack();
    if (!stack.empty() && stack.back() == c) {
        stack.pop_back();
    }
    delete c;
    return SUCCESS;
}

Context *make(bool primary, unsigned flags) {
    auto *c = new Context;
    c->primary = primary;
    c->flags = flags;
    c->legacy.context = c;
    state.contexts.insert(c);
    return c;
}

// What a program leaves behind when it ends.
struct AtExit {
    ~AtExit() {
        if (settings.report.empty()) {
            return;
        }
        std::lock_guard held(state.lock);
        for (Context *c : state.contexts) {
            if (std::string left = c->leftovers(); !left.empty()) {
                note("leak", "the process ended with " + left);
            }
        }
    }
} at_exit;

Context *find_context(void *handle) {
    auto *c = static_cast<Context *>(handle);
    return state.contexts.count(c) ? c : nullptr;
}
} // namespace

API cuCtxCreate_v2(void **out, unsigned flags, int device) {
    return call(__func__, Call::Context, [&]() -> int {
        std::lock_guard held(state.lock);
        if (device) {
            return INVALID_DEVICE;
        }
        Context *c = make(false, flags);
        context_stack().push_back(c);
        *out = c;
        return SUCCESS;
    });
}
API cuCtxDestroy_v2(void *handle) {
    return call(__func__, Call::Context, [&]() -> int {
        catch_up_all(); // waits for the context's kernels
        after_hang(Call::Sync);
        std::lock_guard held(state.lock);
        Context *c = find_context(handle);
        return c && !c->primary ? leave(c) : int(INVALID_CONTEXT);
    });
}
API cuDevicePrimaryCtxRetain(void **out, int) {
    return call(__func__, Call::Context, [&] {
        std::lock_guard held(state.lock);
        if (!state.primary) {
            state.primary = make(true, 0);
        }
        state.primary->references++;
        *out = state.primary;
        return SUCCESS;
    });
}
API cuDevicePrimaryCtxRelease_v2(int) {
    return call(__func__, Call::Context, [&]() -> int {
        std::lock_guard held(state.lock);
        if (!state.primary) {
            return INVALID_CONTEXT;
        }
        return --state.primary->references ? int(SUCCESS) : leave(state.primary);
    });
}
API cuDevicePrimaryCtxReset_v2(int) {
    return call(__func__, Call::Context, [&]() -> int {
        std::lock_guard held(state.lock);
        return state.primary ? leave(state.primary) : int(SUCCESS);
    });
}
API cuDevicePrimaryCtxSetFlags_v2(int, unsigned) {
    return call(__func__, Call::Context, [] { return SUCCESS; });
}
API cuDevicePrimaryCtxGetState(int, unsigned *flags, int *active) {
    return call(__func__, Call::Context, [&] {
        *flags = 0;
        *active = state.primary != nullptr;
        return SUCCESS;
    });
}
API cuCtxSetCurrent(void *handle) {
    return call(__func__, Call::Context, [&]() -> int {
        std::lock_guard held(state.lock);
        if (handle && !find_context(handle)) {
            return INVALID_CONTEXT;
        }
        auto &stack = context_stack();
        if (!stack.empty()) {
            stack.pop_back();
        }
        if (handle) {
            stack.push_back(static_cast<Context *>(handle));
        }
        return SUCCESS;
    });
}
API cuCtxGetCurrent(void **out) {
    return call(__func__, Call::Context, [&] {
        *out = current();
        return SUCCESS;
    });
}
API cuCtxPushCurrent_v2(void *handle) {
    return call(__func__, Call::Context, [&] {
        std::lock_guard held(state.lock);
        if (!find_context(handle)) {
            return INVALID_CONTEXT;
        }
        context_stack().push_back(static_cast<Context *>(handle));
        return SUCCESS;
    });
}
API cuCtxPopCurrent_v2(void **out) {
    return call(__func__, Call::Context, [&] {
        if (!current()) {
            return INVALID_CONTEXT;
        }
        if (out) {
            *out = current();
        }
        context_stack().pop_back();
        return SUCCESS;
    });
}
API cuCtxGetDevice(int *d) {
    return call(__func__, Call::Context, [&] {
        *d = 0;
        return current() ? SUCCESS : INVALID_CONTEXT;
    });
}
API cuCtxGetFlags(unsigned *flags) {
    return call(__func__, Call::Context, [&] {
        *flags = current() ? current()->flags : 0;
        return current() ? SUCCESS : INVALID_CONTEXT;
    });
}
API cuCtxGetApiVersion(void *, unsigned *v) {
    return call(__func__, Call::Context, [&] {
        *v = 3020;
        return SUCCESS;
    });
}
API cuCtxGetStreamPriorityRange(int *least, int *greatest) {
    return call(__func__, Call::Context, [&] {
        *least = 0;
        *greatest = -5;
        return SUCCESS;
    });
}
// Limits and cache preferences change nothing that is computed.
API cuCtxSetLimit(int, size_t) {
    return call(__func__, Call::Context, [] { return SUCCESS; });
}
API cuCtxSetCacheConfig(int) {
    return call(__func__, Call::Context, [] { return SUCCESS; });
}
API cuCtxSynchronize() {
    return call(__func__, Call::Sync, [&]() -> int {
        if (!current()) {
            return INVALID_CONTEXT;
        }
        catch_up_all();
        after_hang(Call::Sync);
        return state.sticky;
    });
}
} // namespace emu::driver
