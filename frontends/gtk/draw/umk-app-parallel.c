/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Starting a thread takes some tens of microseconds, little beside a picture. */
#include "umk-app-parallel.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct {
    UmkAppPieceFunc func;
    gpointer data;
    guint n_pieces;
    atomic_uint next_piece, next_worker;
} Work;

static void *
take_pieces(void *data)
{
    Work *work = data;
    guint piece, worker = atomic_fetch_add(&work->next_worker, 1);

    while ((piece = atomic_fetch_add_explicit(&work->next_piece, 1,
                                              memory_order_relaxed)) < work->n_pieces)
        work->func(work->data, piece, worker);
    return NULL;
}

void
umk_app_parallel(guint n_pieces, guint n_threads, UmkAppPieceFunc func, gpointer data)
{
    Work work = {func, data, n_pieces, 0, 0};
    pthread_t threads[UMK_APP_MAX_THREADS];
    guint n_started = 0;

    for (guint t = 1; t < MIN(MIN(n_threads, n_pieces), UMK_APP_MAX_THREADS); t++)
        if (pthread_create(&threads[n_started], NULL, take_pieces, &work) == 0)
            n_started++;
    take_pieces(&work);
    for (guint t = 0; t < n_started; t++)
        pthread_join(threads[t], NULL);
}
