// What stands before every call: is there a context, has all broken down, is a fault planted, does
// the call break a capture.
#include <thread>

#include "driver.h"
#include "driver_faults.h"

namespace emu::driver {
Driver &state = *new Driver;

std::vector<Context *> &context_stack() {
    static thread_local std::vector<Context *> stack;
    return stack;
}
Context *current() {
    auto &stack = context_stack();
    return stack.empty() || !state.contexts.count(stack.back()) ? nullptr : stack.back();
}

void count(const std::string &name, u64 by) {
    std::lock_guard held(state.lock);
    state.calls[name] += by;
}

void break_down(int result) {
    std::lock_guard held(state.lock);
    if (!state.sticky) {
        state.sticky = result;
    }
}

int invalid(const std::string &why) {
    publish("invalid-value", why, INVALID_VALUE);
    return INVALID_VALUE;
}

namespace {
// Errors after which a card's context, and as an H200 showed the process, is lost.
bool is_final(int result) {
    return result == 700 || (result >= 714 && result <= 719) || result == 702 || result == 710
           || result == UNKNOWN || result == 46;
}

bool needs_context(const std::string &name) {
    return name.compare(0, 8, "cuDevice") && name.compare(0, 5, "cuCtx") && name != "cuInit"
           && name.compare(0, 8, "cuDriver") && name.compare(0, 10, "cuGetError");
}

bool breaks_captures(Call kind, const std::string &name) {
    const bool async = name.find("Async") != std::string::npos;
    return kind == Call::Alloc || kind == Call::Free || kind == Call::Module
           || name == "cuCtxSynchronize" || (kind == Call::Copy && !async);
}

bool in_capture() {
    bool any = false;
    for (auto &weak : state.captures) {
        auto graph = weak.lock();
        if (graph && graph->mode != 2) {
            graph->invalidated = true;
            any = true;
        }
    }
    return any;
}
} // namespace

int after_hang(Call kind) {
    if (!state.hung) {
        return SUCCESS;
    }
    if (kind == Call::Query) {
        return NOT_READY;
    }
    while (state.hung) { // as on a card whoever waits waits for ever
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return SUCCESS;
}

int admitted(const char *function, Call kind) {
    const std::string name = function;
    int result = 0;
    {
        std::lock_guard held(state.lock);
        state.calls[name]++;
        state.calls["calls"]++;
        if (!state.initialized && name != "cuInit" && name != "cuDriverGetVersion") {
            return NOT_INITIALIZED;
        }
        const bool destroys =
            name == "cuCtxDestroy_v2" || !name.compare(0, 22, "cuDevicePrimaryCtxRele");
        if (state.sticky && !destroys && name != "cuInit") {
            return state.sticky;
        }
        result = planted(function, kind);
        if (result > 0) {
            publish("planted", name + " returns " + std::to_string(result), result);
            if (is_final(result)) {
                state.sticky = result;
            }
            return name == "cuInit" && result == UNKNOWN ? int(NO_DEVICE) : result;
        }
        if (needs_context(name) && !current()) {
            return INVALID_CONTEXT;
        }
        if (breaks_captures(kind, name) && in_capture()) {
            publish("capture", name + " is not allowed while a stream captures",
                    STREAM_CAPTURE_UNSUPPORTED);
            return STREAM_CAPTURE_UNSUPPORTED;
        }
        state.hung |= result == HANG;
    }
    return kind == Call::Sync || result == HANG ? after_hang(kind) : SUCCESS;
}

namespace {
std::unique_ptr<Launch> launch_of(const Node &n) {
    auto l = std::make_unique<Launch>();
    l->function = n.function;
    memcpy(l->grid, n.grid, sizeof l->grid);
    memcpy(l->block, n.block, sizeof l->block);
    memcpy(l->cluster, n.cluster, sizeof l->cluster);
    l->dynamic_shared = n.shared;
    l->parameters = n.parameters;
    l->chosen = settings;
    return l;
}

// The kernel behind, where it may begin before the one in front of it.
const Node *dependent_in(const Queue *q) {
    std::lock_guard held(state.lock);
    const bool is_next = q && !q->nodes.empty() && q->nodes.front().dependent;
    return is_next ? &q->nodes.front() : nullptr;
}
} // namespace

int run_node(const Node &n, Queue *queue) {
    if (n.host) {
        if (!state.sticky && !state.hung) {
            n.host();
        }
        return SUCCESS;
    }
    {
        std::lock_guard held(state.lock);
        state.calls["kernels"]++;
        const int result = planted_launch();
        if (result == HANG) {
            state.hung = true;
        } else if (result) {
            publish("planted", "a launch of " + n.function->name + " fails", result);
            break_down(result);
        }
    }
    if (state.sticky || state.hung) {
        if (queue) {
            queue->begun = nullptr;
        }
        return SUCCESS; // like all that a kernel does wrong, it is told by a later call
    }
    std::unique_ptr<Launch> l = queue && queue->begun ? std::move(queue->begun) : launch_of(n);
    if (const Node *behind = dependent_in(queue)) {
        queue->begun = launch_of(*behind);
        begin_dependent(*queue->begun, *l);
    }
    const int result = run_launch(*l);
    publish_counts(*l);
    count("instructions", l->count.total());
    if (result) {
        publish(l->failure);
        break_down(result);
    }
    return SUCCESS;
}

int submit(void *handle, Node n) {
    Stream *s;
    {
        std::lock_guard held(state.lock);
        s = find_stream(handle);
        if (!s) {
            return INVALID_HANDLE;
        }
        if (s->capture) {
            s->capture->nodes.push_back(std::move(n));
            return SUCCESS;
        }
        if (s == &s->context->legacy && in_capture()) {
            publish("capture", "the default stream is used while another stream captures",
                    STREAM_CAPTURE_UNSUPPORTED);
            return STREAM_CAPTURE_UNSUPPORTED;
        }
    }
    if (s == &s->context->legacy) {
        catch_up_blocking(*s->context);
        return state.sticky ? state.sticky : run_node(n);
    }
    if (settings.lazy) {
        std::lock_guard held(state.lock);
        s->queue->nodes.push_back(std::move(n));
        s->queue->pushed++;
        return SUCCESS;
    }
    catch_up(*s->queue, s->queue->pushed); // of a time when it was lazy
    return run_node(n);
}

int submit_host(void *stream, std::function<void()> f) {
    Node n;
    n.host = std::move(f);
    return submit(stream, std::move(n));
}
} // namespace emu::driver
