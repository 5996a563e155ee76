// Launches of kernels.
#include <algorithm>

#include "driver.h"

namespace emu::driver {
namespace {
struct Shape {
    unsigned grid[3], block[3], shared, cluster[3] = {1, 1, 1};
    u64 threads() const {
        return u64(block[0]) * block[1] * block[2];
    }
};
// Why the card would refuse the launch, or an empty text.
std::string refused(const Function &f, const Shape &s) {
    const u64 threads = s.threads();
    auto &g = s.grid, &b = s.block;
    if (!g[0] || !g[1] || !g[2] || g[1] > 65535 || g[2] > 65535) {
        return "the grid";
    }
    if (!threads || threads > std::min(1024u, f.max_threads) || b[2] > 64
        || (f.required_threads[0] && memcmp(b, f.required_threads, sizeof b))) {
        return "the block";
    }
    auto &c = s.cluster;
    if (!c[0] || !c[1] || !c[2] || u64(c[0]) * c[1] * c[2] > MOST_CLUSTER || g[0] % c[0]
        || g[1] % c[1] || g[2] % c[2]
        || (f.required_cluster[0] && memcmp(c, f.required_cluster, sizeof c))) {
        return format("a cluster of (%u,%u,%u)", c[0], c[1], c[2]);
    }
    if (s.shared > f.dynamic_shared_limit) {
        return "shared memory above what cuFuncSetAttribute allowed";
    }
    if (f.static_shared + u64(s.shared) > u64(device_attribute(MAX_SHARED_ATTRIBUTE))) {
        return "shared memory";
    }
    return "";
}

int launch(void *function, Shape s, void *stream, void **parameters, void **extra,
           bool dependent = false) {
    Function *f = find_function(function);
    if (!f) {
        return INVALID_HANDLE;
    }
    if (f->required_cluster[0] && s.cluster[0] * s.cluster[1] * s.cluster[2] == 1) {
        memcpy(s.cluster, f->required_cluster, sizeof s.cluster);
    }
    if (std::string why = refused(*f, s); !why.empty()) {
        return invalid(format("launch of %s: %s does not fit: grid (%u,%u,%u), block (%u,%u,%u), "
                              "%u bytes of shared memory",
                              f->name.c_str(), why.c_str(), s.grid[0], s.grid[1], s.grid[2],
                              s.block[0], s.block[1], s.block[2], s.shared));
    }
    Node n;
    n.function = f;
    memcpy(n.grid, s.grid, sizeof n.grid);
    memcpy(n.block, s.block, sizeof n.block);
    memcpy(n.cluster, s.cluster, sizeof n.cluster);
    n.shared = s.shared;
    n.dependent = dependent;
    n.parameters.resize((f->parameter_bytes + 127) & ~127u);
    for (size_t k = 0; parameters && k < f->parameters.size(); k++) {
        const Parameter &p = f->parameters[k];
        memcpy(n.parameters.data() + p.offset, parameters[k], p.size);
    }
    // CU_LAUNCH_PARAM_BUFFER_POINTER is 1; CU_LAUNCH_PARAM_END is 0.
    for (int k = 0; !parameters && extra && extra[k]; k += 2) {
        if (extra[k] == reinterpret_cast<void *>(1)) {
            memcpy(n.parameters.data(), extra[k + 1], f->parameter_bytes);
        }
    }
    return submit(stream, std::move(n));
}
} // namespace

API cuOccupancyMaxActiveBlocksPerMultiprocessor(int *n, void *function, int threads,
                                                size_t shared) {
    return call(__func__, Call::Other, [&] {
        Function *f = find_function(function);
        if (!f) {
            return INVALID_HANDLE;
        }
        const int by_threads = device_attribute(39) / std::max(threads, LANES);
        const size_t bytes = shared + f->static_shared + 1024; // the system's own
        const int by_shared = int(size_t(device_attribute(81)) / bytes);
        *n = std::min({by_threads, by_shared, 32});
        return SUCCESS;
    });
}

API cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                   unsigned bz, unsigned shared, void *stream, void **parameters, void **extra) {
    return call(__func__, Call::Launch, [&] {
        return launch(function, {{gx, gy, gz}, {bx, by, bz}, shared}, stream, parameters, extra);
    });
}

// CUlaunchConfig and CUlaunchAttribute.
struct LaunchAttribute {
    int id;
    char padding[4];
    unsigned value[16];
};
struct LaunchConfig {
    unsigned grid[3], block[3], shared;
    void *stream;
    LaunchAttribute *attributes;
    unsigned num_attributes;
};
constexpr int CLUSTER_DIMENSION = 4, PROGRAMMATIC_SERIALIZATION = 6;

API cuLaunchKernelEx(const LaunchConfig *c, void *function, void **parameters, void **extra) {
    return call(__func__, Call::Launch, [&]() -> int {
        bool dependent = false;
        Shape s{};
        for (unsigned k = 0; k < c->num_attributes; k++) {
            const LaunchAttribute &a = c->attributes[k];
            if (a.id == CLUSTER_DIMENSION) {
                memcpy(s.cluster, a.value, sizeof s.cluster);
            }
            dependent |= a.id == PROGRAMMATIC_SERIALIZATION && a.value[0];
        }
        memcpy(s.grid, c->grid, sizeof s.grid);
        memcpy(s.block, c->block, sizeof s.block);
        s.shared = c->shared;
        return launch(function, s, c->stream, parameters, extra, dependent);
    });
}
} // namespace emu::driver
