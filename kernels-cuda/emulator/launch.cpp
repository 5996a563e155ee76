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

// As many blocks of a dependent launch begin before the launch before it.
constexpr u64 EARLY = 8;

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
        const size_t size = l.cluster_size();
        const size_t most = std::max<size_t>(1, size_t(l.chosen.resident_blocks()) / size);
        const size_t places = size * std::min<u64>(most, t);
        while (kept.size() < places) {
            kept.push_back(std::make_unique<Block>());
        }
        for (auto &b : l.begun) {
            b->grid_has_ended();
            blocks.push_back(b.get());
        }
        for (size_t k = 0; k < places; k++) {
            if (k % size == 0) {
                clusters.push_back(std::make_unique<Cluster>());
            }
            kept[k]->prepare(&l);
            kept[k]->cluster = clusters.back().get();
            clusters.back()->blocks.push_back(kept[k].get());
            blocks.push_back(kept[k].get());
        }
    }
    void run() {
        while (!launch.stop && refill()) {
            if (blocks.size() == 1) {
                while (blocks[0]->running && !launch.stop) {
                    blocks[0]->step();
                }
                hide(*blocks[0]);
                continue;
            }
            Block &b = choose();
            enter(b);
            b.step();
            if (!b.running) {
                hide(b);
                inside = nullptr;
            }
            if (random() % 32 == 0) {
                b.priority = u32(random());
            }
        }
        for (Block *b : blocks) {
            b->unseen.show();
        }
        while (!launch.late.empty()) {
            show_one(random() % launch.late.size());
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
    std::vector<std::unique_ptr<Cluster>> clusters; // of them, but for those that began early
    Block *inside = nullptr;                        // whose held stores memory has
    bool more = true;

    // Other blocks do not see what this one has stored, or by chance some of it.
    void hide(Block &b) {
        if (b.unseen.empty()) {
            return;
        }
        b.unseen.show_some(random);
        if (!launch.late.empty() && random() % 8 == 0) {
            show_one(random() % launch.late.size());
        }
        b.unseen.swap();
        if (!b.running) {
            launch.late.push_back(std::move(b.unseen));
            b.unseen = HeldStores();
        }
    }
    void enter(Block &b) {
        if (inside == &b) {
            return;
        }
        if (inside) {
            hide(*inside);
        }
        inside = &b;
        b.unseen.swap();
    }
    void show_one(size_t k) {
        launch.late[k].swap();
        std::swap(launch.late[k], launch.late.back());
        launch.late.pop_back();
    }

    // A cluster begins when the one before it in its place has ended.
    bool refill() {
        bool any = false;
        for (auto &c : clusters) {
            bool runs = false;
            for (const Block *b : c->blocks) {
                runs |= b->running;
            }
            if (!runs && more) {
                const u32 k = launch.next++;
                more = k < total;
                if (more) {
                    begin(*c, order.empty() ? k : order[k]);
                }
            }
        }
        for (const Block *b : blocks) {
            any |= b->running;
        }
        return any;
    }
    void begin(Cluster &c, u32 index) {
        const u32 *size = launch.cluster, x = launch.grid[0] / size[0];
        const u32 y = launch.grid[1] / size[1];
        const u32 first[] = {index % x * size[0], index / x % y * size[1], index / x / y * size[2]};
        c.arrived = 0;
        c.told.clear();
        for (u32 rank = 0; rank < c.blocks.size(); rank++) {
            Block &b = *c.blocks[rank];
            const u32 at[] = {first[0] + rank % size[0], first[1] + rank / size[0] % size[1],
                              first[2] + rank / size[0] / size[1]};
            b.rank = rank;
            b.priority = u32(random());
            b.start(at[0] + launch.grid[0] * (at[1] + launch.grid[1] * at[2]));
        }
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

// One launch at a time.
static std::mutex &running = *new std::mutex;

static void prepare(Launch &l, Launch *before) {
    if (!l.parameters.empty()) {
        global_memory.adopt(u64(l.parameters.data()), l.parameters.size());
    }
    if (before) {
        l.place = before->place + 1;
        l.races = before->races;
    } else if (l.chosen.races) {
        l.races = std::make_shared<GlobalRaces>();
    }
    if (l.races) {
        l.races->add(l);
    }
    l.prepared = true;
}

Launch::~Launch() {
    if (prepared && !parameters.empty()) {
        global_memory.disown(u64(parameters.data()));
    }
}

void begin_dependent(Launch &l, Launch &before) {
    std::lock_guard held(running);
    if (!before.prepared) {
        prepare(before, nullptr);
    }
    prepare(l, &before);
    l.early = true;
    const std::vector<u32> order = block_order(l.chosen, l.blocks());
    const u64 early = l.cluster_size() > 1 ? 0 : EARLY; // clusters begin whole, and so later
    while (l.next < std::min(l.blocks(), early) && !l.stop) {
        const u32 k = l.next++;
        Block &b = *l.begun.emplace_back(std::make_unique<Block>());
        b.prepare(&l);
        b.cluster = l.alone.emplace_back(std::make_unique<Cluster>()).get();
        b.cluster->blocks = {&b};
        b.start(order.empty() ? k : order[k]);
        while (b.running && !b.parked) {
            b.step();
        }
        b.unseen.swap();
    }
}

int run_launch(Launch &l) {
    std::lock_guard held(running);
    if (!l.prepared) {
        prepare(l, nullptr);
    }
    const u64 total = l.blocks() / l.cluster_size();
    const std::vector<u32> order = block_order(l.chosen, total);
    l.early = false;
    const std::function<void()> work = [&] { Resident(l, order, total).run(); };
    const int threads =
        l.watches() || !l.begun.empty() ? 1 : int(std::min<u64>(u64(l.chosen.threads), total));
    if (threads <= 1) {
        work();
    } else {
        pool().run(threads, work);
    }
    return l.failure.result;
}
} // namespace emu
