#define _GNU_SOURCE
#include "context.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

quire_cpu *quire_create(int threads, int features, const int32_t *stop) {
    int here = (features & ~quire_features()) == 0;
    quire_cpu *cpu = here && threads > 0 ? calloc(1, sizeof *cpu) : 0;
    if (cpu == 0) {
        return 0;
    }
    cpu->features = features;
    cpu->rows = row_kernel_for(features);
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
