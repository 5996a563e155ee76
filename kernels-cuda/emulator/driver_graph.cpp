// Graphs, made by capturing a stream; they run in the order in which they were captured.
#include "driver.h"

namespace emu::driver {
GraphHandle *find_graph(void *handle) {
    for (Context *c : state.contexts) {
        if (auto g = c->graphs.find(handle); g != c->graphs.end()) {
            return g->second.get();
        }
    }
    return nullptr;
}

namespace {
void *keep(std::shared_ptr<Graph> graph, bool executable) {
    auto h = std::make_unique<GraphHandle>(GraphHandle{std::move(graph), executable});
    void *handle = h.get();
    current()->graphs[handle] = std::move(h);
    return handle;
}

int copy_of(void **out, void *graph, bool executable) {
    std::lock_guard held(state.lock);
    GraphHandle *g = find_graph(graph);
    if (!g || g->executable) {
        return INVALID_HANDLE;
    }
    *out = keep(std::make_shared<Graph>(*g->graph), executable);
    return SUCCESS;
}

int drop(void *graph, bool executable) {
    std::lock_guard held(state.lock);
    GraphHandle *g = find_graph(graph);
    if (!g || g->executable != executable) {
        return INVALID_HANDLE;
    }
    for (Context *c : state.contexts) {
        c->graphs.erase(graph);
    }
    return SUCCESS;
}
} // namespace

API cuStreamBeginCapture_v2(void *stream, int mode) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        Stream *s = find_stream(stream);
        if (!s) {
            return INVALID_HANDLE;
        }
        if (s->capture || s == &s->context->legacy) {
            return STREAM_CAPTURE_UNSUPPORTED;
        }
        s->capture = std::make_shared<Graph>();
        s->capture->mode = mode;
        s->began_capture = true;
        std::erase_if(state.captures, [](auto &weak) { return weak.expired(); });
        state.captures.push_back(s->capture);
        return SUCCESS;
    });
}
API cuStreamEndCapture(void *stream, void **out) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        Stream *s = find_stream(stream);
        *out = nullptr;
        if (!s || !s->capture || !s->began_capture) {
            return INVALID_VALUE;
        }
        std::shared_ptr<Graph> graph = s->capture;
        for (Context *c : state.contexts) {
            for (auto &other : c->streams) {
                if (other.second->capture == graph) {
                    other.second->capture = nullptr;
                    other.second->began_capture = false;
                }
            }
        }
        std::erase_if(state.captures, [&](auto &weak) { return weak.lock() == graph; });
        if (graph->invalidated) {
            return STREAM_CAPTURE_INVALIDATED;
        }
        *out = keep(graph, false);
        return SUCCESS;
    });
}
API cuStreamIsCapturing(void *stream, int *status) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        Stream *s = find_stream(stream);
        if (!s) {
            return INVALID_HANDLE;
        }
        *status = !s->capture ? 0 : s->capture->invalidated ? 2 : 1;
        return SUCCESS;
    });
}
API cuGraphInstantiateWithFlags(void **out, void *graph, unsigned long long) {
    return call(__func__, Call::Alloc, [&] { return copy_of(out, graph, true); });
}
API cuGraphInstantiate_v2(void **out, void *graph, void *, char *, size_t) {
    return call(__func__, Call::Alloc, [&] { return copy_of(out, graph, true); });
}
API cuGraphClone(void **out, void *graph) {
    return call(__func__, Call::Other, [&] { return copy_of(out, graph, false); });
}
API cuGraphUpload(void *graph, void *) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        return find_graph(graph) ? SUCCESS : INVALID_HANDLE;
    });
}
// With no room for nodes it says how many there are.
API cuGraphGetNodes(void *graph, void **nodes, size_t *n) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        GraphHandle *g = find_graph(graph);
        if (!g) {
            return INVALID_HANDLE;
        }
        auto &all = g->graph->nodes;
        for (size_t k = 0; nodes && k < *n; k++) {
            nodes[k] = k < all.size() ? &all[k] : nullptr;
        }
        *n = nodes ? std::min(*n, all.size()) : all.size();
        return SUCCESS;
    });
}
API cuGraphLaunch(void *graph, void *stream) {
    return call(__func__, Call::Launch, [&]() -> int {
        std::shared_ptr<Graph> g;
        {
            std::lock_guard held(state.lock);
            GraphHandle *handle = find_graph(graph);
            if (!handle || !handle->executable) {
                return INVALID_HANDLE;
            }
            g = handle->graph;
        }
        for (const Node &node : g->nodes) {
            if (int result = submit(stream, node)) {
                return result;
            }
        }
        return SUCCESS;
    });
}
API cuGraphDestroy(void *graph) {
    return call(__func__, Call::Other, [&] { return drop(graph, false); });
}
API cuGraphExecDestroy(void *graph) {
    return call(__func__, Call::Other, [&] { return drop(graph, true); });
}
} // namespace emu::driver
