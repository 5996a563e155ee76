/*
 * The stop flag: an int of the caller's that any thread may set. While it is not zero no chunk
 * begins, and long chunks, which look at it themselves, end where they are.
 */
#ifndef QUIRE_STOP_H
#define QUIRE_STOP_H

#include <stdint.h>

static inline int is_stopped(const int32_t *stop) {
    return __atomic_load_n(stop, __ATOMIC_ACQUIRE) != 0;
}

#endif
