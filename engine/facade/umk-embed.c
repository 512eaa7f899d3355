/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Items to vectors: sorts items by modality, cuts them in fixed chunks, gives each worker
 * a session of its own, and finds out which item of a failed chunk was the bad one.
 * Because every embedder gives an item the same vector in any chunk, threads do not
 * matter. */
#include "facade/umk-model-private.h"
#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#define DEFAULT_CHUNK 8

typedef struct {
    const UmkTower *tower;
    UmkItem *const *items;  /* of one modality */
    const gsize *positions; /* of those items in the caller's list */
    float *out;             /* (n of the whole list, n_dims) */
    char **messages;        /* of the whole list */
    gpointer *sessions;     /* one a worker, made when first needed */
    UmkRun *run;
    atomic_size_t done;
    gsize total;
    atomic_bool cancelled;
} Job;

static gboolean
all_finite(const float *row, gsize n)
{
    for (gsize i = 0; i < n; i++)
        if (!isfinite(row[i]))
            return FALSE;
    return TRUE;
}

/* One call of the embedder; the rows are scattered to where the caller wants them. */
static gboolean
embed_run(Job *job, gpointer session, gsize begin, gsize end, float *rows, GError **error)
{
    gsize n_dims = job->tower->n_dims;

    memset(rows, 0, (end - begin) * n_dims * sizeof *rows);
    if (!job->tower->ops->session_embed(session, job->items + begin, end - begin, rows,
                                        n_dims, job->run, error))
        return FALSE;
    for (gsize i = begin; i < end; i++) {
        const float *row = rows + (i - begin) * n_dims;

        if (!all_finite(row, n_dims)) {
            g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA,
                        _("The model gave a vector that is not finite"));
            return FALSE;
        }
        memcpy(job->out + job->positions[i] * n_dims, row, n_dims * sizeof *row);
    }
    return TRUE;
}

static void
embed_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    Job *job = data;
    gsize n_dims = job->tower->n_dims;
    g_autofree float *rows = g_new(float, (end - begin) * n_dims);
    g_autoptr(GError) error = NULL;

    if (atomic_load(&job->cancelled) || !umk_run_check(job->run, NULL)) {
        atomic_store(&job->cancelled, TRUE);
        return;
    }
    if (job->sessions[worker] == NULL)
        job->sessions[worker] = job->tower->ops->session_new(job->tower->model, &error);
    if (job->sessions[worker] == NULL ||
        !embed_run(job, job->sessions[worker], begin, end, rows, &error)) {
        for (gsize i = begin; i < end; i++) {
            g_autoptr(GError) single = NULL;

            if (end - begin == 1 || job->sessions[worker] == NULL)
                single = g_error_copy(error);
            else
                embed_run(job, job->sessions[worker], i, i + 1, rows, &single);
            if (single != NULL)
                job->messages[job->positions[i]] = g_strdup(single->message);
        }
    }
    atomic_fetch_add(&job->done, end - begin);
    umk_run_report(job->run, _("Embedding"),
                   (double) atomic_load(&job->done) / (double) job->total);
}

static gboolean
embed_modality(UmkModel *self,
               UmkItems *items,
               UmkModality modality,
               float *out,
               char **messages,
               UmkRun *run,
               gsize done,
               GError **error)
{
    gsize n_items = umk_items_get_n_items(items);
    g_autofree UmkItem **mine = g_new(UmkItem *, n_items);
    g_autofree gsize *positions = g_new(gsize, n_items);
    guint n_workers = _umk_pool_n_threads();
    g_autofree gpointer *sessions = g_new0(gpointer, n_workers);
    Job job = {.items = mine,
               .positions = positions,
               .out = out,
               .messages = messages,
               .sessions = sessions,
               .run = run,
               .total = n_items};
    gsize n = 0, chunk;

    for (gsize i = 0; i < n_items; i++) {
        if (umk_item_get_modality(umk_items_get(items, i)) == modality) {
            mine[n] = umk_items_get(items, i);
            positions[n++] = i;
        }
    }
    if (n == 0)
        return TRUE;
    job.tower = _umk_model_get_tower(self, modality, run, error);
    if (job.tower == NULL)
        return FALSE;
    atomic_store(&job.done, done);
    chunk = job.tower->ops->batch_hint ? job.tower->ops->batch_hint : DEFAULT_CHUNK;
    _umk_parallel_for(n, chunk, embed_chunk, &job);
    for (guint i = 0; i < n_workers; i++)
        if (sessions[i] != NULL)
            job.tower->ops->session_free(sessions[i]);
    if (atomic_load(&job.cancelled)) {
        umk_run_check(run, error);
        if (error != NULL && *error == NULL)
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _("Cancelled"));
        return FALSE;
    }
    return TRUE;
}

static UmkMatrix *
embed(UmkModel *self, UmkItems *items, char **messages, UmkRun *run, GError **error)
{
    gsize n_items = umk_items_get_n_items(items), n_dims, count, done = 0;
    g_autoptr(GBytes) bytes = NULL;
    gsize counts[UMK_N_MODALITIES] = {0};
    const UmkTower *tower = NULL;
    float *out;

    for (gsize i = 0; i < n_items; i++)
        counts[umk_item_get_modality(umk_items_get(items, i))]++;
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        if (counts[m] > 0) {
            tower = _umk_model_get_tower(self, (UmkModality) m, run, error);
            if (tower == NULL)
                return NULL;
        }
    }
    n_dims = tower ? tower->n_dims : umk_model_get_n_dims(self);
    if (!_umk_size_mul(n_items, n_dims, &count))
        count = G_MAXSIZE;
    out = _umk_alloc_aligned(count, sizeof *out, _("A matrix of vectors"), error);
    if (out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(out, count * sizeof *out);
    for (guint m = 0; m < UMK_N_MODALITIES; m++) {
        if (!embed_modality(self, items, (UmkModality) m, out, messages, run, done,
                            error))
            return NULL;
        done += counts[m];
    }
    umk_run_report(run, _("Embedding"), 1.0);
    return umk_matrix_new_from_bytes(n_items, n_dims, bytes, error);
}

/**
 * umk_model_embed:
 * @self: a model
 * @items: what to embed; modalities may be mixed
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * A vector depends on its item alone: batch, order and number of threads change no bit.
 *
 * Returns: (transfer full): (n_items, n_dims), in the order of @items; an error at the
 * first item that cannot be embedded
 */
UmkMatrix *
umk_model_embed(UmkModel *self,
                UmkItems *items,
                GCancellable *cancellable,
                UmkProgressFunc progress,
                gpointer progress_data,
                GError **error)
{
    g_autoptr(GPtrArray) failures = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(UmkMatrix) matrix = NULL;

    g_return_val_if_fail(self != NULL && items != NULL, NULL);
    matrix = umk_model_embed_each(self, items, failures, cancellable, progress,
                                  progress_data, error);
    for (guint i = 0; matrix != NULL && i < failures->len; i++) {
        if (failures->pdata[i] != NULL) {
            const char *path = umk_item_get_path(umk_items_get(items, i));
            const char *why = failures->pdata[i];

            if (path != NULL)
                g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, "%s%s%s",
                            strstr(why, path) ? "" : path, strstr(why, path) ? "" : ": ",
                            why);
            else
                g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("Item %u: %s"),
                            i + 1, why);
            return NULL;
        }
    }
    return g_steal_pointer(&matrix);
}

/**
 * umk_model_embed_each:
 * @self: a model
 * @items: what to embed; modalities may be mixed
 * @failures: (element-type utf8): an empty array with g_free() as its free function; gets
 * one entry an item, %NULL where all went well
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error that concerns the whole
 *
 * Goes on past items that cannot be embedded: their rows are zero and @failures says why.
 *
 * Returns: (transfer full): (n_items, n_dims), in the order of @items
 */
UmkMatrix *
umk_model_embed_each(UmkModel *self,
                     UmkItems *items,
                     GPtrArray *failures,
                     GCancellable *cancellable,
                     UmkProgressFunc progress,
                     gpointer progress_data,
                     GError **error)
{
    g_auto(UmkRun) run = {0};

    g_return_val_if_fail(self != NULL && items != NULL && failures != NULL, NULL);
    g_return_val_if_fail(failures->len == 0, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    g_ptr_array_set_size(failures, (int) umk_items_get_n_items(items));
    return embed(self, items, (char **) failures->pdata, &run, error);
}

/**
 * umk_model_tokenize:
 * @self: a model with a text tower
 * @text: UTF-8
 * @ids: (out) (array length=n_ids) (transfer full): token ids, with the special ones
 * @n_ids: (out): how many
 * @pieces: (out) (optional) (array zero-terminated=1) (transfer full): the pieces they
 * stand for
 * @error: return location for an error
 *
 * Returns: %FALSE if the model has no text tower, or one without a tokenizer
 */
gboolean
umk_model_tokenize(UmkModel *self,
                   const char *text,
                   guint32 **ids,
                   gsize *n_ids,
                   char ***pieces,
                   GError **error)
{
    g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(guint32));
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const UmkTower *tower;

    g_return_val_if_fail(self != NULL && text != NULL && ids != NULL && n_ids != NULL,
                         FALSE);
    tower = _umk_model_get_tower(self, UMK_MODALITY_TEXT, NULL, error);
    if (tower == NULL)
        return FALSE;
    if (tower->ops->tokenize == NULL) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The embedder “%s” has no tokenizer"), tower->ops->id);
        return FALSE;
    }
    if (!tower->ops->tokenize(tower->model, text, found, pieces ? names : NULL, error))
        return FALSE;
    *n_ids = found->len;
    *ids = (guint32 *) (void *) g_array_free(g_steal_pointer(&found), FALSE);
    if (pieces != NULL) {
        g_ptr_array_add(names, NULL);
        *pieces = (char **) g_ptr_array_free(g_steal_pointer(&names), FALSE);
    }
    return TRUE;
}
