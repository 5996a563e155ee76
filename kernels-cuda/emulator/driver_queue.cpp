// Streams that do nothing before they must.
#include "driver.h"

namespace emu::driver {
namespace {
// One thread at a time does what is queued. Never destroyed.
std::recursive_mutex &running = *new std::recursive_mutex;

bool take(Queue &q, Node &n) {
    std::lock_guard held(state.lock);
    if (q.nodes.empty() || state.hung) {
        return false;
    }
    n = std::move(q.nodes.front());
    q.nodes.pop_front();
    return true;
}

template <class F> void each_queue(const Context *of, F f) {
    std::vector<std::shared_ptr<Queue>> all;
    {
        std::lock_guard held(state.lock);
        for (Context *c : state.contexts) {
            for (auto &s : c->streams) {
                if (!of || (c == of && !(s.second->flags & 1))) { // 1: non-blocking
                    all.push_back(s.second->queue);
                }
            }
        }
    }
    for (auto &q : all) {
        f(*q);
    }
}
} // namespace

void catch_up(Queue &q, u64 ticket) {
    std::lock_guard held(running);
    Node n;
    while (q.done < ticket && take(q, n)) {
        run_node(n, &q);
        q.done++;
    }
}

void catch_up_all() {
    each_queue(nullptr, [](Queue &q) { catch_up(q, q.pushed); });
}

// The default stream waits for all streams but those that were made not to care.
void catch_up_blocking(const Context &context) {
    each_queue(&context, [](Queue &q) { catch_up(q, q.pushed); });
}

bool is_done(Queue &q, u64 ticket) {
    {
        std::lock_guard held(state.lock);
        if (q.done < ticket && q.asked < ticket) {
            q.asked = ticket;
            return false;
        }
    }
    catch_up(q, ticket);
    return q.done >= ticket;
}
} // namespace emu::driver
