/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A thread inside LAPACK cannot be told to stop. Whoever is cancelled leaves it to
 * itself; if the process then ends, OpenBLAS gives back the memory the thread works on,
 * and the process would end by a crash. So at the end each such thread is made to stand
 * still. */
#include "linalg/umk-left-thread-private.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define STAND_STILL (SIGRTMAX - 3)
#define MAX_WAITS   200 /* milliseconds */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static GList *threads; /* of pthread_t, under the lock */
static atomic_uint n_still;

static void
stand_still(int number)
{
    atomic_fetch_add(&n_still, 1);
    for (;;)
        pause();
}

/* The lock is kept: a thread that ends now waits for it until there is no process. */
static void
stop_all(void)
{
    struct sigaction action = {.sa_handler = stand_still};
    struct timespec while_waiting = {.tv_nsec = 1000000};
    guint n = 0;

    pthread_mutex_lock(&lock);
    sigemptyset(&action.sa_mask);
    if (threads == NULL || sigaction(STAND_STILL, &action, NULL) != 0)
        return;
    for (GList *l = threads; l != NULL; l = l->next)
        n += pthread_kill(*(pthread_t *) l->data, STAND_STILL) == 0;
    for (guint i = 0; i < MAX_WAITS && atomic_load(&n_still) < n; i++)
        nanosleep(&while_waiting, NULL);
}

void
_umk_left_thread_add(pthread_t thread)
{
    static gboolean told; /* under the lock */

    pthread_mutex_lock(&lock);
    threads = g_list_prepend(threads, g_memdup2(&thread, sizeof thread));
    if (!told)
        told = atexit(stop_all) == 0;
    pthread_mutex_unlock(&lock);
}

void
_umk_left_thread_ended(void)
{
    pthread_mutex_lock(&lock);
    for (GList *l = threads; l != NULL; l = l->next)
        if (pthread_equal(*(pthread_t *) l->data, pthread_self())) {
            g_free(l->data);
            threads = g_list_delete_link(threads, l);
            break;
        }
    pthread_mutex_unlock(&lock);
}
