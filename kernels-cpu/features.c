/* What this machine's processor and system allow. */
#define _GNU_SOURCE
#include "kernels.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

static int has_f16c(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}

/* Of cpuid's leaf 7, by number: older compilers have no names for them. */
#define AMX_TILE_IN_EDX (1u << 24)
#define AMX_BF16_IN_EDX (1u << 22)
#define AVX512_BF16_IN_EAX (1u << 5)

/* Linux saves tile registers for processes that ask: ARCH_REQ_XCOMP_PERM for XTILEDATA. */
static int may_use_tiles(void) {
    unsigned a, b, c, d, a1, b1, c1, d1;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & AMX_TILE_IN_EDX) && (d & AMX_BF16_IN_EDX)
           && __get_cpuid_count(7, 1, &a1, &b1, &c1, &d1) && (a1 & AVX512_BF16_IN_EAX)
           && syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}

static int features_of_machine(void) {
    /* These builtins also ask the operating system whether it saves the registers. */
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !has_f16c()) {
        return 0;
    }
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw")
        || !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq")) {
        return QUIRE_AVX2;
    }
    return QUIRE_AVX2 | QUIRE_AVX512 | (may_use_tiles() ? QUIRE_AMX : 0);
}

#else

static int features_of_machine(void) {
    return 0;
}

#endif

int quire_features(void) {
    return features_of_machine() & features_of_kernels();
}
