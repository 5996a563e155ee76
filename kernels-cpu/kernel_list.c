/* All kernels, those that are to be preferred first. */
#include "kernels.h"

#define LINEAR_KERNELS(DO)                                                                         \
    DO(linear_amx)                                                                                 \
    DO(linear_avx512)                                                                              \
    DO(linear_avx2)                                                                                \
    DO(linear_portable)

#define ROW_KERNELS(DO)                                                                            \
    DO(rows_avx512)                                                                                \
    DO(rows_avx2)                                                                                  \
    DO(rows_portable)

#define ATTENTION_KERNELS(DO)                                                                      \
    DO(attention_avx512)                                                                           \
    DO(attention_avx2)                                                                             \
    DO(attention_portable)

/* Weak, so that build.sh can leave out a file that the compiler or the processor has no
 * instructions for: its kernels are then null. */
#define OPTIONAL extern __attribute__((weak, visibility("hidden")))
#define DECLARE_LINEAR(NAME) OPTIONAL const linear_kernel NAME;
#define DECLARE_ROW(NAME) OPTIONAL const row_kernel NAME;
#define DECLARE_ATTENTION(NAME) OPTIONAL const attention_kernel NAME;
#define ADDRESS(NAME) &NAME,

LINEAR_KERNELS(DECLARE_LINEAR)
ROW_KERNELS(DECLARE_ROW)
ATTENTION_KERNELS(DECLARE_ATTENTION)

static const linear_kernel *const linear_kernels[] = {LINEAR_KERNELS(ADDRESS)};
static const row_kernel *const row_kernels[] = {ROW_KERNELS(ADDRESS)};
static const attention_kernel *const attention_kernels[] = {ATTENTION_KERNELS(ADDRESS)};

#define LENGTH(LIST) (int)(sizeof(LIST) / sizeof((LIST)[0]))
/* Whether a kernel was built and needs no more than these features. */
#define RUNS(KERNEL, FEATURES) ((KERNEL) != 0 && ((KERNEL)->needs & ~(FEATURES)) == 0)

static int takes_all(const linear_kernel *kernel, const linear_call *call) {
    for (int i = 0; i < call->num_parts; i++) {
        if (!kernel->takes(&call->parts[i], call->inputs)) {
            return 0;
        }
    }
    return 1;
}

const linear_kernel *linear_kernel_for(int features, const linear_call *call) {
    for (int i = 0; i < LENGTH(linear_kernels); i++) {
        const linear_kernel *kernel = linear_kernels[i];
        if (RUNS(kernel, features) && takes_all(kernel, call)) {
            return kernel;
        }
    }
    return 0;
}

const row_kernel *row_kernel_for(int features) {
    for (int i = 0; i < LENGTH(row_kernels); i++) {
        if (RUNS(row_kernels[i], features)) {
            return row_kernels[i];
        }
    }
    return 0;
}

const attention_kernel *attention_kernel_for(int features, const quire_heads *heads) {
    for (int i = 0; i < LENGTH(attention_kernels); i++) {
        const attention_kernel *kernel = attention_kernels[i];
        if (RUNS(kernel, features) && kernel->takes(heads)) {
            return kernel;
        }
    }
    return 0;
}

int features_of_kernels(void) {
    int features = 0;
    for (int i = 0; i < LENGTH(linear_kernels); i++) {
        features |= linear_kernels[i] ? linear_kernels[i]->needs : 0;
    }
    for (int i = 0; i < LENGTH(row_kernels); i++) {
        features |= row_kernels[i] ? row_kernels[i]->needs : 0;
    }
    for (int i = 0; i < LENGTH(attention_kernels); i++) {
        features |= attention_kernels[i] ? attention_kernels[i]->needs : 0;
    }
    return features;
}
