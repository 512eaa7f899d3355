/* SPDX-License-Identifier: GPL-3.0-or-later */
/* New points on a finished map: a new row starts at the mean of its neighbours' places,
 * weighed by its memberships, and is then moved alone against the map, which stands
 * still. Its random numbers come from its own values, so it lies at the same place alone
 * and in any batch. A row that the map knows to the last bit lies where it lay. */
#include "projection/umk-projection-umap-transform-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "core/umk-rng-private.h"
#include "index/umk-knn-search-private.h"
#include "projection/umk-projection-umap-math-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <string.h>

#define N_EPOCHS      40
#define MAX_NEIGHBORS 500
#define LIMIT         4.0 /* a force a coordinate, as in the layout */

struct _UmkUmapPlacer {
    UmkMatrix *vectors;
    UmkMatrix *coords;
    UmkMetric metric;
    UmkKnnGraph *graph;
    double mean_distance;
    UmkUmapLayoutParams params;
    GMutex lock;
    UmkKnnSearch *search; /* made under the lock, then never changed */
};

UmkUmapPlacer *
_umk_umap_placer_new(UmkMatrix *vectors,
                     UmkMatrix *coords,
                     UmkMetric metric,
                     UmkKnnGraph *graph,
                     double mean_distance,
                     const UmkUmapLayoutParams *params)
{
    UmkUmapPlacer *self = g_new0(UmkUmapPlacer, 1);

    self->vectors = umk_matrix_ref(vectors);
    self->coords = umk_matrix_ref(coords);
    self->metric = metric;
    self->graph = graph;
    self->mean_distance = mean_distance;
    self->params = *params;
    g_clear_pointer(&graph->distances, g_free);
    g_mutex_init(&self->lock);
    return self;
}

void
_umk_umap_placer_free(UmkUmapPlacer *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->search, _umk_knn_search_free);
    _umk_knn_graph_free(self->graph);
    umk_matrix_unref(self->vectors);
    umk_matrix_unref(self->coords);
    g_mutex_clear(&self->lock);
    g_free(self);
}

static const UmkKnnSearch *
get_search(UmkUmapPlacer *self, GError **error)
{
    const UmkKnnSearch *search;

    g_mutex_lock(&self->lock);
    if (self->search == NULL)
        self->search = _umk_knn_search_new(self->vectors, self->metric, self->graph,
                                           self->params.seed, error);
    search = self->search;
    g_mutex_unlock(&self->lock);
    return search;
}

/* ---- one row ------------------------------------------------------------------------
 */

typedef struct {
    const UmkUmapPlacer *placer;
    guint n;
    guint32 ids[MAX_NEIGHBORS];
    float distances[MAX_NEIGHBORS];
    float weights[MAX_NEIGHBORS];
    double place[3];
    UmkRng rng;
} Row;

static guint64
hash_of(const float *vector, gsize n)
{
    guint64 hash = 0xcbf29ce484222325u;

    for (gsize i = 0; i < n; i++) {
        guint32 bits;

        memcpy(&bits, vector + i, sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3u;
        hash ^= hash >> 29;
    }
    return hash;
}

static const float *
place_of(const UmkUmapPlacer *placer, gsize row)
{
    return umk_matrix_get_row(placer->coords, row, NULL);
}

static void
start_at_mean(Row *row)
{
    const UmkUmapPlacer *placer = row->placer;
    float rho, sigma;
    double sum = 0.0;

    _umk_umap_fit_scale(row->distances, row->n, row->n + 1, placer->mean_distance, &rho,
                        &sigma);
    for (guint i = 0; i < row->n; i++) {
        row->weights[i] = _umk_umap_membership(row->distances[i], rho, sigma);
        sum += (double) row->weights[i];
    }
    for (gsize c = 0; c < placer->params.n_dims; c++) {
        row->place[c] = 0.0;
        for (guint i = 0; i < row->n; i++)
            row->place[c] += (double) row->weights[i] / sum *
                             (double) place_of(placer, row->ids[i])[c];
    }
}

/* What a point of the map does to the row: draws it, or pushes it. */
static void
add_force(const Row *row, gsize other, gboolean draw, double *force)
{
    const UmkUmapLayoutParams *p = &row->placer->params;
    const float *there = place_of(row->placer, other);
    double difference[3], squared = 0.0, power, strength;

    for (gsize c = 0; c < p->n_dims; c++) {
        difference[c] = row->place[c] - (double) there[c];
        squared += difference[c] * difference[c];
    }
    if (!(squared > 0.0))
        return;
    power = _umk_umap_pow(squared, p->curve.b);
    strength = draw ? -2.0 * p->curve.a * p->curve.b * power /
                          (squared * (1.0 + p->curve.a * power))
                    : 2.0 * p->repulsion * p->curve.b /
                          ((0.001 + squared) * (1.0 + p->curve.a * power));
    for (gsize c = 0; c < p->n_dims; c++)
        force[c] += CLAMP(strength * difference[c], -LIMIT, LIMIT);
}

static void
move_row(Row *row)
{
    const UmkUmapLayoutParams *p = &row->placer->params;
    gsize n = umk_matrix_get_n_rows(row->placer->coords);
    double due[MAX_NEIGHBORS] = {0.0};

    for (guint epoch = 0; epoch < N_EPOCHS; epoch++) {
        double rate = 0.25 * p->learning_rate * (1.0 - (double) epoch / N_EPOCHS);

        for (guint i = 0; i < row->n; i++) {
            double force[3] = {0.0};

            due[i] += (double) row->weights[i];
            if (due[i] < 1.0)
                continue;
            due[i] -= 1.0;
            add_force(row, row->ids[i], TRUE, force);
            for (guint s = 0; s < p->n_negatives; s++)
                add_force(row, _umk_rng_below(&row->rng, n), FALSE, force);
            for (gsize c = 0; c < p->n_dims; c++)
                row->place[c] += rate * force[c];
        }
    }
}

typedef struct {
    const UmkUmapPlacer *placer;
    const UmkKnnSearch *search;
    UmkMatrix *vectors;
    float *places;
} Batch;

static void
place_row(const Batch *batch, gsize i, Row *row)
{
    const UmkUmapPlacer *placer = batch->placer;
    gsize n_dims;
    const float *vector = umk_matrix_get_row(batch->vectors, i, &n_dims);
    float *place = batch->places + i * placer->params.n_dims;
    guint k = (guint) CLAMP(placer->graph->k + 1, 1, MAX_NEIGHBORS);

    row->placer = placer;
    row->n = _umk_knn_search_find(batch->search, vector, k, row->ids, row->distances);
    if (row->n == 0)
        return;
    if (row->distances[0] == 0.0f) {
        memcpy(place, place_of(placer, row->ids[0]),
               placer->params.n_dims * sizeof(float));
        return;
    }
    _umk_rng_init(&row->rng, placer->params.seed, hash_of(vector, n_dims));
    start_at_mean(row);
    move_row(row);
    for (gsize c = 0; c < placer->params.n_dims; c++)
        place[c] = (float) row->place[c];
}

static void
place_rows(gsize begin, gsize end, guint worker, gpointer data)
{
    const Batch *batch = data;
    g_autofree Row *row = g_new(Row, 1);

    for (gsize i = begin; i < end; i++)
        place_row(batch, i, row);
}

UmkMatrix *
_umk_umap_placer_place(UmkUmapPlacer *self, UmkMatrix *vectors, GError **error)
{
    Batch batch = {.placer = self, .vectors = vectors};
    gsize n = umk_matrix_get_n_rows(vectors), n_dims = self->params.n_dims, count;
    g_autoptr(GBytes) bytes = NULL;

    batch.search = get_search(self, error);
    if (batch.search == NULL)
        return NULL;
    if (!_umk_size_mul(n, n_dims, &count))
        count = G_MAXSIZE / sizeof(float);
    batch.places = _umk_alloc_aligned(count, sizeof(float), _("The layout"), error);
    if (batch.places == NULL)
        return NULL;
    bytes = _umk_bytes_new_aligned(batch.places, count * sizeof(float));
    _umk_parallel_for(n, 4, place_rows, &batch);
    return umk_matrix_new_from_bytes(n, n_dims, bytes, error);
}
