#include "fault.h"

#include <cstdarg>
#include <cstdio>

namespace emu {
namespace {
constexpr int ILLEGAL_ADDRESS = 700, LAUNCH_TIMEOUT = 702, ASSERT = 710, ILLEGAL_INSTRUCTION = 715,
              MISALIGNED_ADDRESS = 716, LAUNCH_FAILED = 719;

struct Known {
    const char *name;
    int result;
};
constexpr Known known[] = {
    {"global-bounds", ILLEGAL_ADDRESS},
    {"global-unwritten", LAUNCH_FAILED},
    {"shared-bounds", LAUNCH_FAILED},
    {"shared-unwritten", LAUNCH_FAILED},
    {"shared-pending", LAUNCH_FAILED},
    {"shared-race", LAUNCH_FAILED},
    {"proxy-fence", LAUNCH_FAILED},
    {"global-race", LAUNCH_FAILED},
    {"read-only", LAUNCH_FAILED},
    {"local", LAUNCH_FAILED},
    {"parameter", LAUNCH_FAILED},
    {"misaligned", MISALIGNED_ADDRESS},
    {"divergence", LAUNCH_FAILED},
    {"barrier", LAUNCH_FAILED},
    {"mbarrier", LAUNCH_FAILED},
    {"shuffle", LAUNCH_FAILED},
    {"wgmma", LAUNCH_FAILED},
    {"copy", LAUNCH_FAILED},
    {"cluster", LAUNCH_FAILED},
    {"tensor-map", LAUNCH_FAILED},
    {"deadlock", LAUNCH_FAILED},
    {"unfinished", LAUNCH_FAILED},
    {"trap", LAUNCH_FAILED},
    {"assertion", ASSERT},
    {"endless", LAUNCH_TIMEOUT},
    {"unsupported", ILLEGAL_INSTRUCTION},
};

std::string formatted(const char *text, va_list arguments) {
    char buffer[1024];
    vsnprintf(buffer, sizeof buffer, text, arguments);
    return buffer;
}
} // namespace

const char *name(Wrong wrong) {
    return known[int(wrong)].name;
}
int result_of(Wrong wrong) {
    return known[int(wrong)].result;
}

std::string format(const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    std::string s = formatted(text, arguments);
    va_end(arguments);
    return s;
}

void fault(Wrong wrong, int lane, const char *text, ...) {
    va_list arguments;
    va_start(arguments, text);
    std::string s = formatted(text, arguments);
    va_end(arguments);
    throw Fault{wrong, s, lane};
}
} // namespace emu
