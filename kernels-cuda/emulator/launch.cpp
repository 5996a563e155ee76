// A grid on several threads.
#include <algorithm>
#include <condition_variable>
#include <functional>
#include <thread>

#include "block.h"

namespace emu {
namespace {
// Threads that sleep between launches.
class Pool {
  public:
    // Runs the work on n threads, the caller's among them.
    void run(int n, const std::function<void()> &work) {
        {
            std::lock_guard held(lock);
            while (int(threads.size()) < n - 1) {
                threads.emplace_back([this, id = int(threads.size())] { serve(id); });
            }
            job = &work;
            wanted = running = n - 1;
            ticket++;
        }
        wake.notify_all();
        work();
        std::unique_lock held(lock);
        done.wait(held, [&] { return running == 0; });
    }

  private:
    std::mutex lock;
    std::condition_variable wake, done;
    std::vector<std::thread> threads;
    const std::function<void()> *job = nullptr;
    u64 ticket = 0;
    int running = 0, wanted = 0;

    void serve(int id) {
        u64 last = 0;
        for (;;) {
            {
                std::unique_lock held(lock);
                wake.wait(held, [&] { return ticket != last && id < wanted; });
                last = ticket;
            }
            (*job)();
            std::lock_guard held(lock);
            if (--running == 0) {
                done.notify_all();
            }
        }
    }
};

// Never destroyed: the process may exit while a thread sleeps.
Pool &pool() {
    static Pool *p = new Pool;
    return *p;
}

std::vector<u32> block_order(const Settings &chosen, u64 total) {
    std::vector<u32> order;
    if (chosen.order == Order::Forward) {
        return order;
    }
    order.resize(total);
    for (u32 k = 0; k < total; k++) {
        order[k] = chosen.order == Order::Reverse ? u32(total) - 1 - k : k;
    }
    if (chosen.random()) {
        std::mt19937_64 random(chosen.seed);
        std::shuffle(order.begin(), order.end(), random);
    }
    return order;
}

// The blocks that one thread has in flight. A free place takes the next block of the grid.
class Resident {
  public:
    Resident(Launch &l, const std::vector<u32> &o, u64 t)
        : launch(l), order(o), total(t), random(l.chosen.seed) {
        static thread_local std::vector<std::unique_ptr<Block>> kept;
        const size_t places = std::min<u64>(u64(l.chosen.resident_blocks()), t);
        while (kept.size() < places) {
            kept.push_back(std::make_unique<Block>());
        }
        for (size_t k = 0; k < places; k++) {
            blocks.push_back(kept[k].get());
            blocks[k]->prepare(&l);
        }
    }
    void run() {
        while (!launch.stop && refill()) {
            if (blocks.size() == 1) {
                while (blocks[0]->running && !launch.stop) {
                    blocks[0]->step();
                }
                continue;
            }
            Block &b = choose();
            b.step();
            if (random() % 32 == 0) {
                b.priority = u32(random());
            }
        }
        std::lock_guard held(launch.lock);
        for (Block *b : blocks) {
            launch.count.add(b->count);
        }
    }

  private:
    Launch &launch;
    const std::vector<u32> &order;
    const u64 total;
    std::mt19937_64 random;
    std::vector<Block *> blocks;
    bool more = true;

    bool refill() {
        bool any = false;
        for (Block *b : blocks) {
            if (!b->running && more) {
                const u32 k = launch.next++;
                more = k < total;
                if (more) {
                    b->priority = u32(random());
                    b->start(order.empty() ? k : order[k]);
                }
            }
            any |= b->running;
        }
        return any;
    }
    Block &choose() {
        size_t k = random() % blocks.size();
        for (size_t q = 0; q < blocks.size() && (launch.chosen.seed & 1); q++) {
            const bool better = !blocks[k]->running || blocks[q]->priority > blocks[k]->priority;
            k = blocks[q]->running && better ? q : k;
        }
        while (!blocks[k]->running) {
            k = (k + 1) % blocks.size();
        }
        return *blocks[k];
    }
};
} // namespace

int run_launch(Launch &l) {
    static std::mutex &one_at_a_time = *new std::mutex;
    std::lock_guard held(one_at_a_time);
    const u64 total = u64(l.grid[0]) * l.grid[1] * l.grid[2];
    const std::vector<u32> order = block_order(l.chosen, total);
    if (!l.parameters.empty()) {
        global_memory.adopt(u64(l.parameters.data()), l.parameters.size());
    }
    const std::function<void()> work = [&] { Resident(l, order, total).run(); };
    // Races are found on one thread.
    const int threads = l.chosen.races ? 1 : int(std::min<u64>(u64(l.chosen.threads), total));
    if (threads <= 1) {
        work();
    } else {
        pool().run(threads, work);
    }
    if (!l.parameters.empty()) {
        global_memory.disown(u64(l.parameters.data()));
    }
    return l.failure.result;
}
} // namespace emu
