/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A place of the layout counts as near if fewer than k others are nearer: distances of
 * all places, which for a million is a matter of milliseconds. */
#include "umk-app-near.h"

#include "umk-app-row.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MOST_EDGES 2000u

static void
asking_free(gpointer data)
{
    UmkAppNearOrder *asking = data;

    g_clear_pointer(&asking->layout, umk_app_layout_unref);
    g_object_unref(asking->source);
    g_free(asking);
}

void
umk_app_near_free(UmkAppNear *self)
{
    g_clear_object(&self->rows);
    g_free(self);
}

static UmkAppNearOrder *
asking_copy(const UmkAppNearOrder *order)
{
    UmkAppNearOrder *asking = g_memdup2(order, sizeof *order);

    g_object_ref(asking->source);
    if (asking->layout != NULL)
        umk_app_layout_ref(asking->layout);
    return asking;
}

/* The k nearest of a row, by the metric of the order. */
static UmkHits *
search_near(UmkCollection *collection,
            const UmkAppNearOrder *asking,
            gsize row,
            guint k,
            guint mask,
            GCancellable *cancellable,
            GError **error)
{
    g_autoptr(UmkSearch) search = umk_search_new(collection);

    umk_search_set_item(search, row);
    umk_search_set_modalities(search, mask);
    umk_search_set_metric(search, asking->metric);
    return umk_search_run(search, k, cancellable, NULL, NULL, error);
}

/* ---- kept on the map ------------------------------------------------------------------
 */

static gsize
place_of(const guint64 *rows, gsize n, guint64 row)
{
    for (gsize i = 0; i < n; i++)
        if (rows[i] == row)
            return i;
    return G_MAXSIZE;
}

static double
apart(UmkMatrix *coords, gsize a, gsize b)
{
    gsize n;
    const float *here = umk_matrix_get_row(coords, a, &n);
    const float *there = umk_matrix_get_row(coords, b, NULL);
    double sum = 0;

    for (gsize d = 0; d < n; d++)
        sum += ((double) here[d] - (double) there[d]) *
               ((double) here[d] - (double) there[d]);
    return isfinite(sum) ? sum : G_MAXDOUBLE;
}

void
umk_app_near_check(UmkAppSource *source,
                   const UmkAppLayout *layout,
                   guint32 row,
                   const guint32 *rows,
                   gsize n,
                   guint k,
                   guint mask,
                   gint8 *kept)
{
    gsize size, n_places, own;
    const guint64 *of = layout != NULL ? g_bytes_get_data(layout->rows, &size) : NULL;
    g_autofree double *far = g_new(double, n + 1);
    g_autofree guint *nearer = g_new0(guint, n + 1);

    memset(kept, -1, n);
    if (of == NULL)
        return;
    n_places = MIN(size / sizeof *of, umk_matrix_get_n_rows(layout->coords));
    own = place_of(of, n_places, row);
    if (own == G_MAXSIZE)
        return;
    for (gsize i = 0; i < n; i++) {
        gsize at = place_of(of, n_places, rows[i]);

        far[i] = at != G_MAXSIZE ? apart(layout->coords, own, at) : -1;
    }
    for (gsize p = 0; p < n_places; p++) {
        double distance;

        if (p == own ||
            !(mask & 1u << umk_app_source_get_modality(source, (gsize) of[p])))
            continue;
        distance = apart(layout->coords, own, p);
        for (gsize i = 0; i < n; i++)
            nearer[i] += distance < far[i] ? 1 : 0;
    }
    for (gsize i = 0; i < n; i++)
        if (far[i] >= 0)
            kept[i] = nearer[i] < k ? 1 : 0;
}

/* ---- neighbours
 * ------------------------------------------------------------------------ */

static gpointer
find(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const UmkAppNearOrder *asking = data;
    gsize n_items = umk_app_source_get_n_items(asking->source), n = 0;
    g_autoptr(UmkHits) hits =
        search_near(umk_app_source_get_collection(asking->source), asking, asking->row,
                    asking->k, asking->mask, cancellable, error);
    g_autofree guint32 *rows = NULL;
    g_autofree float *scores = NULL;
    g_autofree gint8 *kept = NULL;
    GListStore *store;
    UmkAppNear *near;
    guint most;

    if (hits == NULL)
        return NULL;
    most = umk_hits_get_n_hits(hits, 0);
    rows = g_new(guint32, most + 1);
    scores = g_new(float, most + 1);
    kept = g_new(gint8, most + 1);
    for (guint rank = 0; rank < most; rank++) {
        gsize row = umk_hits_get(hits, 0, rank, &scores[n]);

        if (row < n_items)
            rows[n++] = (guint32) row;
    }
    umk_app_near_check(asking->source, asking->layout, asking->row, rows, n, (guint) n,
                       asking->mask, kept);
    near = g_new0(UmkAppNear, 1);
    store = g_list_store_new(UMK_APP_TYPE_ROW);
    near->rows = G_LIST_MODEL(store);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(UmkAppRow) row = umk_app_row_new(asking->source, rows[i], scores[i]);

        umk_app_row_set_kept(row, kept[i]);
        umk_app_row_set_metric(row, (int) asking->metric);
        near->n_placed += kept[i] >= 0 ? 1 : 0;
        near->n_kept += kept[i] > 0 ? 1 : 0;
        g_list_store_append(store, row);
    }
    return near;
}

UmkAppJob *
umk_app_near_start(const UmkAppNearOrder *order, UmkAppJobDone done, GObject *owner)
{
    return umk_app_job_start(_("Searching"), find, asking_copy(order), asking_free,
                             (GDestroyNotify) umk_app_near_free, done, owner);
}

/* ---- hubness
 * --------------------------------------------------------------------------- */

static gboolean
has_row(UmkHits *hits, guint32 row)
{
    for (guint rank = 0; rank < umk_hits_get_n_hits(hits, 0); rank++)
        if (umk_hits_get(hits, 0, rank, NULL) == row)
            return TRUE;
    return FALSE;
}

static gpointer
count_lists(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const UmkAppNearOrder *asking = data;
    g_autoptr(UmkCollection) reader = umk_app_source_dup_reader(asking->source);
    g_autoptr(UmkHits) near = search_near(reader, asking, asking->row, UMK_APP_HUB_AMONG,
                                          UMK_MODALITY_ALL, cancellable, error);
    guint *counts;
    guint in = 0, n;

    if (near == NULL)
        return NULL;
    n = umk_hits_get_n_hits(near, 0);
    for (guint rank = 0; rank < n; rank++) {
        g_autoptr(UmkHits) own =
            search_near(reader, asking, umk_hits_get(near, 0, rank, NULL),
                        UMK_APP_HUB_LISTS, UMK_MODALITY_ALL, cancellable, error);

        if (own == NULL)
            return NULL;
        in += has_row(own, asking->row) ? 1 : 0;
    }
    counts = g_new(guint, 2);
    counts[0] = in;
    counts[1] = n;
    return counts;
}

UmkAppJob *
umk_app_near_start_hub(UmkAppSource *source,
                       guint32 row,
                       UmkMetric metric,
                       UmkAppJobDone done,
                       GObject *owner)
{
    const UmkAppNearOrder order = {.source = source, .row = row, .metric = metric};

    return umk_app_job_start(_("Counting neighbours of neighbours"), count_lists,
                             asking_copy(&order), asking_free, g_free, done, owner);
}

/* ---- edges
 * ----------------------------------------------------------------------------- */

typedef struct {
    guint64 row;
    float weight;
} Edge;

static int
compare_edges(gconstpointer a, gconstpointer b)
{
    const Edge *left = a, *right = b;

    if (left->weight != right->weight)
        return left->weight < right->weight ? 1 : -1;
    return (left->row > right->row) - (left->row < right->row);
}

static gpointer
find_edges(UmkAppJob *job, gpointer data, GCancellable *cancellable, GError **error)
{
    const UmkAppNearOrder *asking = data;
    guint64 row = asking->row;
    g_autoptr(UmkCollection) reader = umk_app_source_dup_reader(asking->source);
    g_autoptr(GBytes) heavy = NULL;
    g_autoptr(GBytes) ends =
        umk_collection_dup_node_neighbours(reader, &row, 1, &heavy, cancellable, error);
    g_autoptr(GArray) edges = g_array_new(FALSE, FALSE, sizeof(Edge));
    GListStore *rows;
    const guint64 *pairs;
    const float *weights;
    gsize size;

    if (ends == NULL)
        return NULL;
    pairs = g_bytes_get_data(ends, &size);
    weights = g_bytes_get_data(heavy, NULL);
    for (gsize i = 0; i < size / (2 * sizeof *pairs); i++) {
        Edge edge = {pairs[2 * i + 1], weights[i]};

        g_array_append_val(edges, edge);
    }
    g_array_sort(edges, compare_edges);
    rows = g_list_store_new(UMK_APP_TYPE_ROW);
    for (guint i = 0; i < MIN(edges->len, MOST_EDGES); i++) {
        const Edge *edge = &g_array_index(edges, Edge, i);
        g_autoptr(UmkAppRow) line = NULL;

        if (edge->row >= umk_app_source_get_n_items(asking->source))
            continue;
        line = umk_app_row_new(asking->source, (guint32) edge->row, NAN);
        g_list_store_append(rows, line);
    }
    return rows;
}

UmkAppJob *
umk_app_near_start_edges(UmkAppSource *source,
                         guint32 row,
                         UmkAppJobDone done,
                         GObject *owner)
{
    const UmkAppNearOrder order = {.source = source, .row = row};

    return umk_app_job_start(_("Reading edges"), find_edges, asking_copy(&order),
                             asking_free, g_object_unref, done, owner);
}
