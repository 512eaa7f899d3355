/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fuzzy set of UMAP (section 3.1 and algorithms 2 and 3 of the paper): for each row a
 * scale found by bisection, memberships exp(-(d - rho) / sigma), and their union over
 * both directions. */
#include "projection/umk-projection-umap-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "projection/umk-projection-umap-math-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>

#define CHUNK     1024
#define N_STEPS   64
#define TOLERANCE 1e-5
/* No scale is smaller than this share of the mean distance. */
#define LEAST_SCALE 1e-3

/* ---- scales ----------------------------------------------------------------------- */

/* Distances ascend, so the first that is not 0 is the least. */
static double
nearest_distance(const float *distances, guint k)
{
    for (guint i = 0; i < k; i++)
        if (distances[i] > 0.0f)
            return (double) distances[i];
    return 0.0;
}

static double
sum_of_memberships(const float *distances, guint k, double rho, double sigma)
{
    double sum = 0.0;

    for (guint i = 0; i < k; i++) {
        double d = (double) distances[i] - rho;

        sum += d > 0.0 ? _umk_umap_exp(-d / sigma) : 1.0;
    }
    return sum;
}

static double
bisect(const float *distances, guint k, double rho, double target)
{
    double low = 0.0, high = INFINITY, middle = 1.0;

    for (int step = 0; step < N_STEPS; step++) {
        double sum = sum_of_memberships(distances, k, rho, middle);

        if (fabs(sum - target) < TOLERANCE)
            break;
        if (sum > target) {
            high = middle;
            middle = (low + high) / 2.0;
        } else {
            low = middle;
            middle = isinf(high) ? middle * 2.0 : (low + high) / 2.0;
        }
    }
    return middle;
}

void
_umk_umap_fit_scale(const float *distances,
                    guint k,
                    guint n_neighbors,
                    double mean_all,
                    float *rho,
                    float *sigma)
{
    double target = _umk_umap_log((double) MAX(n_neighbors, 1)) / 0.6931471805599453;
    double nearest = nearest_distance(distances, k), mean = 0.0, scale;

    for (guint i = 0; i < k; i++)
        mean += (double) distances[i];
    mean /= (double) MAX(n_neighbors, 1); /* the row itself, at 0, is one of them */
    scale = bisect(distances, k, (double) (float) nearest, target);
    *rho = (float) nearest;
    *sigma = (float) MAX(scale, LEAST_SCALE * (nearest > 0.0 ? mean : mean_all));
}

typedef struct {
    const UmkKnnGraph *graph;
    guint n_neighbors;
    double mean_all;
    const UmkUmapScales *scales;
    double *sums; /* one a chunk */
    UmkRun *run;
} ScaleWork;

static void
sum_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const ScaleWork *work = data;
    gsize k = work->graph->k;
    double sum = 0.0;

    for (gsize i = begin * k; i < end * k; i++)
        sum += (double) work->graph->distances[i];
    work->sums[begin / CHUNK] = sum;
}

double
_umk_umap_mean_distance(const UmkKnnGraph *graph, guint n_neighbors)
{
    gsize n_chunks = (graph->n + CHUNK - 1) / CHUNK;
    g_autofree double *sums = g_new0(double, n_chunks + 1);
    ScaleWork work = {.graph = graph, .sums = sums};
    double sum = 0.0;

    _umk_parallel_for(graph->n, CHUNK, sum_chunk, &work);
    for (gsize i = 0; i < n_chunks; i++)
        sum += sums[i];
    return graph->n > 0 ? sum / ((double) graph->n * (double) MAX(n_neighbors, 1)) : 0.0;
}

static void
scale_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const ScaleWork *work = data;
    gsize k = work->graph->k;

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize i = begin; i < end; i++)
        _umk_umap_fit_scale(work->graph->distances + i * k, work->graph->k,
                            work->n_neighbors, work->mean_all, work->scales->rho + i,
                            work->scales->sigma + i);
}

gboolean
_umk_umap_fit_scales(const UmkKnnGraph *graph,
                     guint n_neighbors,
                     UmkUmapScales *scales,
                     UmkRun *run,
                     GError **error)
{
    ScaleWork work = {.graph = graph,
                      .n_neighbors = n_neighbors,
                      .mean_all = _umk_umap_mean_distance(graph, n_neighbors),
                      .scales = scales,
                      .run = run};

    scales->rho = _umk_alloc(graph->n + 1, sizeof(float), _("The weights"), error);
    if (scales->rho == NULL)
        return FALSE;
    scales->sigma = _umk_alloc(graph->n + 1, sizeof(float), _("The weights"), error);
    if (scales->sigma == NULL)
        return FALSE;
    _umk_parallel_for(graph->n, CHUNK, scale_chunk, &work);
    return umk_run_check(run, error);
}

void
_umk_umap_scales_clear(UmkUmapScales *self)
{
    g_clear_pointer(&self->rho, g_free);
    g_clear_pointer(&self->sigma, g_free);
}

float
_umk_umap_membership(float distance, float rho, float sigma)
{
    if (distance - rho <= 0.0f || sigma == 0.0f)
        return 1.0f;
    return (float) _umk_umap_exp(-((double) (distance - rho) / (double) sigma));
}

/* ---- union ------------------------------------------------------------------------ */

typedef struct {
    const UmkKnnGraph *graph;
    const UmkUmapScales *scales;
    float *weights; /* (n, k), directed */
    gsize *starts;  /* first edge of a chunk; before that, its number of edges */
    UmkUmapEdges *edges;
    UmkRun *run;
} UnionWork;

static void
weigh_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const UnionWork *work = data;
    gsize k = work->graph->k;

    if (!umk_run_check(work->run, NULL))
        return;
    for (gsize i = begin; i < end; i++)
        for (gsize r = i * k; r < (i + 1) * k; r++)
            work->weights[r] = _umk_umap_membership(
                work->graph->distances[r], work->scales->rho[i], work->scales->sigma[i]);
}

/* Membership of row in other's list; negative when it is not there. */
static float
weight_back(const UnionWork *work, guint32 other, guint32 row)
{
    gsize k = work->graph->k, first = other * k;

    for (gsize r = first; r < first + k; r++)
        if (work->graph->ids[r] == row)
            return work->weights[r];
    return -1.0f;
}

/* A pair that both list belongs to the lower row. */
static gsize
visit_row(const UnionWork *work, gsize row, gsize at, gboolean write)
{
    gsize k = work->graph->k;
    UmkUmapEdges *edges = work->edges;

    for (gsize r = row * k; r < (row + 1) * k; r++) {
        guint32 other = work->graph->ids[r];
        float there = work->weights[r], back = weight_back(work, other, (guint32) row);

        if (back >= 0.0f && other < row)
            continue;
        if (write) {
            edges->heads[at] = (guint32) MIN(row, other);
            edges->tails[at] = (guint32) MAX(row, other);
            edges->weights[at] = back < 0.0f ? there : there + back - there * back;
        }
        at++;
    }
    return at;
}

static void
count_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const UnionWork *work = data;
    gsize n = 0;

    for (gsize row = begin; row < end && umk_run_check(work->run, NULL); row++)
        n = visit_row(work, row, n, FALSE);
    work->starts[begin / CHUNK] = n;
}

static void
write_chunk(gsize begin, gsize end, guint worker, gpointer data)
{
    const UnionWork *work = data;
    gsize at = work->starts[begin / CHUNK];

    for (gsize row = begin; row < end; row++)
        at = visit_row(work, row, at, TRUE);
}

static UmkUmapEdges *
edges_new(gsize n, gsize n_edges, GError **error)
{
    g_autoptr(UmkUmapEdges) self = g_new0(UmkUmapEdges, 1);

    self->n = n;
    self->n_edges = n_edges;
    self->heads = _umk_alloc(n_edges + 1, sizeof(guint32), _("The edges"), error);
    if (self->heads == NULL)
        return NULL;
    self->tails = _umk_alloc(n_edges + 1, sizeof(guint32), _("The edges"), error);
    if (self->tails == NULL)
        return NULL;
    self->weights = _umk_alloc(n_edges + 1, sizeof(float), _("The edges"), error);
    return self->weights != NULL ? g_steal_pointer(&self) : NULL;
}

void
_umk_umap_edges_free(UmkUmapEdges *self)
{
    if (self == NULL)
        return;
    g_free(self->heads);
    g_free(self->tails);
    g_free(self->weights);
    g_free(self);
}

UmkUmapEdges *
_umk_umap_fuzzy_union(const UmkKnnGraph *graph,
                      const UmkUmapScales *scales,
                      UmkRun *run,
                      GError **error)
{
    gsize n_chunks = (graph->n + CHUNK - 1) / CHUNK, n_edges = 0;
    g_autofree float *weights =
        _umk_alloc(graph->n * graph->k + 1, sizeof(float), _("The weights"), error);
    g_autofree gsize *starts = g_new0(gsize, n_chunks + 1);
    UnionWork work = {.graph = graph,
                      .scales = scales,
                      .weights = weights,
                      .starts = starts,
                      .run = run};

    if (weights == NULL)
        return NULL;
    _umk_parallel_for(graph->n, CHUNK, weigh_chunk, &work);
    _umk_parallel_for(graph->n, CHUNK, count_chunk, &work);
    if (!umk_run_check(run, error))
        return NULL;
    for (gsize i = 0; i < n_chunks; i++) {
        gsize n = starts[i];

        starts[i] = n_edges;
        n_edges += n;
    }
    work.edges = edges_new(graph->n, n_edges, error);
    if (work.edges != NULL)
        _umk_parallel_for(graph->n, CHUNK, write_chunk, &work);
    return work.edges;
}
