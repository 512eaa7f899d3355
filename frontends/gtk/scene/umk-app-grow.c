/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks the engine for the neighbours of a batch of rows at a time; items outside of the
 * shared space are asked for one by one, among their own. */
#include "umk-app-grow.h"

#include <glib/gi18n.h>

#include <string.h>

#define BATCH 256u /* questions asked together */

typedef struct {
    UmkAppSource *source;
    UmkAppRows *from;
    guint8 *found; /* a byte an item */
    gsize n_items, n_done, n_all;
    UmkAppJob *job;
    GCancellable *cancellable;
} Grow;

static void
grow_free(gpointer data)
{
    Grow *grow = data;

    g_object_unref(grow->source);
    umk_app_rows_unref(grow->from);
    g_free(grow->found);
    g_free(grow);
}

static void
note_hits(Grow *grow, UmkHits *hits, gsize n_asked)
{
    for (gsize q = 0; q < umk_hits_get_n_queries(hits); q++)
        for (guint rank = 0; rank < umk_hits_get_n_hits(hits, q); rank++) {
            gsize row = umk_hits_get(hits, q, rank, NULL);

            if (row < grow->n_items)
                grow->found[row] = 1;
        }
    grow->n_done += n_asked;
    umk_app_job_progress(_("Looking for neighbours"),
                         (double) grow->n_done / (double) grow->n_all, grow->job);
}

static gboolean
ask_batch(Grow *grow, GArray *vectors, gsize n_dims, GError **error)
{
    gsize n = vectors->len / n_dims;
    g_autoptr(UmkMatrix) queries = NULL;
    g_autoptr(UmkHits) hits = NULL;

    if (n == 0)
        return TRUE;
    queries = umk_matrix_new_from_data(n, n_dims,
                                       (const float *) (gpointer) vectors->data, error);
    if (queries == NULL)
        return FALSE;
    /* one more: an item is its own nearest */
    hits = umk_collection_search(umk_app_source_get_collection(grow->source), queries,
                                 UMK_APP_GROW_BY + 1, UMK_MODALITY_ALL, grow->cancellable,
                                 error);
    if (hits == NULL)
        return FALSE;
    note_hits(grow, hits, n);
    g_array_set_size(vectors, 0);
    return TRUE;
}

static gboolean
ask_one(Grow *grow, gsize row, GError **error)
{
    g_autoptr(UmkHits) hits = umk_collection_search_item(
        umk_app_source_get_collection(grow->source), row, UMK_APP_GROW_BY,
        UMK_MODALITY_ALL, grow->cancellable, error);

    if (hits == NULL)
        return FALSE;
    note_hits(grow, hits, 1);
    return TRUE;
}

/* The rows of the space among those chosen are taken out of left. */
static gboolean
ask_in_space(Grow *grow, guint8 *left, GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(UmkMatrix) vectors = umk_collection_get_vectors(
        umk_app_source_get_collection(grow->source), &bytes, grow->cancellable, error);
    g_autoptr(GArray) batch = g_array_new(FALSE, FALSE, sizeof(float));
    const guint64 *rows;
    gsize d;

    if (vectors == NULL)
        return FALSE;
    rows = g_bytes_get_data(bytes, NULL);
    d = umk_matrix_get_n_cols(vectors);
    for (gsize i = 0; i < umk_matrix_get_n_rows(vectors); i++) {
        if (rows[i] >= grow->n_items || !left[rows[i]])
            continue;
        left[rows[i]] = 0;
        g_array_append_vals(batch, umk_matrix_get_row(vectors, i, NULL), (guint) d);
        if (batch->len >= BATCH * d && !ask_batch(grow, batch, d, error))
            return FALSE;
    }
    return d == 0 || ask_batch(grow, batch, d, error);
}

static gpointer
grow_work(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    Grow *grow = data;
    gsize n;
    g_autofree guint32 *chosen = umk_app_rows_list(grow->from, &n);
    g_autofree guint8 *left = g_malloc0(grow->n_items + 1);

    grow->job = job;
    grow->cancellable = cancellable;
    grow->n_all = MAX(n, 1);
    for (gsize i = 0; i < n; i++)
        left[chosen[i]] = 1;
    if (!ask_in_space(grow, left, error))
        return NULL;
    for (gsize i = 0; i < n; i++)
        if (left[chosen[i]] && !ask_one(grow, chosen[i], error))
            return NULL;
    return umk_app_rows_new_from_mask(grow->n_items, grow->found);
}

UmkAppJob *
umk_app_grow(UmkAppSource *source, UmkAppRows *from, UmkAppJobDone done, GObject *owner)
{
    Grow *grow = g_new0(Grow, 1);

    grow->source = g_object_ref(source);
    grow->from = umk_app_rows_ref(from);
    grow->n_items = umk_app_rows_get_n_rows(from);
    grow->found = g_malloc0(grow->n_items + 1);
    return umk_app_job_start(_("Growing the selection"), grow_work, grow, grow_free,
                             (GDestroyNotify) umk_app_rows_unref, done, owner);
}
