/*
 * Worker threads of one context. The caller of pool_run takes part as worker 0; chunks are handed
 * out one by one, so a worker that the system runs late costs nothing: a job ends without it.
 */
#ifndef QUIRE_POOL_H
#define QUIRE_POOL_H

typedef struct pool pool;

/* Does one chunk; worker is below pool_threads and nobody else's at that time. */
typedef void (*pool_task)(void *arguments, int chunk, int worker);

/* Null when threads or memory ran out. */
pool *pool_create(int threads);
void pool_destroy(pool *p);
int pool_threads(const pool *p);

/* Returns when every chunk is done; what the chunks wrote is then visible to the caller. */
void pool_run(pool *p, pool_task task, void *arguments, int chunks);

#endif
