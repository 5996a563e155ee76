// Streams and events.
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

// Waits for so much of the queue, or asks whether it is done.
int look_at(Queue &queue, u64 ticket, Call kind) {
    if (kind == Call::Query) {
        if (!is_done(queue, ticket)) {
            return NOT_READY;
        }
    } else {
        catch_up(queue, ticket);
    }
    const int result = after_hang(kind);
    return result ? result : state.sticky;
}

// A stream that captures cannot be waited for.
int wait_for(void *handle, Call kind) {
    std::shared_ptr<Queue> queue;
    const Context *all = nullptr;
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
        queue = s->queue;
        all = s == &s->context->legacy ? s->context : nullptr;
    }
    if (all) {
        catch_up_blocking(*all);
    }
    return look_at(*queue, queue->pushed, kind);
}

int record(void *event, void *stream) {
    auto at = std::make_shared<std::chrono::steady_clock::time_point>();
    {
        std::lock_guard held(state.lock);
        Event *e = find_event(event);
        Stream *s = find_stream(stream);
        if (!e || !s) {
            return INVALID_HANDLE;
        }
        e->captured = s->capture;
        e->queue = nullptr;
        if (s->capture) {
            return SUCCESS;
        }
        e->at = at;
        e->queue = s->queue;
        e->ticket = settings.lazy && s != &s->context->legacy ? s->queue->pushed + 1 : 0;
    }
    return submit_host(stream, [=] { *at = std::chrono::steady_clock::now(); });
}

int look_at_event(void *event, Call kind) {
    std::shared_ptr<Queue> queue;
    u64 ticket;
    {
        std::lock_guard held(state.lock);
        Event *e = find_event(event);
        if (!e) {
            return INVALID_HANDLE;
        }
        if (e->captured.lock()) {
            return CAPTURED_EVENT;
        }
        queue = e->queue;
        ticket = e->ticket;
    }
    return queue ? look_at(*queue, ticket, kind) : int(SUCCESS);
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
        std::shared_ptr<Queue> queue;
        {
            std::lock_guard held(state.lock);
            Stream *s = find_stream(handle);
            if (!s || s == &s->context->legacy) {
                return INVALID_HANDLE;
            }
            queue = s->queue;
        }
        catch_up(*queue, queue->pushed);
        std::lock_guard held(state.lock);
        for (Context *c : state.contexts) {
            c->streams.erase(handle);
        }
        return SUCCESS;
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
    return call(__func__, Call::Other, [&]() -> int {
        std::shared_ptr<Queue> queue;
        u64 ticket;
        {
            std::lock_guard held(state.lock);
            Event *e = find_event(event);
            Stream *s = find_stream(stream);
            if (!e || !s) {
                return INVALID_HANDLE;
            }
            if (auto capture = e->captured.lock()) {
                s->capture = capture;
                return SUCCESS;
            }
            queue = e->queue;
            ticket = e->ticket;
        }
        return queue && settings.lazy ? submit_host(stream, [=] { catch_up(*queue, ticket); })
                                      : int(SUCCESS);
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
    return call(__func__, Call::Sync, [&] { return look_at_event(event, Call::Sync); });
}
API cuEventQuery(void *event) {
    return call(__func__, Call::Query, [&] { return look_at_event(event, Call::Query); });
}
API cuEventElapsedTime(float *ms, void *from, void *to) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        Event *a = find_event(from), *b = find_event(to);
        if (!a || !b || !a->queue || !b->queue) {
            return INVALID_HANDLE;
        }
        if (a->queue->done < a->ticket || b->queue->done < b->ticket) {
            return NOT_READY;
        }
        *ms = std::chrono::duration<float, std::milli>(*b->at - *a->at).count();
        return SUCCESS;
    });
}
} // namespace emu::driver
