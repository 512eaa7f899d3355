/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A pool of pthreads that serves one parallel loop at a time. The caller works too, as
 * worker 0; a loop inside a loop, or a second caller at the same time, runs in its own
 * thread, but a loop of a single chunk leaves the pool to the loops inside it: one text
 * alone spreads its products over the threads. Threads that have just worked look for the
 * next loop for some 50 microseconds before they sleep, because the products of a network
 * follow each other at once; never longer, for the cores may be other people's. pthread
 * and C11 atomics rather than GLib's pool: ThreadSanitizer understands them.
 */
#include "core/umk-pool-private.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_THREADS 256
#define N_LOOKS     4000 /* some 50 microseconds */

extern void openblas_set_num_threads(int n) __attribute__((weak));

typedef struct {
    gsize n, chunk;
    UmkPoolFunc func;
    gpointer data;
    atomic_size_t next; /* first index nobody has taken */
} Loop;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake; /* workers wait for a new loop       */
    pthread_cond_t done; /* the caller waits for the last one */
    Loop *loop;
    atomic_ullong generation;
    guint n_started;    /* threads that exist, without callers */
    guint n_active;     /* workers let into this loop          */
    atomic_uint n_busy; /* workers still inside it             */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .wake = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

static pthread_mutex_t loop_lock =
    PTHREAD_MUTEX_INITIALIZER; /* held by the caller in a loop */
static atomic_uint wanted_threads;
static _Thread_local gboolean inside_loop;

static guint
cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return (guint) CLAMP(n, 1, MAX_THREADS);
}

guint
_umk_pool_n_threads(void)
{
    guint n = atomic_load(&wanted_threads);

    if (n == 0) {
        const char *text = g_getenv("UMEKOMI_THREADS");
        gint64 asked = text ? g_ascii_strtoll(text, NULL, 10) : 0;

        n = asked > 0 ? (guint) MIN(asked, MAX_THREADS) : cores();
        atomic_store(&wanted_threads, n);
        if (openblas_set_num_threads)
            openblas_set_num_threads(1);
    }
    return n;
}

/**
 * umk_set_n_threads:
 * @n_threads: how many threads the engine may use; 0 means one a core
 *
 * Results do not depend on it. Not to be called while other threads are in the engine.
 */
void
umk_set_n_threads(guint n_threads)
{
    atomic_store(&wanted_threads, n_threads ? MIN(n_threads, MAX_THREADS) : cores());
    if (openblas_set_num_threads)
        openblas_set_num_threads(1);
}

/**
 * umk_get_n_threads:
 *
 * Returns: how many threads the engine uses
 */
guint
umk_get_n_threads(void)
{
    return _umk_pool_n_threads();
}

static void
work(Loop *loop, guint worker)
{
    inside_loop = TRUE;
    for (;;) {
        gsize begin = atomic_fetch_add(&loop->next, loop->chunk);

        if (begin >= loop->n)
            break;
        loop->func(begin, MIN(begin + loop->chunk, loop->n), worker, loop->data);
    }
    inside_loop = FALSE;
}

static void
pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void *
worker_main(void *data)
{
    guint worker = GPOINTER_TO_UINT(data);
    unsigned long long seen = 0;

    pthread_mutex_lock(&pool.lock);
    for (;;) {
        Loop *loop;

        while (pool.loop == NULL || atomic_load(&pool.generation) == seen ||
               worker > pool.n_active)
            pthread_cond_wait(&pool.wake, &pool.lock);
        seen = atomic_load(&pool.generation);
        loop = pool.loop;
        atomic_fetch_add(&pool.n_busy, 1);
        pthread_mutex_unlock(&pool.lock);
        work(loop, worker);
        pthread_mutex_lock(&pool.lock);
        if (atomic_fetch_sub(&pool.n_busy, 1) == 1)
            pthread_cond_signal(&pool.done);
        pthread_mutex_unlock(&pool.lock);
        for (guint i = 0; i < N_LOOKS && atomic_load(&pool.generation) == seen; i++)
            pause_briefly();
        pthread_mutex_lock(&pool.lock);
    }
    return NULL;
}

/* Called with pool.lock held. Threads that cannot be had are simply not there. */
static void
start_workers(guint n_helpers)
{
    while (pool.n_started < n_helpers) {
        pthread_t thread;

        if (pthread_create(&thread, NULL, worker_main,
                           GUINT_TO_POINTER(pool.n_started + 1)) != 0)
            break;
        pthread_detach(thread);
        pool.n_started++;
    }
}

/* Calls func for each chunk of [0, n). Returns when all are done. */
void
_umk_parallel_for(gsize n, gsize chunk, UmkPoolFunc func, gpointer data)
{
    Loop loop = {.n = n, .chunk = MAX(chunk, 1), .func = func, .data = data};
    guint n_threads = _umk_pool_n_threads();
    gboolean nested = inside_loop;

    if (n == 0)
        return;
    if (n <= loop.chunk) {
        func(0, n, 0, data);
        return;
    }
    if (nested || n_threads == 1 || pthread_mutex_trylock(&loop_lock) != 0) {
        work(&loop, 0);
        inside_loop = nested;
        return;
    }
    pthread_mutex_lock(&pool.lock);
    start_workers(n_threads - 1);
    pool.loop = &loop;
    pool.n_active = n_threads - 1;
    atomic_fetch_add(&pool.generation, 1);
    pthread_cond_broadcast(&pool.wake);
    pthread_mutex_unlock(&pool.lock);

    work(&loop, 0);

    pthread_mutex_lock(&pool.lock);
    pool.loop = NULL; /* a worker that wakes late finds nothing */
    pthread_mutex_unlock(&pool.lock);
    for (guint i = 0; i < N_LOOKS && atomic_load(&pool.n_busy) > 0; i++)
        pause_briefly();
    pthread_mutex_lock(&pool.lock);
    while (atomic_load(&pool.n_busy) > 0)
        pthread_cond_wait(&pool.done, &pool.lock);
    pthread_mutex_unlock(&pool.lock);
    pthread_mutex_unlock(&loop_lock);
}

guint
_umk_pool_n_idle(void)
{
    return inside_loop ? 1 : _umk_pool_n_threads();
}
