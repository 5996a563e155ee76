/* A context: threads, features and the scratch memory that its operations share. */
#ifndef QUIRE_CONTEXT_H
#define QUIRE_CONTEXT_H

#include "kernels.h"
#include "pool.h"

typedef struct {
    char *data;
    int64_t bytes;
} region;

struct quire_cpu {
    int features; /* of the processor, that may be used */
    const row_kernel *rows;
    pool *workers;
    const int32_t *stop;
    int threads;
    region scratch;  /* per worker, cut by each operation */
    region partials; /* results that a second pass combines */
    region packed;   /* activations as AMX tiles */
    region plan;     /* small integers of an operation's plan */
};

/* Makes a region at least so large; what it held is lost. Grows geometrically, so that a run of
 * ever larger steps stops growing it. False when there is no memory. */
int region_reserve(region *r, int64_t bytes);
void region_free(region *r);

/* What an operation answers whose jobs were all done, or were not. */
static inline int answer(int all_done) {
    return all_done ? QUIRE_OK : QUIRE_STOPPED;
}

/* Elements below which a second thread costs more than it saves. */
#define SERIAL_ELEMENTS 16384

/* Rows of a chunk of a row-wise operation. */
static inline int rows_per_chunk(int width, int rows) {
    return (int64_t)width * rows < SERIAL_ELEMENTS ? rows : max_int(1, SERIAL_ELEMENTS / 2 / width);
}

#endif
