// The CUDA driver's interface over the emulator: what its functions share.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "block.h"

// A function of the driver, which returns a CUresult.
#define API extern "C" __attribute__((visibility("default"))) int

namespace emu::driver {
// CUresult, as far as it is given here.
enum Result : int {
    SUCCESS = 0,
    INVALID_VALUE = 1,
    OUT_OF_MEMORY = 2,
    NOT_INITIALIZED = 3,
    NO_DEVICE = 100,
    INVALID_DEVICE = 101,
    INVALID_CONTEXT = 201,
    NO_BINARY_FOR_GPU = 209,
    INVALID_PTX = 218,
    FILE_NOT_FOUND = 301,
    INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    NOT_READY = 600,
    NOT_SUPPORTED = 801,
    STREAM_CAPTURE_UNSUPPORTED = 900,
    STREAM_CAPTURE_INVALIDATED = 901,
    CAPTURED_EVENT = 907,
    UNKNOWN = 999,
};

// What a call does, for planted faults and for captures, which some kinds break.
enum class Call : u8 { Query, Context, Alloc, Free, Copy, Launch, Sync, Module, Other };

struct Graph;
struct Context;

// A kernel, or something that the host does.
struct Node {
    const Function *function = nullptr;
    u32 grid[3] = {}, block[3] = {}, cluster[3] = {1, 1, 1}, shared = 0;
    std::vector<u8> parameters;
    bool dependent = false; // on the kernel before, by programmatic stream serialization
    std::function<void()> host;
};
// Work of a stream that nobody has waited for. With QUIRE_EMULATOR_STREAMS=lazy it is done when a
// call waits for it and no sooner, so that what a program must not touch meanwhile is read late.
struct Queue {
    std::deque<Node> nodes;
    std::atomic<u64> pushed{0}, done{0};
    std::unique_ptr<Launch> begun; // the next kernel, which depends on the one before
    u64 asked = 0;                 // up to where a query has been told that it is not ready
};
struct Stream {
    Context *context = nullptr;
    std::shared_ptr<Queue> queue = std::make_shared<Queue>();
    std::shared_ptr<Graph> capture;
    bool began_capture = false;
    unsigned flags = 0;
    int priority = 0;
};
struct Event {
    Context *context = nullptr;
    // Shared with the marker in the queue, which outlives a destroyed event.
    std::shared_ptr<std::chrono::steady_clock::time_point> at;
    std::shared_ptr<Queue> queue; // null until it is recorded
    u64 ticket = 0;               // what of the queue came before it
    std::weak_ptr<Graph> captured;
};
struct Graph {
    std::vector<Node> nodes;
    bool invalidated = false;
    int mode = 0; // 0 global, 1 of a thread, 2 relaxed: which calls break the capture
};
struct LoadedModule {
    std::unique_ptr<Module> module;
    explicit LoadedModule(std::unique_ptr<Module> m);
    ~LoadedModule();
};
struct GraphHandle {
    std::shared_ptr<Graph> graph;
    bool executable = false;
};

// What lives in a context; a kind of thing a map.
struct Context {
    bool primary = false;
    int references = 0;
    unsigned flags = 0;
    std::map<u64, size_t> memory;
    std::map<void *, size_t> pinned;
    std::map<void *, std::unique_ptr<Stream>> streams;
    std::map<void *, std::unique_ptr<Event>> events;
    std::map<void *, std::unique_ptr<LoadedModule>> modules;
    std::map<void *, std::unique_ptr<GraphHandle>> graphs;
    Stream legacy;

    // In words, or an empty text.
    std::string leftovers() const;
    void clear();
};

// All of it, under one lock but for running kernels.
struct Driver {
    std::recursive_mutex lock;
    bool initialized = false;
    std::set<Context *> contexts;
    std::set<const Function *> functions; // of loaded modules
    Context *primary = nullptr;
    int sticky = 0; // the error after which every call fails
    bool hung = false;
    std::vector<std::weak_ptr<Graph>> captures;
    std::map<std::string, u64> calls; // by function, and other counts
};
extern Driver &state;

Context *current();
std::vector<Context *> &context_stack();
Stream *find_stream(void *handle);
Event *find_event(void *handle);
GraphHandle *find_graph(void *handle);
// Null for what is no function of a loaded module.
Function *find_function(void *handle);

// Zero, or why the call fails before it is made.
int admitted(const char *name, Call kind);
int after_hang(Call kind);
// Every function of the driver goes through here.
template <class F> int call(const char *name, Call kind, F f) {
    if (int refused = admitted(name, kind)) {
        return refused;
    }
    try {
        return f();
    } catch (std::bad_alloc &) { return OUT_OF_MEMORY; }
}
// Runs it, or adds it to the graph that the stream captures.
int submit(void *stream, Node node);
int submit_host(void *stream, std::function<void()> f);
// Of a queue, blocks of a dependent kernel behind it begin before this one.
int run_node(const Node &node, Queue *queue = nullptr);
// Does what is queued, the first "ticket" pieces of a stream's work or all of all streams.
void catch_up(Queue &queue, u64 ticket);
void catch_up_all();
void catch_up_blocking(const Context &context);
// Whether so much of the queue is done. The first that asks is told no, as on a card that is busy;
// whoever asks again finds it done.
bool is_done(Queue &queue, u64 ticket);
// The error that all calls return from now on.
void break_down(int result);
int invalid(const std::string &why);
// An attribute of the card that is pretended to be here; CUdevice_attribute.
int device_attribute(int attribute);
// CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
constexpr int MAX_SHARED_ATTRIBUTE = 97;
void count(const std::string &name, u64 by = 1);
} // namespace emu::driver
