/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens of texts: their ids and pieces, and a vector for each of them (late
 * interaction). */
#include "facade/umk-model-private.h"
#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"

#include <umekomi/umk-error.h>

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdatomic.h>
#include <string.h>

typedef struct {
    const UmkTower *tower;
    UmkItems *items;
    GArray **values; /* float, one array an item */
    GError **errors; /* one an item */
    gpointer *sessions;
    UmkRun *run;
    atomic_size_t done;
} Job;

static void
embed_items(gsize begin, gsize end, guint worker, gpointer data)
{
    Job *job = data;
    const UmkEmbedderOps *ops = job->tower->ops;
    gpointer *session = &job->sessions[worker];

    for (gsize i = begin; i < end; i++) {
        job->values[i] = g_array_new(FALSE, FALSE, sizeof(float));
        if (!umk_run_check(job->run, &job->errors[i]))
            return;
        if (*session == NULL)
            *session = ops->session_new(job->tower->model, &job->errors[i]);
        if (*session != NULL)
            ops->session_embed_tokens(*session, umk_items_get(job->items, i),
                                      job->values[i], job->run, &job->errors[i]);
    }
    umk_run_report(job->run, _("Embedding"),
                   (double) (atomic_fetch_add(&job->done, end - begin) + end - begin) /
                       (double) umk_items_get_n_items(job->items));
}

/* Length 1 for each row; a row of zeros stays. */
static void
normalize_rows(float *rows, gsize n, gsize n_dims)
{
    for (gsize i = 0; i < n; i++) {
        double sum = 0;

        for (gsize j = 0; j < n_dims; j++)
            sum += (double) rows[i * n_dims + j] * (double) rows[i * n_dims + j];
        for (gsize j = 0; sum > 0 && j < n_dims; j++)
            rows[i * n_dims + j] = (float) ((double) rows[i * n_dims + j] / sqrt(sum));
    }
}

static UmkMatrix *
join(Job *job, gsize n_dims, gboolean normalize, guint64 *offsets, GError **error)
{
    gsize n = umk_items_get_n_items(job->items), total = 0;
    g_autoptr(GBytes) bytes = NULL;
    float *out;

    for (gsize i = 0; i < n; i++) {
        offsets[i] = total;
        total += job->values[i]->len / n_dims;
    }
    offsets[n] = total;
    out =
        _umk_alloc_aligned(total * n_dims, sizeof *out, _("A matrix of vectors"), error);
    if (out == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(out, total * n_dims * sizeof *out);
    for (gsize i = 0; i < n; i++)
        if (job->values[i]->len > 0)
            memcpy(out + offsets[i] * n_dims, job->values[i]->data,
                   job->values[i]->len * sizeof *out);
    if (normalize)
        normalize_rows(out, total, n_dims);
    return umk_matrix_new_from_bytes(total, n_dims, bytes, error);
}

static void
add_counts(const UmkEmbedderOps *ops, gpointer session, UmkEmbedCounts *counts)
{
    UmkEmbedCounts own = {0};

    if (ops->session_get_counts == NULL)
        return;
    ops->session_get_counts(session, &own);
    counts->n_texts += own.n_texts;
    counts->n_truncated += own.n_truncated;
    counts->n_tokens += own.n_tokens;
    counts->longest = MAX(counts->longest, own.longest);
}

static UmkMatrix *
embed_tokens(Job *job,
             gboolean normalize,
             guint64 *offsets,
             UmkEmbedCounts *counts,
             GError **error)
{
    gsize n = umk_items_get_n_items(job->items);
    guint n_workers = _umk_pool_n_threads();
    g_autofree gpointer *sessions = g_new0(gpointer, n_workers);
    const UmkEmbedderOps *ops = job->tower->ops;
    UmkMatrix *matrix = NULL;
    gsize bad = 0;

    job->sessions = sessions;
    job->values = g_new0(GArray *, n + 1);
    job->errors = g_new0(GError *, n + 1);
    _umk_parallel_for(n, 1, embed_items, job);
    for (guint i = 0; i < n_workers; i++) {
        if (sessions[i] != NULL && counts != NULL)
            add_counts(ops, sessions[i], counts);
        if (sessions[i] != NULL)
            ops->session_free(sessions[i]);
    }
    while (bad < n && job->errors[bad] == NULL)
        bad++;
    if (bad == n)
        matrix = join(job, ops->model_n_token_dims(job->tower->model), normalize, offsets,
                      error);
    else if (g_error_matches(job->errors[bad], G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_propagate_error(error, g_steal_pointer(&job->errors[bad]));
    else
        g_set_error(error, UMK_ERROR, UMK_ERROR_INVALID_DATA, _("Item %zu: %s"), bad + 1,
                    job->errors[bad]->message);
    for (gsize i = 0; i < n; i++) {
        g_clear_pointer(&job->values[i], g_array_unref);
        g_clear_error(&job->errors[i]);
    }
    g_free(job->values);
    g_free(job->errors);
    return matrix;
}

/**
 * umk_model_embed_tokens:
 * @self: a model with a text tower
 * @items: texts
 * @normalize: whether to scale each token's vector to length 1
 * @offsets: (out) (array length=n_offsets) (transfer full): item i has the rows from
 *   offsets[i] up to offsets[i + 1]
 * @n_offsets: (out): number of items + 1
 * @counts: (out caller-allocates) (optional): what it came to
 * @cancellable: (nullable): to stop it
 * @progress: (nullable) (scope call): told how far it is
 * @progress_data: for @progress
 * @error: return location for an error
 *
 * The last hidden states of all tokens, special ones and prompt included, before any
 * pooling: what late interaction (ColBERT) compares. The bits of a row depend on its item
 * alone.
 *
 * Returns: (transfer full): (n_tokens, n_dims); an error at the first item that cannot be
 *   embedded, or if the model has no vectors of single tokens
 */
UmkMatrix *
umk_model_embed_tokens(UmkModel *self,
                       UmkItems *items,
                       gboolean normalize,
                       guint64 **offsets,
                       gsize *n_offsets,
                       UmkEmbedCounts *counts,
                       GCancellable *cancellable,
                       UmkProgressFunc progress,
                       gpointer progress_data,
                       GError **error)
{
    g_auto(UmkRun) run = {0};
    g_autofree guint64 *ends = NULL;
    UmkEmbedCounts own = {0};
    Job job = {.items = items, .run = &run};
    UmkMatrix *matrix;

    g_return_val_if_fail(self != NULL && items != NULL, NULL);
    g_return_val_if_fail(offsets != NULL && n_offsets != NULL, NULL);
    _umk_run_init(&run, cancellable, progress, progress_data);
    job.tower = _umk_model_get_tower(self, UMK_MODALITY_TEXT, &run, error);
    if (job.tower == NULL)
        return NULL;
    if (job.tower->ops->session_embed_tokens == NULL ||
        job.tower->ops->model_n_token_dims == NULL ||
        job.tower->ops->model_n_token_dims(job.tower->model) == 0) {
        g_set_error(error, UMK_ERROR, UMK_ERROR_NOT_SUPPORTED,
                    _("The embedder “%s” gives no vectors of single tokens"),
                    job.tower->ops->id);
        return NULL;
    }
    ends = g_new0(guint64, umk_items_get_n_items(items) + 1);
    matrix = embed_tokens(&job, normalize, ends, &own, error);
    if (matrix == NULL)
        return NULL;
    *offsets = g_steal_pointer(&ends);
    *n_offsets = umk_items_get_n_items(items) + 1;
    if (counts != NULL)
        *counts = own;
    return matrix;
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
