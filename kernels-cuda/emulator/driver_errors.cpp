// Names and words of results, and functions by name.
#include <dlfcn.h>

#include "driver.h"

namespace emu::driver {
namespace {
struct Known {
    int result;
    const char *name, *words;
};
constexpr Known results[] = {
    {SUCCESS, "CUDA_SUCCESS", "no error"},
    {INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "the device is busy or unavailable"},
    {NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no device is detected"},
    {INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU",
     "no kernel image is available for execution on the device"},
    {INVALID_PTX, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {FILE_NOT_FOUND, "CUDA_ERROR_FILE_NOT_FOUND", "file not found"},
    {INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {710, "CUDA_ERROR_ASSERT", "device-side assert triggered"},
    {714, "CUDA_ERROR_HARDWARE_STACK_ERROR", "hardware stack error"},
    {715, "CUDA_ERROR_ILLEGAL_INSTRUCTION", "an illegal instruction was encountered"},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {717, "CUDA_ERROR_INVALID_ADDRESS_SPACE", "operation not supported on this address space"},
    {718, "CUDA_ERROR_INVALID_PC", "invalid program counter"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {STREAM_CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {STREAM_CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
    {CAPTURED_EVENT, "CUDA_ERROR_CAPTURED_EVENT",
     "operation not permitted on an event last recorded in a capturing stream"},
    {UNKNOWN, "CUDA_ERROR_UNKNOWN", "unknown error"},
};
const Known *find(int result) {
    for (auto &known : results) {
        if (known.result == result) {
            return &known;
        }
    }
    return nullptr;
}

int symbol(const char *name, void **out) {
    // By its full path, so that another driver of the machine is not asked.
    Dl_info here;
    *out = nullptr;
    if (!dladdr(reinterpret_cast<void *>(&find), &here)) {
        return NOT_FOUND;
    }
    void *self = dlopen(here.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    for (const char *version : {"_v3", "_v2", ""}) {
        if (self && !*out) {
            *out = dlsym(self, (std::string(name) + version).c_str());
        }
    }
    return *out ? SUCCESS : NOT_FOUND;
}
} // namespace

API cuGetErrorName(int result, const char **out) {
    const Known *known = find(result);
    *out = known ? known->name : nullptr;
    return known ? SUCCESS : INVALID_VALUE;
}
API cuGetErrorString(int result, const char **out) {
    const Known *known = find(result);
    *out = known ? known->words : nullptr;
    return known ? SUCCESS : INVALID_VALUE;
}
API cuGetProcAddress_v2(const char *name, void **f, int, u64, int *status) {
    const int result = symbol(name, f);
    if (status) {
        *status = result ? 1 : 0; // CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND
    }
    return result;
}
API cuGetProcAddress(const char *name, void **f, int, u64) {
    return symbol(name, f);
}
API cuProfilerStart() {
    return call(__func__, Call::Other, [] { return SUCCESS; });
}
API cuProfilerStop() {
    return call(__func__, Call::Other, [] { return SUCCESS; });
}
} // namespace emu::driver
