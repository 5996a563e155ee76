// Modules and functions.
#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "driver.h"

namespace emu::driver {
LoadedModule::LoadedModule(std::unique_ptr<Module> m) : module(std::move(m)) {
    std::lock_guard held(state.lock);
    for (auto &f : module->functions) {
        state.functions.insert(f.second.get());
    }
}
LoadedModule::~LoadedModule() {
    std::lock_guard held(state.lock);
    for (auto &f : module->functions) {
        state.functions.erase(f.second.get());
    }
}
Function *find_function(void *handle) {
    std::lock_guard held(state.lock);
    auto *f = static_cast<Function *>(handle);
    return state.functions.count(f) ? f : nullptr;
}

namespace {
constexpr int JIT_ERROR_LOG = 5, JIT_ERROR_LOG_BYTES = 6; // CUjit_option

// "sm_90a" runs on cards of 9.0 alone, "sm_80" on all from there.
bool runs_here(const std::string &target) {
    int number = 0;
    char suffix = 0;
    sscanf(target.c_str(), "sm_%d%c", &number, &suffix);
    return suffix == 'a' ? number == settings.card : number <= settings.card;
}

bool is_machine_code(const char *image) {
    return !memcmp(image,
                   "\x7f"
                   "ELF",
                   4)
           || !memcmp(image, "\x50\xed\x55\xba", 4);
}

void into_log(const std::string &text, unsigned n, const int *options, void **values) {
    char *log = nullptr;
    size_t bytes = 0;
    for (unsigned k = 0; k < n; k++) {
        if (options[k] == JIT_ERROR_LOG) {
            log = static_cast<char *>(values[k]);
        } else if (options[k] == JIT_ERROR_LOG_BYTES) {
            bytes = size_t(u32(u64(values[k])));
        }
    }
    if (log && bytes) {
        snprintf(log, bytes, "%s", text.c_str());
    }
}

int load(void **out, const char *image, unsigned n, const int *options, void **values) {
    if (is_machine_code(image)) {
        return NO_BINARY_FOR_GPU;
    }
    try {
        auto m = std::make_unique<LoadedModule>(parse_module(image));
        if (!runs_here(m->module->target)) {
            publish("no-binary",
                    "PTX for " + m->module->target + " on a card of "
                        + std::to_string(settings.card),
                    NO_BINARY_FOR_GPU);
            return NO_BINARY_FOR_GPU;
        }
        std::lock_guard held(state.lock);
        *out = m.get();
        current()->modules[m.get()] = std::move(m);
        return SUCCESS;
    } catch (std::runtime_error &e) {
        publish("invalid-ptx", e.what(), INVALID_PTX);
        into_log(e.what(), n, options, values);
        return INVALID_PTX;
    }
}

LoadedModule *find_module(void *handle) {
    for (Context *c : state.contexts) {
        if (auto m = c->modules.find(handle); m != c->modules.end()) {
            return m->second.get();
        }
    }
    return nullptr;
}

} // namespace

API cuModuleLoadData(void **out, const void *image) {
    return call(__func__, Call::Module,
                [&] { return load(out, static_cast<const char *>(image), 0, nullptr, nullptr); });
}
API cuModuleLoadDataEx(void **out, const void *image, unsigned n, int *options, void **values) {
    return call(__func__, Call::Module,
                [&] { return load(out, static_cast<const char *>(image), n, options, values); });
}
API cuModuleLoadFatBinary(void **out, const void *image) {
    return cuModuleLoadData(out, image);
}
API cuModuleLoad(void **out, const char *name) {
    return call(__func__, Call::Module, [&]() -> int {
        FILE *f = fopen(name, "rb");
        if (!f) {
            return FILE_NOT_FOUND;
        }
        std::string text;
        char part[65536];
        for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;) {
            text.append(part, n);
        }
        fclose(f);
        return load(out, text.c_str(), 0, nullptr, nullptr);
    });
}
API cuModuleUnload(void *handle) {
    return call(__func__, Call::Module, [&] {
        catch_up_all();
        std::lock_guard held(state.lock);
        for (Context *c : state.contexts) {
            if (c->modules.erase(handle)) {
                return SUCCESS;
            }
        }
        return INVALID_HANDLE;
    });
}
API cuModuleGetFunction(void **out, void *handle, const char *name) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        LoadedModule *m = find_module(handle);
        if (!m) {
            return INVALID_HANDLE;
        }
        auto f = m->module->functions.find(name);
        if (f == m->module->functions.end()) {
            return NOT_FOUND;
        }
        *out = f->second.get();
        return SUCCESS;
    });
}
API cuModuleGetGlobal_v2(u64 *p, size_t *bytes, void *handle, const char *name) {
    return call(__func__, Call::Other, [&] {
        std::lock_guard held(state.lock);
        LoadedModule *m = find_module(handle);
        if (!m) {
            return INVALID_HANDLE;
        }
        auto g = m->module->globals.find(name);
        if (g == m->module->globals.end()) {
            return NOT_FOUND;
        }
        if (p) {
            *p = g->second.address;
        }
        if (bytes) {
            *bytes = g->second.bytes;
        }
        return SUCCESS;
    });
}
API cuModuleGetLoadingMode(int *mode) {
    return call(__func__, Call::Other, [&] {
        *mode = 1; // eager
        return SUCCESS;
    });
}
// Numbers are CUfunction_attribute's.
API cuFuncGetAttribute(int *v, int attribute, void *function) {
    return call(__func__, Call::Other, [&] {
        Function *f = find_function(function);
        if (!f) {
            return INVALID_HANDLE;
        }
        switch (attribute) {
        case 0: *v = int(f->max_threads); break;
        case 1: *v = int(f->static_shared); break;
        case 3: *v = int(f->local_bytes); break;
        case 4: *v = 64; break;
        case 5:
        case 6: *v = settings.card; break;
        case 8: *v = int(f->dynamic_shared_limit); break;
        default: *v = 0;
        }
        return SUCCESS;
    });
}
API cuFuncSetAttribute(void *function, int attribute, int v) {
    return call(__func__, Call::Other, [&]() -> int {
        Function *f = find_function(function);
        if (!f) {
            return INVALID_HANDLE;
        }
        const int most = device_attribute(MAX_SHARED_ATTRIBUTE);
        if (attribute == 8) {
            if (v < 0 || v + int(f->static_shared) > most) {
                return invalid(format("%d bytes of dynamic shared memory for %s: a block has %d", v,
                                      f->name.c_str(), most));
            }
            f->dynamic_shared_limit = u32(v);
        }
        return SUCCESS;
    });
}
API cuFuncSetCacheConfig(void *, int) {
    return call(__func__, Call::Other, [] { return SUCCESS; });
}
API cuFuncGetParamInfo(void *function, size_t k, size_t *offset, size_t *bytes) {
    return call(__func__, Call::Other, [&] {
        Function *f = find_function(function);
        if (!f) {
            return INVALID_HANDLE;
        }
        if (k >= f->parameters.size()) {
            return INVALID_VALUE;
        }
        *offset = f->parameters[k].offset;
        if (bytes) {
            *bytes = f->parameters[k].size;
        }
        return SUCCESS;
    });
}
API cuFuncGetModule(void **out, void *function) {
    return call(__func__, Call::Other, [&] {
        for (Context *c : state.contexts) {
            for (auto &m : c->modules) {
                if (m.second->module.get() == static_cast<Function *>(function)->module) {
                    *out = m.first;
                    return SUCCESS;
                }
            }
        }
        return INVALID_HANDLE;
    });
}
} // namespace emu::driver
