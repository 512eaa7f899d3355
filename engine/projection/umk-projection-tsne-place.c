/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New rows are placed one by one on the finished map of t-SNE, as Poličar, Stražar and
 * Zupan, "Embedding to reference t-SNE space addresses batch effects in single-cell
 * classification", 2021, propose: they feel the map's rows, the map does not feel them.
 * The nearest rows are found along the graph that the map was made from. */
#include "projection/umk-projection-tsne-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "index/umk-knn-search-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define PERPLEXITY 5.0
#define NEIGHBOURS 15 /* 3 x perplexity */
#define STEPS      150
#define RATE       0.5f
#define BATCH      16
#define REST       1e-4f /* steps below this end the walk */

struct _UmkTsnePlacer {
    UmkMatrix *vectors;
    UmkMatrix *coords;
    UmkMetric metric;
    UmkKnnGraph *near;
    const UmkTsneField *field;
    const UmkTsneTree *tree;
    guint64 seed;
    GMutex lock;
    UmkKnnSearch *search; /* made when the first row comes */
};

UmkKnnGraph *
_umk_tsne_near_graph(const UmkKnnGraph *graph, GError **error)
{
    guint k = MIN(graph->k, NEIGHBOURS);
    UmkKnnGraph *near = _umk_knn_graph_new(graph->n, k, error);

    if (near == NULL)
        return NULL;
    near->exact = graph->exact;
    for (gsize i = 0; i < graph->n; i++)
        memcpy(near->ids + i * k, graph->ids + i * graph->k, k * sizeof *near->ids);
    g_clear_pointer(&near->distances, g_free);
    return near;
}

UmkTsnePlacer *
_umk_tsne_placer_new(UmkMatrix *vectors,
                     UmkMatrix *coords,
                     UmkMetric metric,
                     UmkKnnGraph *near,
                     const UmkTsneField *field,
                     const UmkTsneTree *tree,
                     guint64 seed)
{
    UmkTsnePlacer *self = g_new0(UmkTsnePlacer, 1);

    self->vectors = umk_matrix_ref(vectors);
    self->coords = umk_matrix_ref(coords);
    self->metric = metric;
    self->near = near;
    self->field = field;
    self->tree = tree;
    self->seed = seed;
    g_mutex_init(&self->lock);
    return self;
}

void
_umk_tsne_placer_free(UmkTsnePlacer *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->search, _umk_knn_search_free);
    _umk_knn_graph_free(self->near);
    umk_matrix_unref(self->vectors);
    umk_matrix_unref(self->coords);
    g_mutex_clear(&self->lock);
    g_free(self);
}

static const UmkKnnSearch *
get_search(UmkTsnePlacer *self, GError **error)
{
    const UmkKnnSearch *search;

    g_mutex_lock(&self->lock);
    if (self->search == NULL)
        self->search = _umk_knn_search_new(self->vectors, self->metric, self->near,
                                           self->seed, error);
    search = self->search;
    g_mutex_unlock(&self->lock);
    return search;
}

/* ---- one row -------------------------------------------------------------------------
 */

typedef struct {
    guint n;
    guint32 ids[NEIGHBOURS];
    float distances[NEIGHBOURS];
    double p[NEIGHBOURS];
    float others[NEIGHBOURS * 3]; /* their places, (n, n_dims) */
} Row;

/* Repulsion at a place: the sum of q, then of q² d. */
static void
repel(const UmkTsnePlacer *self, const float *place, float *out)
{
    gsize n_dims = umk_matrix_get_n_cols(self->coords);
    double exact[4];

    if (self->field != NULL) {
        _umk_tsne_field_read(self->field, place, out);
        return;
    }
    if (self->tree != NULL) {
        _umk_tsne_tree_read(self->tree, place, out);
        return;
    }
    _umk_tsne_repel_exact(umk_matrix_get_row(self->coords, 0, NULL),
                          umk_matrix_get_n_rows(self->coords), (guint) n_dims, place,
                          exact);
    for (gsize c = 0; c <= n_dims; c++)
        out[c] = (float) exact[c];
}

/* Returns the size of the step. */
static float
step_place(const UmkTsnePlacer *self, const Row *row, float *place)
{
    float repulsion[4], gradient[3] = {0.0f, 0.0f, 0.0f}, moved = 0.0f;
    gsize d = umk_matrix_get_n_cols(self->coords);
    const float *other = row->others;

    repel(self, place, repulsion);
    for (guint j = 0; j < row->n; j++, other += d) {
        float squared = 0.0f, force;

        for (gsize c = 0; c < d; c++)
            squared += (place[c] - other[c]) * (place[c] - other[c]);
        force = (float) row->p[j] / (1.0f + squared);
        for (gsize c = 0; c < d; c++)
            gradient[c] += force * (place[c] - other[c]);
    }
    for (gsize c = 0; c < d; c++) {
        float step = RATE * (gradient[c] - repulsion[c + 1] / MAX(repulsion[0], 1e-12f));

        place[c] -= step;
        moved += fabsf(step);
    }
    return moved;
}

/* From the weighted mean of its neighbours downhill until it rests. */
static void
walk(const UmkTsnePlacer *self, Row *row, float *place)
{
    gsize d = umk_matrix_get_n_cols(self->coords);

    for (guint j = 0; j < row->n; j++) {
        memcpy(row->others + j * d, umk_matrix_get_row(self->coords, row->ids[j], NULL),
               d * sizeof *row->others);
        /* as the map itself has it: the straight distance of directions */
        if (self->metric == UMK_METRIC_COSINE)
            row->distances[j] = sqrtf(2.0f * MAX(row->distances[j], 0.0f));
    }
    _umk_tsne_row_affinity(row->distances, row->n,
                           MIN(PERPLEXITY, MAX((double) row->n / 3.0, 1.0)), row->p);
    for (gsize c = 0; c < d; c++) {
        double sum = 0.0;

        for (guint j = 0; j < row->n; j++)
            sum += row->p[j] * (double) row->others[j * d + c];
        place[c] = (float) sum;
    }
    for (guint step = 0; row->n > 1 && step < STEPS; step++)
        if (step_place(self, row, place) < REST)
            break;
}

/* ---- many ----------------------------------------------------------------------------
 */

typedef struct {
    const UmkTsnePlacer *placer;
    const UmkKnnSearch *search;
    UmkMatrix *vectors;
    float *places;
} Batch;

static void
place_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Batch *batch = data;
    gsize d = umk_matrix_get_n_cols(batch->placer->coords);

    for (gsize i = begin; i < end; i++) {
        Row row = {0};

        row.n = _umk_knn_search_find(batch->search,
                                     umk_matrix_get_row(batch->vectors, i, NULL),
                                     NEIGHBOURS, row.ids, row.distances);
        walk(batch->placer, &row, batch->places + i * d);
    }
}

UmkMatrix *
_umk_tsne_placer_place(UmkTsnePlacer *self, UmkMatrix *vectors, GError **error)
{
    gsize n = umk_matrix_get_n_rows(vectors), d = umk_matrix_get_n_cols(self->coords);
    g_autofree float *places =
        _umk_alloc(n * d + 1, sizeof(float), _("The layout"), error);
    Batch batch = {self, NULL, vectors, places};

    if (places == NULL)
        return NULL;
    batch.search = get_search(self, error);
    if (batch.search == NULL)
        return NULL;
    _umk_parallel_for(n, BATCH, place_rows, &batch);
    return umk_matrix_new_from_data(n, d, places, error);
}
