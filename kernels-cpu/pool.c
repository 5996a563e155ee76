#define _GNU_SOURCE
#include "pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/*
 * state = generation << 32 | OPEN | workers inside. A worker joins a job by raising the count while
 * the job is open; the caller closes it when the chunks have run out and waits for those inside.
 */
#define OPEN 0x80000000u
#define INSIDE 0x7fffffffu

/* Long enough to bridge the gap between two operations of a step, too short to be seen in top. */
#define SPIN_NANOS 40000
#define PAUSES_PER_CLOCK_READ 16

struct pool {
    /* Written by the caller while no worker is inside. */
    pool_task task;
    void *arguments;
    int chunks;
    int threads;
    int started;
    const int32_t *stop;
    /* Each on its own cache line: workers poll the first and hammer the second. */
    _Alignas(64) _Atomic uint64_t state;
    _Alignas(64) _Atomic int next;
    _Alignas(64) _Atomic int sleepers;
    _Atomic int caller_sleeps;
    _Atomic int stopping;
    pthread_mutex_t mutex;
    pthread_cond_t work;
    pthread_cond_t done;
    pthread_t ids[];
};

typedef struct {
    pool *p;
    int worker;
} worker_start;

static int64_t nanos(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static void do_chunks(pool *p, int worker) {
    int chunk;
    while (!is_stopped(p->stop)
           && (chunk = atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed)) < p->chunks) {
        p->task(p->arguments, chunk, worker);
    }
}

static int is_new_job(uint64_t state, uint32_t seen) {
    return (state & OPEN) != 0 && (uint32_t)(state >> 32) != seen;
}

static int wanted(pool *p, uint32_t seen) {
    return is_new_job(atomic_load(&p->state), seen) || atomic_load(&p->stopping);
}

/* Spins for SPIN_NANOS, then sleeps until there is a job newer than seen or the pool stops. */
static void await_job(pool *p, uint32_t seen) {
    int64_t limit = nanos() + SPIN_NANOS;
    do {
        for (int i = 0; i < PAUSES_PER_CLOCK_READ; i++) {
            if (wanted(p, seen)) {
                return;
            }
            relax();
        }
    } while (nanos() < limit);
    pthread_mutex_lock(&p->mutex);
    atomic_fetch_add(&p->sleepers, 1);
    /* sleepers is raised before state is read, the caller writes state before it reads sleepers:
     * one of the two sees the other. */
    while (!wanted(p, seen)) {
        pthread_cond_wait(&p->work, &p->mutex);
    }
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_mutex_unlock(&p->mutex);
}

static void leave(pool *p) {
    uint64_t after = atomic_fetch_sub(&p->state, 1) - 1;
    if ((after & (OPEN | INSIDE)) == 0 && atomic_load(&p->caller_sleeps)) {
        pthread_mutex_lock(&p->mutex);
        pthread_cond_signal(&p->done);
        pthread_mutex_unlock(&p->mutex);
    }
}

static void *work(void *argument) {
    worker_start start = *(worker_start *)argument;
    free(argument);
    pool *p = start.p;
    uint32_t seen = 0;
    while (!atomic_load(&p->stopping)) {
        uint64_t state = atomic_load(&p->state);
        if (!is_new_job(state, seen)) {
            await_job(p, seen);
        } else if (atomic_compare_exchange_strong(&p->state, &state, state + 1)) {
            seen = (uint32_t)(state >> 32);
            do_chunks(p, start.worker);
            leave(p);
        }
    }
    return 0;
}

static void await_workers(pool *p) {
    int64_t limit = nanos() + SPIN_NANOS;
    do {
        for (int i = 0; i < PAUSES_PER_CLOCK_READ; i++) {
            if ((atomic_load(&p->state) & INSIDE) == 0) {
                return;
            }
            relax();
        }
    } while (nanos() < limit);
    pthread_mutex_lock(&p->mutex);
    atomic_store(&p->caller_sleeps, 1);
    while ((atomic_load(&p->state) & INSIDE) != 0) {
        pthread_cond_wait(&p->done, &p->mutex);
    }
    atomic_store(&p->caller_sleeps, 0);
    pthread_mutex_unlock(&p->mutex);
}

int pool_run(pool *p, pool_task task, void *arguments, int chunks) {
    if (chunks <= 1 || p->threads == 1) {
        for (int chunk = 0; chunk < chunks && !is_stopped(p->stop); chunk++) {
            task(arguments, chunk, 0);
        }
        return !is_stopped(p->stop);
    }
    p->task = task;
    p->arguments = arguments;
    p->chunks = chunks;
    atomic_store_explicit(&p->next, 0, memory_order_relaxed);
    /* Generation 0 is the workers' "nothing seen yet", so the count skips it when it wraps. */
    uint64_t generation = (uint32_t)((atomic_load(&p->state) >> 32) + 1);
    generation += generation == 0;
    atomic_store(&p->state, generation << 32 | OPEN);
    if (atomic_load(&p->sleepers) > 0) {
        pthread_mutex_lock(&p->mutex);
        pthread_cond_broadcast(&p->work);
        pthread_mutex_unlock(&p->mutex);
    }
    do_chunks(p, 0);
    uint64_t closed = atomic_fetch_and(&p->state, ~(uint64_t)OPEN);
    if ((closed & INSIDE) != 0) {
        await_workers(p);
    }
    return !is_stopped(p->stop);
}

int pool_threads(const pool *p) {
    return p->threads;
}

static int start_worker(pool *p, int worker) {
    worker_start *start = malloc(sizeof *start);
    if (start == 0) {
        return 0;
    }
    *start = (worker_start){p, worker};
    if (pthread_create(&p->ids[worker - 1], 0, work, start) != 0) {
        free(start);
        return 0;
    }
#ifdef __linux__
    pthread_setname_np(p->ids[worker - 1], "quire-worker");
#endif
    return 1;
}

pool *pool_create(int threads, const int32_t *stop) {
    size_t bytes = sizeof(pool) + (size_t)threads * sizeof(pthread_t);
    pool *p = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (p == 0) {
        return 0;
    }
    p->threads = threads;
    p->started = 0;
    p->stop = stop;
    atomic_init(&p->state, 0);
    atomic_init(&p->next, 0);
    atomic_init(&p->sleepers, 0);
    atomic_init(&p->caller_sleeps, 0);
    atomic_init(&p->stopping, 0);
    pthread_mutex_init(&p->mutex, 0);
    pthread_cond_init(&p->work, 0);
    pthread_cond_init(&p->done, 0);
    for (int worker = 1; worker < threads; worker++, p->started++) {
        if (!start_worker(p, worker)) {
            pool_destroy(p);
            return 0;
        }
    }
    return p;
}

void pool_destroy(pool *p) {
    pthread_mutex_lock(&p->mutex);
    atomic_store(&p->stopping, 1);
    pthread_cond_broadcast(&p->work);
    pthread_mutex_unlock(&p->mutex);
    for (int i = 0; i < p->started; i++) {
        pthread_join(p->ids[i], 0);
    }
    pthread_cond_destroy(&p->done);
    pthread_cond_destroy(&p->work);
    pthread_mutex_destroy(&p->mutex);
    free(p);
}
