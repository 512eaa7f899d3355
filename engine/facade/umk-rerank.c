/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of texts for a query: the items in fixed chunks, a session for each worker. A
 * pair's score depends on nothing but the pair. */
#include "facade/umk-model-private.h"
#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdatomic.h>

#define DEFAULT_CHUNK 8

typedef struct {
    const UmkTower *tower;
    const char *query;
    UmkItem **items;
    float *scores;
    gpointer *sessions; /* one a worker, made when first needed */
    UmkRun *run;
    atomic_size_t done;
    gsize n;
    GMutex lock; /* guards the two below */
    GError *error;
    gsize error_at; /* of several the first item's counts */
} Job;

static void
take_error(Job *job, gsize at, GError *error)
{
    g_mutex_lock(&job->lock);
    if (job->error == NULL || at < job->error_at) {
        g_clear_error(&job->error);
        job->error = g_error_copy(error);
        job->error_at = at;
    }
    g_mutex_unlock(&job->lock);
}

static gboolean
rank_run(Job *job, guint worker, gsize begin, gsize end, GError **error)
{
    const UmkEmbedderOps *ops = job->tower->ops;

    if (!umk_run_check(job->run, error))
        return FALSE;
    if (job->sessions[worker] == NULL)
        job->sessions[worker] = ops->session_new(job->tower->model, error);
    if (job->sessions[worker] == NULL ||
        !ops->session_rank(job->sessions[worker], job->query, job->items + begin,
                           end - begin, job->scores + begin, job->run, error))
        return FALSE;
    for (gsize i = begin; i < end; i++) {
        if (isfinite(job->scores[i]))
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                    _("The model gave a score that is not finite"));
        return FALSE;
    }
    return TRUE;
}

/* Of a chunk that fails, each item alone: the first that fails alone is the bad one. */
static void
rank_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    Job *job = data;
    g_autoptr(GError) error = NULL;

    if (!rank_run(job, worker, begin, end, &error)) {
        gsize at = begin;

        for (; at + 1 < end; at++) {
            g_autoptr(GError) single = NULL;

            if (!rank_run(job, worker, at, at + 1, &single))
                break;
        }
        take_error(job, at, error);
        return;
    }
    atomic_fetch_add(&job->done, end - begin);
    umk_run_report(job->run, _("Ranking"),
                   (double) atomic_load(&job->done) / (double) job->n);
}

static gboolean
rank_all(Job *job, GError **error)
{
    guint n_workers = _umk_pool_n_threads();
    g_autofree gpointer *sessions = g_new0(gpointer, n_workers);
    gsize chunk =
        job->tower->ops->batch_hint ? job->tower->ops->batch_hint : DEFAULT_CHUNK;

    g_mutex_init(&job->lock);
    job->sessions = sessions;
    _umk_parallel_for(job->n, chunk, rank_chunk, job);
    for (guint i = 0; i < n_workers; i++)
        if (sessions[i] != NULL)
            job->tower->ops->session_free(sessions[i]);
    g_mutex_clear(&job->lock);
    if (job->error == NULL)
        return TRUE;
    if (job->error->domain == UMK_ERROR)
        g_prefix_error(&job->error, _("Item %zu: "), job->error_at + 1);
    g_propagate_error(error, job->error);
    return FALSE;
}

static gboolean
check_items(UmkItems *items, GError **error)
{
    for (gsize i = 0; i < umk_items_get_n_items(items); i++) {
        if (umk_item_get_modality(umk_items_get(items, i)) == UMK_MODALITY_TEXT)
            continue;
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("Item %zu is no text; only texts can be reranked"), i + 1);
        return FALSE;
    }
    return TRUE;
}

static const UmkTower *
get_tower(UmkModel *self, UmkRun *run, GError **error)
{
    const UmkTower *tower = _umk_model_get_tower(self, UMK_MODALITY_TEXT, run, error);

    if (tower == NULL || tower->ops->session_rank != NULL)
        return tower;
    g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                _("The model “%s” (%s) gives vectors, not scores; reranking needs a "
                  "cross-encoder"),
                umk_model_get_id(self), tower->ops->id);
    return NULL;
}

/**
 * umk_model_rerank:
 * @self: a cross-encoder
 * @query: UTF-8; what is looked for
 * @items: texts
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * Scores how well each text answers the query, reading both together. Larger is better;
 * the scale is the model's, 0 to 1 where it ends in a sigmoid. A pair that is longer than
 * the model takes loses the end of the longer text. A score depends on its pair alone:
 * batch, order and number of threads change no bit.
 *
 * A model that gives vectors is refused with %UMK_ERROR_NOT_SUPPORTED. The first item
 * that cannot be scored fails the whole call.
 *
 * Returns: (transfer full): (n_items, 1), in the order of @items
 */
UmkMatrix *
umk_model_rerank(UmkModel *self,
                 const char *query,
                 UmkItems *items,
                 GCancellable *cancellable,
                 UmkProgressFunc progress,
                 gpointer progress_data,
                 GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autofree UmkItem **list = NULL;
    g_autoptr(GBytes) bytes = NULL;
    Job job = {.query = query, .run = &run};

    g_return_val_if_fail(self != NULL && query != NULL && items != NULL, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    job.tower = get_tower(self, &run, error);
    if (job.tower == NULL || !check_items(items, error))
        return NULL;
    job.n = umk_items_get_n_items(items);
    job.items = list = g_new(UmkItem *, job.n);
    for (gsize i = 0; i < job.n; i++)
        list[i] = umk_items_get(items, i);
    job.scores = _umk_alloc_aligned(job.n, sizeof(float), _("The scores"), error);
    if (job.scores == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(job.scores, job.n * sizeof(float));
    if (!rank_all(&job, error))
        return NULL;
    return umk_matrix_new_from_bytes(job.n, 1, bytes, error);
}
