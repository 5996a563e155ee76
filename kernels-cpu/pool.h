/*
 * Worker threads of one context. The caller of pool_run takes part as worker 0; chunks are handed
 * out one by one, so a worker that the system runs late costs nothing: a job ends without it.
 */
#ifndef QUIRE_POOL_H
#define QUIRE_POOL_H

#include "stop.h"

typedef struct pool pool;

/* Does one chunk; worker is below pool_threads and nobody else's at that time. */
typedef void (*pool_task)(void *arguments, int chunk, int worker);

/* Null when threads or memory ran out; stop outlives the pool. */
pool *pool_create(int threads, const int32_t *stop);
void pool_destroy(pool *p);
int pool_threads(const pool *p);

/*
 * Returns when every chunk is done, or, with false, when none is under way and the stop flag kept
 * some from beginning or to their ends; what the chunks wrote is then visible to the caller.
 */
int pool_run(pool *p, pool_task task, void *arguments, int chunks);

#endif
