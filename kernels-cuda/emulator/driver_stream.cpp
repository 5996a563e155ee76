// Streams, which run at once, and events.
#include "driver.h"

namespace emu::driver {
Stream *find_stream(void *handle) {
    Context *c = current();
    // CU_STREAM_LEGACY is 1, CU_STREAM_PER_THREAD 2.
    if (u64(handle) <= 2) {
        return c ? &c->legacy : nullptr;
    }
    for (Context *any : state.contexts) {
        if (auto s = any->streams.find(handle); s != any->streams.end()) {
            return s->second.get();
        }
    }
    return nullptr;
}
Event *find_event(void *handle) {
    for (Context *c : state.contexts) {
        if (auto e = c->events.find(handle); e != c->events.end()) {
            return e->second.get();
        }
    }
    return nullptr;
}

namespace {
int make_stream(void **out, unsigned flags, int priority) {
    std::lock_guard held(state.lock);
    auto s = std::make_unique<Stream>();
    s->context = current();
    s->flags = flags;
    s->priority = priority;
    *out = s.get();
    current()->streams[*out] = std::move(s);
    return SUCCESS;
}

// A stream that captures cannot be waited for.
int wait_for(void *handle, Call kind) {
    {
        std::lock_guard held(state.lock);
        Stream *s = find_stream(handle);
        if (!s) {
            return INVALID_HANDLE;
        }
        if (s->capture) {
            s->capture->invalidated = true;
            return STREAM_CAPTURE_UNSUPPORTED;
        }
    }
    return after_hang(kind);
}

int record(void *event, void *stream) {
    std::lock_guard held(state.lock);
    Event *e = find_event(event);
    Stream *s = find_stream(stream);
    if (!e || !s) {
        return INVALID_HANDLE;
    }
    e->captured = s->capture;
    e->recorded = !s->capture;
    e->at = std::chrono::steady_clock::now();
    return SUCCESS;
}

int look_at(void *event, Call kind) {
    {
        std::lock_guard held(state.lock);
        Event *e = find_event(event);
        if (!e) {
            return INVALID_HANDLE;
        }
        if (e->captured.lock()) {
            return CAPTURED_EVENT;
        }
        if (!e->recorded) {
            return SUCCESS;
        }
    }
    return after_hang(kind);
}
} // namespace

API cuStreamCreate(void **out, unsigned flags) {
    return call(__func__, Call::Other, [&] { return make_stream(out, flags, 0); });
}
API cuStreamCreateWithPriority(void **out, unsigned flags, int priority) {
    return call(__func__, Call::Other, [&] { return make_stream(out, flags, priority); });
}
API cuStreamDestroy_v2(void *handle) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        for (Context *c : state.contexts) {
            if (c->streams.erase(handle)) {
                return SUCCESS;
            }
        }
        return INVALID_HANDLE;
    });
}
API cuStreamSynchronize(void *handle) {
    return call(__func__, Call::Sync, [&] { return wait_for(handle, Call::Sync); });
}
API cuStreamQuery(void *handle) {
    return call(__func__, Call::Query, [&] { return wait_for(handle, Call::Query); });
}
API cuStreamGetFlags(void *handle, unsigned *flags) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        Stream *s = find_stream(handle);
        *flags = s ? s->flags : 0;
        return s ? SUCCESS : INVALID_HANDLE;
    });
}
API cuStreamGetPriority(void *handle, int *priority) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        Stream *s = find_stream(handle);
        *priority = s ? s->priority : 0;
        return s ? SUCCESS : INVALID_HANDLE;
    });
}
API cuStreamGetCtx(void *handle, void **out) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        Stream *s = find_stream(handle);
        *out = s ? s->context : nullptr;
        return s ? SUCCESS : INVALID_HANDLE;
    });
}
// A stream that waits for an event of a capture takes part in it.
API cuStreamWaitEvent(void *stream, void *event, unsigned) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        Event *e = find_event(event);
        Stream *s = find_stream(stream);
        if (!e || !s) {
            return INVALID_HANDLE;
        }
        if (auto capture = e->captured.lock()) {
            s->capture = capture;
        }
        return SUCCESS;
    });
}
API cuLaunchHostFunc(void *stream, void (*f)(void *), void *data) {
    return call(__func__, Call::Other, [&] { return submit_host(stream, [=] { f(data); }); });
}

API cuEventCreate(void **out, unsigned) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        auto e = std::make_unique<Event>();
        e->context = current();
        *out = e.get();
        current()->events[*out] = std::move(e);
        return SUCCESS;
    });
}
API cuEventDestroy_v2(void *handle) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        for (Context *c : state.contexts) {
            if (c->events.erase(handle)) {
                return SUCCESS;
            }
        }
        return INVALID_HANDLE;
    });
}
API cuEventRecord(void *event, void *stream) {
    return call(__func__, Call::Other, [&] { return record(event, stream); });
}
API cuEventRecordWithFlags(void *event, void *stream, unsigned) {
    return call(__func__, Call::Other, [&] { return record(event, stream); });
}
API cuEventSynchronize(void *event) {
    return call(__func__, Call::Sync, [&] { return look_at(event, Call::Sync); });
}
API cuEventQuery(void *event) {
    return call(__func__, Call::Query, [&] { return look_at(event, Call::Query); });
}
API cuEventElapsedTime(float *ms, void *from, void *to) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        Event *a = find_event(from), *b = find_event(to);
        if (!a || !b || !a->recorded || !b->recorded) {
            return INVALID_HANDLE;
        }
        *ms = std::chrono::duration<float, std::milli>(b->at - a->at).count();
        return SUCCESS;
    });
}
} // namespace emu::driver
