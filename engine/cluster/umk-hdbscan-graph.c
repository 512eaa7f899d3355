/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree of mutual reachability for many rows: Kruskal's algorithm (1956) on the edges
 * of the graph of nearest neighbours, which hold nearly all edges of the true tree. What
 * the graph leaves apart is joined in rounds (Borůvka 1926): every part is measured from a
 * few of its rows to all rows outside it, and joined to the nearest. That link may come
 * out longer than the true one; it decides how early far groups part, not what they hold. */
#include "cluster/umk-hdbscan-private.h"

#include "core/umk-alloc-private.h"
#include "core/umk-pool-private.h"
#include "index/umk-knn-graph-private.h"
#include "linalg/umk-distance-private.h"

#include <glib/gi18n-lib.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEIGHBORS    16
#define MAX_QUERIES  8    /* rows that a part is measured from */
#define MANY_QUERIES 2000 /* of all parts together */
#define BLOCK        256

typedef struct {
    float weight;
    guint32 a, b;
} Edge;

typedef struct {
    const UmkClusterInput *input;
    const UmkKnnGraph *graph;
    UmkRun *run;
    float *cores;     /* (n) */
    guint32 *parents; /* (n) forest of what is joined */
    UmkMerge *merges;
    gsize n_merges;
    /* one round */
    guint32 *part;     /* (n) number of each row's part */
    guint32 *members;  /* (n) rows, part after part */
    gsize *begins;     /* (n_parts + 1) */
    guint32 n_parts;
    guint n_queries;   /* of a part */
    Edge *links;       /* (n_parts) */
} Forest;

static guint32
find_root(guint32 *parents, guint32 row)
{
    while (parents[row] != row) {
        parents[row] = parents[parents[row]];
        row = parents[row];
    }
    return row;
}

static void
join(Forest *self, const Edge *edge)
{
    guint32 a = find_root(self->parents, edge->a), b = find_root(self->parents, edge->b);

    if (a == b)
        return;
    self->parents[MAX(a, b)] = MIN(a, b);
    self->merges[self->n_merges++] =
        (UmkMerge){.a = edge->a, .b = edge->b, .height = (double) edge->weight};
}

static int
compare_edges(const void *a, const void *b)
{
    const Edge *x = a, *y = b;

    if (x->weight != y->weight)
        return x->weight < y->weight ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

/* ---- the graph's edges ------------------------------------------------------------ */

static gboolean
join_neighbors(Forest *self, GError **error)
{
    gsize n = self->graph->n, k = self->graph->k, n_edges = 0;
    g_autofree Edge *edges = _umk_alloc(n * k, sizeof(Edge), _("The tree"), error);

    if (edges == NULL)
        return FALSE;
    for (guint32 a = 0; a < n; a++)
        for (gsize i = 0; i < k; i++) {
            guint32 b = self->graph->ids[a * k + i];
            float weight = fmaxf(self->graph->distances[a * k + i],
                                 fmaxf(self->cores[a], self->cores[b]));

            edges[n_edges++] = (Edge){weight, MIN(a, b), MAX(a, b)};
        }
    if (!umk_run_check(self->run, error))
        return FALSE;
    qsort(edges, n_edges, sizeof *edges, compare_edges);
    for (gsize i = 0; i < n_edges; i++)
        join(self, edges + i);
    return umk_run_check(self->run, error);
}

/* ---- rounds between parts --------------------------------------------------------- */

static void
find_parts(Forest *self)
{
    gsize n = self->graph->n;
    g_autofree guint32 *numbers = g_new(guint32, n);

    self->n_parts = 0;
    for (guint32 row = 0; row < n; row++) {
        guint32 root = find_root(self->parents, row);

        if (root == row) /* the least row of a part is its root, so it comes first */
            numbers[row] = self->n_parts++;
        self->part[row] = numbers[root];
    }
    memset(self->begins, 0, (self->n_parts + 1) * sizeof *self->begins);
    for (gsize row = 0; row < n; row++)
        self->begins[self->part[row] + 1]++;
    for (gsize p = 0; p < self->n_parts; p++)
        self->begins[p + 1] += self->begins[p];
    for (gsize row = 0; row < n; row++)
        self->members[self->begins[self->part[row]]++] = (guint32) row;
    for (gsize p = self->n_parts; p > 0; p--)
        self->begins[p] = self->begins[p - 1];
    self->begins[0] = 0;
}

static void
measure_block(const Forest *self,
              guint32 part,
              const guint32 *queries,
              guint n_queries,
              const float *places,
              gsize first,
              gsize n_rows)
{
    const UmkClusterInput *input = self->input;
    gboolean cosine = input->metric == UMK_METRIC_COSINE;
    float out[MAX_QUERIES * BLOCK];
    Edge *best = self->links + part;

    _umk_distance_block(_umk_distance_best_level(),
                        cosine ? UMK_DISTANCE_DOT : UMK_DISTANCE_SQUARED, places,
                        input->d, n_queries, input->rows + first * input->d, input->d,
                        n_rows, input->d, out, BLOCK);
    for (guint q = 0; q < n_queries; q++)
        for (gsize r = 0; r < n_rows; r++) {
            float value = out[q * BLOCK + r];
            guint32 row = (guint32) (first + r);
            Edge edge = {cosine ? fmaxf(0.0f, 1.0f - value) : sqrtf(value),
                         MIN(queries[q], row), MAX(queries[q], row)};

            if (self->part[row] == part)
                continue;
            edge.weight =
                fmaxf(edge.weight, fmaxf(self->cores[queries[q]], self->cores[row]));
            if (compare_edges(&edge, best) < 0)
                *best = edge;
        }
}

static void
find_links(gsize begin, gsize end, guint worker, gpointer data)
{
    const Forest *self = data;
    gsize d = self->input->d;
    g_autofree float *places = g_new(float, MAX_QUERIES *d + 1);

    for (gsize p = begin; p < end; p++) {
        const guint32 *members = self->members + self->begins[p];
        gsize size = self->begins[p + 1] - self->begins[p];
        guint n_queries = (guint) MIN((gsize) self->n_queries, size);
        guint32 queries[MAX_QUERIES];

        for (guint q = 0; q < n_queries; q++) {
            queries[q] = members[q * size / n_queries];
            memcpy(places + q * d, self->input->rows + queries[q] * d, d * sizeof(float));
        }
        self->links[p] = (Edge){INFINITY, G_MAXUINT32, G_MAXUINT32};
        for (gsize first = 0; first < self->input->n; first += BLOCK) {
            if (!umk_run_check(self->run, NULL))
                return;
            measure_block(self, (guint32) p, queries, n_queries, places, first,
                          MIN(BLOCK, self->input->n - first));
        }
    }
}

static gboolean
join_parts(Forest *self, GError **error)
{
    gsize n = self->graph->n;

    self->part = g_new(guint32, n);
    self->members = g_new(guint32, n);
    self->begins = g_new(gsize, n + 1);
    self->links = g_new(Edge, n);
    while (self->n_merges + 1 < n) {
        find_parts(self);
        self->n_queries = CLAMP(MANY_QUERIES / self->n_parts, 1, MAX_QUERIES);
        umk_run_report(self->run, _("Joining far groups"), 0.8);
        _umk_parallel_for(self->n_parts, 1, find_links, self);
        if (!umk_run_check(self->run, error))
            return FALSE;
        qsort(self->links, self->n_parts, sizeof *self->links, compare_edges);
        for (guint32 p = 0; p < self->n_parts; p++)
            join(self, self->links + p);
    }
    return TRUE;
}

static void
forest_clear(Forest *self)
{
    g_free(self->cores);
    g_free(self->parents);
    g_free(self->part);
    g_free(self->members);
    g_free(self->begins);
    g_free(self->links);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Forest, forest_clear)

UmkMerge *
_umk_hdbscan_graph_merges(const UmkClusterInput *input,
                          guint min_samples,
                          UmkRun *run,
                          GError **error)
{
    g_autoptr(UmkKnnGraph) graph = NULL;
    g_autofree UmkMerge *merges = NULL;
    g_auto(Forest) self = {.input = input, .run = run};

    graph = _umk_knn_graph_build(input->matrix, input->metric,
                                 MAX(min_samples, NEIGHBORS), input->seed, run, error);
    if (graph == NULL)
        return NULL;
    self.graph = graph;
    merges = _umk_alloc(input->n, sizeof *merges, _("The tree"), error);
    if (merges == NULL)
        return NULL;
    self.merges = merges;
    self.cores = g_new0(float, input->n);
    self.parents = g_new(guint32, input->n);
    for (guint32 row = 0; row < input->n; row++) {
        self.parents[row] = row;
        if (min_samples > 0)
            self.cores[row] = graph->distances[row * graph->k + min_samples - 1];
    }
    if (!join_neighbors(&self, error) || !join_parts(&self, error))
        return NULL;
    _umk_merges_number(merges, input->n);
    return g_steal_pointer(&merges);
}
