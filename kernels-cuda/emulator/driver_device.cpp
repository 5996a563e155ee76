// The card that is pretended to be here.
#include <cstdio>
#include <cstdlib>
#include <map>

#include "driver.h"
#include "driver_faults.h"

namespace emu::driver {
namespace {
constexpr int DRIVER_VERSION = 12080;

struct Card {
    int number;
    const char *name;
    int shared_per_block, shared_per_multiprocessor, threads_per_multiprocessor, l2;
};
constexpr Card cards[] = {
    {80, "emulated A100", 166912, 167936, 2048, 40 << 20},
    {86, "emulated RTX 3090", 101376, 102400, 1536, 6 << 20},
    {90, "emulated H100", 232448, 233472, 2048, 50 << 20},
};
const Card &card() {
    for (auto &c : cards) {
        if (c.number == settings.card) {
            return c;
        }
    }
    return cards[2];
}

} // namespace

int device_attribute(int a) {
    const Card &c = card();
    // Numbers are CUdevice_attribute's.
    static const std::map<int, int> same = {
        {1, 1024},     {2, 1024},   {3, 1024},   {4, 64},  {5, 2147483647},  {6, 65535},
        {7, 65535},    {8, 49152},  {9, 65536},  {10, 32}, {11, 2147483647}, {12, 65536},
        {13, 1400000}, {15, 1},     {16, 4},     {17, 0},  {18, 0},          {19, 1},
        {20, 0},       {31, 1},     {32, 0},     {33, 1},  {34, 0},          {35, 0},
        {36, 1600000}, {37, 5120},  {40, 2},     {41, 1},  {78, 1},          {79, 1},
        {80, 1},       {82, 65536}, {83, 1},     {84, 0},  {85, 1},          {95, 1},
        {96, 1},       {106, 32},   {111, 1024}, {115, 1}, {116, 1},
    };
    switch (a) {
    case 38: return c.l2;
    case 39: return c.threads_per_multiprocessor;
    case 75: return c.number / 10;
    case 76: return c.number % 10;
    case 81: return c.shared_per_multiprocessor;
    case 97: return c.shared_per_block;
    case 120: return c.number >= 90; // clusters
    default: break;
    }
    auto known = same.find(a);
    return known == same.end() ? 0 : known->second;
}

API cuInit(unsigned flags) {
    return call(__func__, Call::Other, [&]() -> int {
        std::lock_guard held(state.lock);
        if (flags) {
            return INVALID_VALUE;
        }
        if (state.initialized) {
            return SUCCESS;
        }
        std::string wrong = read_environment();
        if (wrong.empty()) {
            wrong = set_faults(settings.faults);
        }
        if (!wrong.empty()) {
            return invalid(wrong);
        }
        global_memory.limit(settings.memory);
        state.initialized = true;
        return SUCCESS;
    });
}

API cuDriverGetVersion(int *v) {
    *v = DRIVER_VERSION;
    return SUCCESS;
}
API cuDeviceGetCount(int *n) {
    return call(__func__, Call::Other, [&] {
        *n = 1;
        return SUCCESS;
    });
}
API cuDeviceGet(int *d, int ordinal) {
    return call(__func__, Call::Other, [&] {
        *d = 0;
        return ordinal ? INVALID_DEVICE : SUCCESS;
    });
}
API cuDeviceGetName(char *name, int bytes, int) {
    return call(__func__, Call::Other, [&] {
        snprintf(name, size_t(bytes), "%s", card().name);
        return SUCCESS;
    });
}
API cuDeviceGetUuid(char *uuid, int) {
    return call(__func__, Call::Other, [&] {
        memset(uuid, 7, 16);
        return SUCCESS;
    });
}
API cuDeviceGetUuid_v2(char *uuid, int device) {
    return cuDeviceGetUuid(uuid, device);
}
API cuDeviceGetPCIBusId(char *id, int bytes, int) {
    return call(__func__, Call::Other, [&] {
        snprintf(id, size_t(bytes), "0000:00:00.0");
        return SUCCESS;
    });
}
API cuDeviceComputeCapability(int *major, int *minor, int) {
    return call(__func__, Call::Other, [&] {
        *major = card().number / 10;
        *minor = card().number % 10;
        return SUCCESS;
    });
}
API cuDeviceTotalMem_v2(size_t *bytes, int) {
    return call(__func__, Call::Other, [&] {
        *bytes = global_memory.limit();
        return SUCCESS;
    });
}
API cuDeviceGetAttribute(int *v, int attribute, int) {
    return call(__func__, Call::Other, [&] {
        *v = device_attribute(attribute);
        return SUCCESS;
    });
}
API cuDeviceCanAccessPeer(int *yes, int, int) {
    return call(__func__, Call::Other, [&] {
        *yes = 0;
        return SUCCESS;
    });
}
} // namespace emu::driver
