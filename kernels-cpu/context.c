#define _GNU_SOURCE
#include "context.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

float quire_half_values[1 << 16];

/* IEEE 754 binary16: its bits moved to binary32's place mean 2^-112 of the value. */
static float value_of_half(uint32_t half) {
    uint32_t sign = (half & 0x8000) << 16, bits = (half & 0x7fff) << 13;
    float value;
    if (bits >= 0x7c00u << 13) {
        bits |= 0x7f800000;
    } else {
        memcpy(&value, &bits, sizeof value);
        value *= 0x1p112f;
        memcpy(&bits, &value, sizeof bits);
    }
    bits |= sign;
    memcpy(&value, &bits, sizeof value);
    return value;
}

__attribute__((constructor)) static void fill_half_values(void) {
    for (uint32_t half = 0; half < 1 << 16; half++) {
        quire_half_values[half] = value_of_half(half);
    }
}

int quire_abi(void) {
    return QUIRE_ABI;
}

#if defined(__x86_64__)
static int has_f16c(void) {
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

#if defined(__x86_64__) && defined(QUIRE_BUILD_AMX)
/* Linux saves tile registers for processes that ask: ARCH_REQ_XCOMP_PERM for XTILEDATA. */
static int may_use_tiles(void) {
    unsigned a, b, c, d, a1, b1, c1, d1;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & bit_AMX_TILE) && (d & bit_AMX_BF16)
           && __get_cpuid_count(7, 1, &a1, &b1, &c1, &d1) && (a1 & bit_AVX512BF16)
           && syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}
#elif defined(__x86_64__)
static int may_use_tiles(void) {
    return 0;
}
#endif

int quire_best_tier(void) {
#if defined(__x86_64__)
    /* These builtins also ask the operating system whether it saves the registers. */
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !has_f16c()) {
        return QUIRE_PORTABLE;
    }
    int wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
               && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (!wide) {
        return QUIRE_AVX2;
    }
    return may_use_tiles() ? QUIRE_AMX : QUIRE_AVX512;
#else
    return QUIRE_PORTABLE;
#endif
}

static const quire_kernels *kernels_of(int tier) {
#if defined(__x86_64__)
    if (tier == QUIRE_AVX512 || tier == QUIRE_AMX) {
        return &quire_kernels_avx512;
    }
    if (tier == QUIRE_AVX2) {
        return &quire_kernels_avx2;
    }
#endif
    return tier == QUIRE_PORTABLE ? &quire_kernels_portable : 0;
}

/* The lowest numbered hardware thread of a cpu's core, or the cpu itself where unknown. */
static int first_sibling(int cpu) {
    char path[96];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", cpu);
    FILE *file = fopen(path, "r");
    int first = cpu;
    if (file) {
        if (fscanf(file, "%d", &first) != 1) {
            first = cpu;
        }
        fclose(file);
    }
    return first;
}

int quire_physical_cores(void) {
    cpu_set_t allowed, cores;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return 1;
    }
    CPU_ZERO(&cores);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed)) {
            int core = first_sibling(cpu);
            CPU_SET(core >= 0 && core < CPU_SETSIZE ? core : cpu, &cores);
        }
    }
    return max_int(1, CPU_COUNT(&cores));
}

quire_cpu *quire_create(int threads, int tier, const int32_t *stop) {
    const quire_kernels *kernels = tier <= quire_best_tier() ? kernels_of(tier) : 0;
    quire_cpu *cpu = kernels && threads > 0 ? calloc(1, sizeof *cpu) : 0;
    if (cpu == 0) {
        return 0;
    }
    cpu->kernels = kernels;
    cpu->tiles = tier == QUIRE_AMX;
    cpu->stop = stop;
    cpu->threads = threads;
    cpu->workers = pool_create(threads, stop);
    if (cpu->workers == 0) {
        free(cpu);
        return 0;
    }
    return cpu;
}

void quire_destroy(quire_cpu *cpu) {
    pool_destroy(cpu->workers);
    region_free(&cpu->scratch);
    region_free(&cpu->partials);
    region_free(&cpu->packed);
    region_free(&cpu->plan);
    free(cpu);
}
